/**
 * Clients in processes of their own, so that what they cost is not the server's. The process offers orders, its server
 * gives them, one at a time.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

type Orders = Readonly<Record<string, (given: never) => unknown>>

/** In the process: carries out what it is told. */
export const obey = (orders: Orders): void => {
  process.on('message', async ({ name, given }: { name: string; given: never }) => {
    try {
      process.send?.({ answer: await orders[name]?.(given) })
    } catch (error) {
      process.send?.({ failed: error instanceof Error ? error.message : String(error) })
    }
  })
  process.on('disconnect', () => process.exit())
}

/** The process, seen from its server. */
export class Client<Known extends Orders> {
  readonly #process: ChildProcess
  readonly #exited: Promise<{ failed: string }>

  constructor(module: URL) {
    this.#process = fork(fileURLToPath(module), { serialization: 'advanced' })
    this.#exited = once(this.#process, 'exit').then(([code]) => ({ failed: `it ended with ${code}` }))
  }

  async ask<Name extends string & keyof Known>(
    name: Name,
    given: Parameters<Known[Name]>[0],
  ): Promise<Awaited<ReturnType<Known[Name]>>> {
    const answered = once(this.#process, 'message').then(([message]) => message)
    this.#process.send({ name, given })
    const { answer, failed } = await Promise.race([answered, this.#exited])
    if (failed !== undefined) throw new Error(`the client cannot ${name}: ${failed}`)
    return answer
  }

  async stop(): Promise<void> {
    this.#process.disconnect()
    await this.#exited
  }
}

/** Milliseconds by a clock that all processes of the machine share. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6
