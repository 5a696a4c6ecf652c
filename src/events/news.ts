/** Tells listeners that there may be something new in a log. What it is they read for themselves. */
export class News {
  readonly #listeners = new Set<() => void>()

  /** Returns how to stop listening. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  tell(): void {
    for (const listener of this.#listeners) listener()
  }
}
