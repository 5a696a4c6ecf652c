/** Runs a contest: each contender in a process of its own, one round of each in turns, so that what disturbs the machine disturbs all. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Contender, Contest, Figures } from './contest.ts'

const ROUNDS = 5

const PROCESS = fileURLToPath(new URL('contender-process.ts', import.meta.url))

class Running {
  readonly #name: string
  readonly #process: ChildProcess
  readonly #exited: Promise<{ readonly failed: string }>

  constructor({ name }: Contender) {
    this.#name = name
    this.#process = fork(PROCESS, { execArgv: ['--import', 'tsx', '--expose-gc'], serialization: 'advanced' })
    this.#exited = once(this.#process, 'exit').then(([code, signal]) => ({
      failed: `it ended with ${code ?? signal}`,
    }))
  }

  async ask(
    type: 'open' | 'round' | 'close',
    { module, options }: Partial<Contender> = {},
  ): Promise<Figures> {
    const answered = once(this.#process, 'message').then(([answer]) => answer)
    this.#process.send({ type, module: module?.href, options })
    const { figures, failed } = await Promise.race([answered, this.#exited])
    if (failed) throw new Error(`${this.#name}: ${failed}`)
    return figures
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const exit = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await exit
  }
}

/** The figures of every round, by the name of the contender. */
export const runContest = async (contest: Contest): Promise<ReadonlyMap<string, readonly Figures[]>> => {
  const contenders = [contest.ours, ...contest.peers]
  const running = contenders.map((contender) => ({ contender, process: new Running(contender) }))
  const rounds = new Map<string, Figures[]>(contenders.map(({ name }) => [name, []]))
  try {
    for (const { contender, process } of running) await process.ask('open', contender)
    for (let round = 0; round < (contest.rounds ?? ROUNDS); round++) {
      for (const { contender, process } of round % 2 === 0 ? running : running.toReversed()) {
        rounds.get(contender.name)?.push(await process.ask('round'))
      }
    }
    for (const { process } of running) await process.ask('close')
  } finally {
    await Promise.all(running.map(({ process }) => process.stop()))
  }
  return rounds
}
