/** A server in a process of its own, which is asked how it is. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Question, State } from './answers.ts'
import type { Counts } from './counts.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface WatchedServer {
  readonly url: string
  /** Collects its garbage first. */
  readonly state: () => Promise<State>
  /** Takes long, and nothing is done meanwhile. */
  readonly counts: () => Promise<Counts>
  /** What it had to complain of so far. */
  readonly complaints: () => string
  /** In good order; resolves with its exit code, null if it had to be killed. */
  readonly stop: () => Promise<number | null>
}

/** Longer than it takes itself before it gives up. */
const STOP_MS = 10_000

/** Resolves when it listens. It ends with this process at the latest. */
export const startWatched = async (
  script: string,
  env: Readonly<Record<string, string>>,
): Promise<WatchedServer> => {
  const child = fork(script, {
    cwd: root,
    env: { ...process.env, ...env },
    execArgv: ['--import', 'tsx', '--expose-gc', '--disable-warning=ExperimentalWarning'],
    silent: true,
  })
  const exit = once(child, 'exit').then(([code]): number | null => code)
  let [output, complaints] = ['', '']
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text
      const [, address] = /live at (http:\S+)\n/.exec(output) ?? []
      if (address) resolve(address)
    })
    void exit.then((code) => reject(new Error(`${script} ended with ${code}: ${complaints}`)))
  })

  const ask = async (question: Question) => {
    const answered = once(child, 'message')
    child.send(question)
    const [answer] = await Promise.race([
      answered,
      exit.then((code) => {
        throw new Error(`${script} ended with ${code}: ${complaints}`)
      }),
    ])
    return answer
  }
  return {
    url,
    state: () => ask('state'),
    counts: () => ask('counts'),
    complaints: () => complaints,
    stop: async () => {
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      const code = await exit
      clearTimeout(late)
      return code
    },
  }
}
