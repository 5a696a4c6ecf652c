/** Forgets what people wrote in one account: its owner, and the sources and reasons. What happened stays. */
import { v4 as randomId } from 'uuid'
import { ERASED, PERSONAL_FIELDS, type RecordedEvent } from '../events/event.ts'
import type { KeyStore } from '../events/keys.ts'
import { type EventStore, PAGE } from '../events/store.ts'

export interface Forgotten {
  /** Events whose text can still be read, for it was stored in the days before text was sealed. */
  readonly stillReadable: number
}

/**
 * Destroys the account's key first, and then says so in the log, which is how servers and summaries learn of it. Doing
 * it again is harmless, and ends what was broken off. Undefined if there is no such account.
 */
export const forget = async (
  { events, keys }: { readonly events: EventStore; readonly keys: KeyStore },
  stream: string,
  { actor, now = () => new Date() }: { readonly actor: string; readonly now?: () => Date },
): Promise<Forgotten | undefined> => {
  const [newest] = await events.read(stream, { direction: 'backward', limit: 1 })
  if (!newest) return undefined
  const isNew = await keys.destroy(stream)
  if (isNew || newest.type !== 'forgotten') {
    const id = randomId()
    const metadata = { commandId: id, correlationId: id, causationId: id, actor }
    const event = { type: 'forgotten', data: {}, id, metadata, occurredAt: now().toISOString() } as const
    await events.append(stream, [event], { expected: 'stream-exists' })
  }
  return { stillReadable: await countReadable(events, stream) }
}

const countReadable = async (events: EventStore, stream: string): Promise<number> => {
  let count = 0
  let from = 1
  for (;;) {
    const page = await events.read(stream, { from, limit: PAGE })
    count += page.filter(isReadable).length
    from += page.length
    if (page.length < PAGE) return count
  }
}

const isReadable = ({ type, data }: RecordedEvent): boolean => {
  const texts = new Map<string, unknown>(Object.entries(data))
  return PERSONAL_FIELDS[type].some((name) => (texts.get(name) ?? ERASED) !== ERASED)
}
