/** A first-in, first-out lock: `run` starts each piece of work when the one before it has ended, well or badly. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve()

  /** Resolves or rejects as `work` does. Work that fails does not keep the next from its turn. */
  run<T>(work: () => T | Promise<T>): Promise<T> {
    const result = this.#last.then(work)
    this.#last = result.catch(() => undefined)
    return result
  }
}
