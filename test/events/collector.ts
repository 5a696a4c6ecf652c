/** Collects what a subscription delivers, and says when enough has come. */
import type { RecordedEvent } from '../../src/events/event.ts'

export class Collector {
  readonly events: RecordedEvent[] = []
  #waiting: { readonly count: number; readonly resolve: () => void }[] = []

  readonly onEvents = (events: readonly RecordedEvent[]): void => {
    this.events.push(...events)
    for (const { count, resolve } of this.#waiting) if (this.events.length >= count) resolve()
    this.#waiting = this.#waiting.filter(({ count }) => this.events.length < count)
  }

  /** Resolves when at least this many events have come. */
  has(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ count, resolve })
      this.onEvents([])
    })
  }
}

/** For subscriptions that must not fail: ends the subscription, and the test with it. */
export const unexpected = (error: unknown): never => {
  throw error
}
