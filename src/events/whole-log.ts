/** Work on a whole log, page by page: checking it, and carrying it from one store to another, byte for byte. */
import { validEvent } from './event.ts'
import type { EventLog } from './event-log.ts'
import { ChainWalk, type Fault } from './hash-chain.ts'
import { opened } from './log-event-store.ts'
import { PAGE } from './store.ts'
import type { StoredEvent } from './stored-event.ts'

export type OnProgress = (position: number) => void

/** Every event after a position, as stored, up to the end that there is when it is reached. */
export const eventsOf = async function* (
  log: Pick<EventLog, 'readAll'>,
  after = 0,
): AsyncGenerator<StoredEvent> {
  let position = after
  for (;;) {
    const page = await log.readAll({ after: position, limit: PAGE })
    yield* page
    const last = page.at(-1)
    if (!last) return
    position = last.position
  }
}

export interface Verified {
  readonly events: number
  readonly streams: number
  /** The first place where the log is not what was written. */
  readonly fault: Fault | undefined
}

/** Walks the chains of all streams. Safe while events are appended. */
export const verify = async (
  log: Pick<EventLog, 'readAll' | 'head'>,
  onProgress?: OnProgress,
): Promise<Verified> => {
  const walk = new ChainWalk()
  const result = (fault: Fault | undefined): Verified => ({
    events: walk.events,
    streams: walk.streams,
    fault,
  })
  let position = 0
  for (;;) {
    const head = await log.head()
    const page = await log.readAll({ after: position, limit: PAGE })
    if (page.length === 0) return result(walk.end(head))
    for (const event of page) {
      const fault = walk.next(event)
      if (fault) return result(fault)
      position = event.position
    }
    onProgress?.(position)
  }
}

/** What was to be imported is not a log, or not the continuation of the one that is there. */
export class ImportError extends Error {
  override readonly name = 'ImportError'
}

/**
 * Gives the same events on, having seen that each can be read and that every chain holds.
 *
 * @throws ImportError if a chain does not hold
 * @throws InvalidEventError or UnknownEventTypeError for an event that cannot be read
 */
export const checkedEvents = async function* (
  events: AsyncIterable<StoredEvent>,
): AsyncGenerator<StoredEvent> {
  const walk = new ChainWalk()
  for await (const event of events) {
    const fault = walk.next(event) ?? walk.end(event.position)
    if (fault) throw new ImportError(fault.message)
    validEvent(opened(event, new Map()))
    yield event
  }
}

/**
 * How far the log goes that is to hold these events: it may hold none of them, or the first of them, so that an import
 * that was broken off goes on where it was. Throws {@link ImportError} if it holds anything else.
 */
export const presentIn = async (
  log: Pick<EventLog, 'readAll'>,
  events: AsyncIterable<StoredEvent>,
): Promise<number> => {
  const present = eventsOf(log)
  let last = 0
  for await (const { position, hash } of events) {
    const { done, value: kept } = await present.next()
    if (done) break
    if (kept.position !== position || kept.hash !== hash) {
      throw new ImportError(
        `The store holds another event at position ${position}. Import into an empty one.`,
      )
    }
    last = position
  }
  return last
}

/** Puts those events into the log that come after the position up to which it holds them. Returns how many. */
export const restoreAll = async (
  events: AsyncIterable<StoredEvent>,
  log: EventLog,
  { after = 0, onProgress }: { readonly after?: number; readonly onProgress?: OnProgress } = {},
): Promise<number> => {
  let added = 0
  let page: StoredEvent[] = []
  const flush = async () => {
    if (page.length === 0) return
    await restore(page, log)
    added += page.length
    page = []
  }
  for await (const event of events) {
    if (event.position > after) page.push(event)
    if (page.length === PAGE) await flush()
    onProgress?.(event.position)
  }
  await flush()
  return added
}

const restore = async (page: readonly StoredEvent[], log: EventLog): Promise<void> => {
  try {
    await log.restore(page)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw new ImportError(`Somebody else wrote to the store meanwhile. ${cause.message}`, { cause })
  }
}
