/** Work on a whole log, page by page: checking it, and carrying it from one store to another, byte for byte. */
import { validEvent } from './event.ts'
import { DamagedEventError, type EventLog } from './event-log.ts'
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
  /** The last position and a digest of all events up to it, with a colon between; undefined for an empty log. */
  readonly digest: string | undefined
  /** The first place where the log is not what was written. */
  readonly fault: Fault | undefined
}

export interface VerifyOptions {
  /** What the digest was, at some position, when somebody noted it down. */
  readonly expected?: { readonly position: number; readonly digest: string } | undefined
  readonly onProgress?: OnProgress
}

/**
 * Walks the chains of all streams. Safe while events are appended. The hashes have no key, so whoever can write to the
 * store could work them all out anew; a digest that was noted down elsewhere gives that away.
 */
export const verify = async (
  log: Pick<EventLog, 'readAll' | 'head'>,
  { expected, onProgress }: VerifyOptions = {},
): Promise<Verified> => {
  const walk = new ChainWalk()
  const result = (fault: Fault | undefined): Verified => ({
    events: walk.events,
    streams: walk.streams,
    digest: walk.events > 0 ? `${walk.position}:${walk.digest}` : undefined,
    fault,
  })
  const unlikeBefore = (position: number): Fault => ({
    position,
    message: `The log up to position ${position} is not what it was when its digest was noted down.`,
  })
  for (;;) {
    const head = await log.head()
    const page = await pageOrFault(log, walk.position)
    if ('message' in page) return result(page)
    if (page.length === 0) {
      const isShort = expected !== undefined && expected.position > walk.position
      return result(walk.end(head) ?? (isShort ? unlikeBefore(expected.position) : undefined))
    }
    for (const event of page) {
      const fault = walk.next(event)
      if (fault) return result(fault)
      if (event.position === expected?.position && walk.digest !== expected.digest) {
        return result(unlikeBefore(event.position))
      }
    }
    onProgress?.(walk.position)
  }
}

/** Of a page that cannot be read, the events before the first that cannot, one by one. */
const pageOrFault = async (
  log: Pick<EventLog, 'readAll'>,
  after: number,
  limit = PAGE,
): Promise<readonly StoredEvent[] | Fault> => {
  try {
    return await log.readAll({ after, limit })
  } catch (error) {
    if (!(error instanceof DamagedEventError)) throw error
    return limit === 1 ? { position: after + 1, message: error.message } : pageOrFault(log, after, 1)
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
