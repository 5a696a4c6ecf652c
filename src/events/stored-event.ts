/** An event at rest: in the shape in which it was written, with its personal text sealed. Never rewritten. */
import { z } from 'zod'
import { metadata, streamName } from './event.ts'

const storedEvent = z.strictObject({
  position: z.int().positive(),
  stream: streamName,
  version: z.int().positive(),
  id: z.uuid().lowercase(),
  type: z.string().min(1),
  schemaVersion: z.int().positive(),
  data: z.record(z.string(), z.unknown()).readonly(),
  metadata,
  occurredAt: z.iso.datetime({ precision: 3 }),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
})

/** Also the shape of one line of an export. */
export type StoredEvent = Readonly<z.infer<typeof storedEvent>>

/** What of it folds are made of. */
export type StoredFact = Pick<StoredEvent, 'version' | 'id' | 'type' | 'schemaVersion' | 'data'>

/** What is to be stored, before it has its place in a stream and in the log. */
export type Draft = Omit<StoredEvent, 'position' | 'stream' | 'version' | 'hash'>

/** Has its place in its stream, and its hash; the log gives it its position. */
export type ChainedEvent = Omit<StoredEvent, 'position'>

/** Checks what comes from outside, such as a line of a file; the hash is not checked here. Throws in one line. */
export const parseStoredEvent = (value: unknown): StoredEvent => {
  const event = storedEvent.safeParse(value)
  if (event.success) return event.data
  const [issue] = event.error.issues
  throw new Error(`${issue?.path.join('.') || 'event'}: ${issue?.message}`)
}
