/** Forgets what people wrote in one account: its owner, and the sources and reasons. What happened stays. */
import { v4 as randomId } from 'uuid'
import { ERASED, PERSONAL_FIELDS, type RecordedEvent } from '../events/event.ts'
import type { EventLog } from '../events/event-log.ts'
import type { KeyStore } from '../events/keys.ts'
import { keysOf } from '../events/sealing.ts'
import { type EventStore, PAGE, type ReadOptions } from '../events/store.ts'

interface Forgettable {
  readonly events: EventStore
  /** The same events, as they are stored. */
  readonly log: EventLog
  readonly keys: KeyStore
}

export interface Forgotten {
  /** Events whose text can still be read, for it was stored in the days before text was sealed. */
  readonly stillReadable: number
}

/**
 * Destroys the account's key first, also one that is not here yet, and then says so in the log, which is how servers and
 * summaries learn of it. Doing it again is harmless, and ends what was broken off. Undefined if there is no such account.
 */
export const forget = async (
  { events, log, keys }: Forgettable,
  stream: string,
  { actor, now = () => new Date() }: { readonly actor: string; readonly now?: () => Date },
): Promise<Forgotten | undefined> => {
  const [newest] = await events.read(stream, { direction: 'backward', limit: 1 })
  if (!newest) return undefined
  const used = new Set<string>()
  for await (const { data } of eventsIn(log, stream)) for (const id of keysOf(data)) used.add(id)
  const isNew = await keys.destroy(stream, [...used])
  if (isNew || newest.type !== 'forgotten') {
    const id = randomId()
    const metadata = { commandId: id, correlationId: id, causationId: id, actor }
    const event = { type: 'forgotten', data: {}, id, metadata, occurredAt: now().toISOString() } as const
    await events.append(stream, [event], { expected: 'stream-exists' })
  }
  let stillReadable = 0
  for await (const event of eventsIn(events, stream)) if (isReadable(event)) stillReadable += 1
  return { stillReadable }
}

/** Every event of a stream, page by page. */
const eventsIn = async function* <Event>(
  source: { read(stream: string, options: ReadOptions): Promise<readonly Event[]> },
  stream: string,
): AsyncGenerator<Event> {
  for (let from = 1; ; from += PAGE) {
    const page = await source.read(stream, { from, limit: PAGE })
    yield* page
    if (page.length < PAGE) return
  }
}

const isReadable = ({ type, data }: RecordedEvent): boolean => {
  const texts = new Map<string, unknown>(Object.entries(data))
  return PERSONAL_FIELDS[type].some((name) => (texts.get(name) ?? ERASED) !== ERASED)
}
