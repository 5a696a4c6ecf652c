/** A server in a process group of its own, to be killed with whatever it has started. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Server {
  /** Where it is, once it is live; undefined if it ends before. */
  readonly url: Promise<string | undefined>
  readonly exit: Promise<Exit>
  readonly output: () => string
  /** With all that it has started; it may be gone already. */
  readonly kill: () => void
  /** In good order. */
  readonly stop: () => void
}

export const startServer = (script: string, env: Readonly<Record<string, string>>): Server => {
  const { PASSBOOK_CRASH_AT: _none, ...inherited } = process.env
  const child = spawn(process.execPath, ['--import', 'tsx', script, 'serve'], {
    cwd: root,
    env: { ...inherited, HOST: '127.0.0.1', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  const exit = once(child, 'close').then(([code, signal]): Exit => ({ code, signal }))
  const url = new Promise<string | undefined>((resolve) => {
    const heard = (text: string) => {
      output += text
      const [, address] = /Passbook is live at (http:\S+)\n/.exec(output) ?? []
      if (address) resolve(address)
    }
    child.stdout.setEncoding('utf8').on('data', heard)
    child.stderr.setEncoding('utf8').on('data', heard)
    void exit.then(() => resolve(undefined))
  })
  const kill = () => killGroup(child)
  process.once('exit', kill)
  void exit.then(() => process.off('exit', kill))
  return { url, exit, output: () => output, kill, stop: () => child.kill('SIGTERM') }
}

const killGroup = ({ pid }: ChildProcess): void => {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** How it ended; throws if that takes longer. */
export const endWithin = async (ms: number, { exit, output }: Server): Promise<Exit> => {
  const ended = await Promise.race([exit, delay(ms, undefined, { ref: false })])
  if (!ended) throw new Error(`The server should have ended within ${ms} ms. It said: ${output()}`)
  return ended
}
