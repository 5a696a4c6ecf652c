/** Whether the server is taking requests, and the commands that are still under way when it stops. */
import { HTTPException } from 'hono/http-exception'

export class Lifecycle {
  #isStopping = false
  #underWay = 0
  #whenIdle: () => void = () => {}

  get isStopping(): boolean {
    return this.#isStopping
  }

  /** Does `work` and has the server wait for it when it stops; a 503 once it is stopping. */
  async during<T>(work: () => T | Promise<T>): Promise<T> {
    if (this.#isStopping) {
      throw new HTTPException(503, { message: 'Passbook is stopping. Try again in a moment.' })
    }
    this.#underWay++
    try {
      return await work()
    } finally {
      this.#underWay--
      if (this.#underWay === 0) this.#whenIdle()
    }
  }

  /** Lets nothing more begin; resolves when all that began has ended. */
  stop(): Promise<void> {
    this.#isStopping = true
    return new Promise((resolve) => {
      this.#whenIdle = resolve
      if (this.#underWay === 0) resolve()
    })
  }
}
