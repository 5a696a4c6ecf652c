/** Follows a log from a position: what every store's `subscribe` is made of. */
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import type { RecordedEvent } from './event.ts'
import { type EventStore, type OnEvents, PAGE, type Subscription } from './store.ts'

export interface Follower extends Subscription {
  /** Says that there may be something new. Cheap, and never too often. */
  wake(): void
}

/** Delivers at least once, in order: the cursor moves on only when `onEvents` has returned, or to where that says. */
export const follow = (
  log: Pick<EventStore, 'readAll'>,
  { after, retryMs = 1_000 }: { after: number; retryMs?: number },
  onEvents: OnEvents,
  onError: (error: unknown) => void,
): Follower => {
  const stopping = new AbortController()
  const { signal } = stopping
  let cursor = after
  let news = true
  let wakeSleeper = () => {}

  const untilWoken = () =>
    new Promise<void>((resolve) => {
      wakeSleeper = resolve
      if (news || signal.aborted) resolve()
    })

  /** The call of `onEvents` that is under way, or was the last. */
  let delivery: Promise<void> = Promise.resolve()

  const deliver = async (events: readonly RecordedEvent[], last: RecordedEvent) => {
    try {
      cursor = (await onEvents(events)) ?? last.position
    } catch (error) {
      await fail(error)
    }
  }

  const fail = async (error: unknown) => {
    onError(error)
    await delay(retryMs, undefined, { signal }).catch(() => undefined)
  }

  const run = async () => {
    while (!signal.aborted) {
      news = false
      const events = await log.readAll({ after: cursor, limit: PAGE }).catch(async (error) => {
        if (!signal.aborted) await fail(error)
        return undefined
      })
      if (signal.aborted || !events) continue
      const last = events.at(-1)
      delivery = last ? deliver(events, last) : untilWoken()
      await delivery
      // A log that answers at once would otherwise keep everybody else waiting until it is read to its end.
      if (events.length === PAGE) await nextTurn()
    }
  }
  void run()

  return {
    wake() {
      news = true
      wakeSleeper()
    },
    stop() {
      stopping.abort()
      wakeSleeper()
      return delivery
    },
  }
}
