/** Tells listeners that there may be something new in a log. What it is they read for themselves. */
export class News {
  readonly #start: () => () => void
  readonly #listeners = new Set<() => void>()
  #stop: (() => void) | undefined

  /** `start` is called when somebody begins to listen, and what it returns when nobody listens any more. */
  constructor(start: () => () => void = () => () => {}) {
    this.#start = start
  }

  /** Returns how to stop listening. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    this.#stop ??= this.#start()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.sleep()
    }
  }

  tell(): void {
    for (const listener of this.#listeners) listener()
  }

  /** Ends what was started. Those who listen are told no more than what is told here. */
  sleep(): void {
    this.#stop?.()
    this.#stop = undefined
  }
}
