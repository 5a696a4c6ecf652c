/** Follows a log from a position: what every store's `subscribe` is made of. */
import { setTimeout as delay } from 'node:timers/promises'
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

  const run = async () => {
    while (!signal.aborted) {
      try {
        news = false
        const events = await log.readAll({ after: cursor, limit: PAGE })
        const last = events.at(-1)
        if (!last) {
          await untilWoken()
        } else if (!signal.aborted) {
          cursor = (await onEvents(events)) ?? last.position
        }
      } catch (error) {
        onError(error)
        await delay(retryMs, undefined, { signal }).catch(() => undefined)
      }
    }
  }
  const done = run()

  return {
    wake() {
      news = true
      wakeSleeper()
    },
    stop() {
      stopping.abort()
      wakeSleeper()
      return done
    },
  }
}
