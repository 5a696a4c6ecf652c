/**
 * What happened: one zod schema for each type of event, and the record in which the log keeps it.
 * A new type is added to the union here; the folds then do not compile until each of them handles it.
 */
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { MAX_AMOUNT } from './money.ts'

const amount = z.int().positive().max(MAX_AMOUNT)

/** One line of text, as any store and any hash can keep it: no control characters, no half of a surrogate pair. */
const line = z.string().regex(/^[^\p{Cc}\p{Cs}]+$/u, { error: 'must be one line of text that is not empty' })
export const noteText = line.max(500)
export const streamName = line.max(200)
/** As z.uuid() has them, but in lower case alone: one expression for both is checked in half the time. */
const uuid = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, {
  error: 'Invalid UUID',
})
const currency = z.enum(Intl.supportedValuesOf('currency'))

/** One type of event: what stands in its data. */
const type = <Type extends string, Data extends z.ZodRawShape>(name: Type, data: Data) =>
  z.strictObject({ type: z.literal(name), data: z.strictObject(data).readonly() }).readonly()

const accountEvent = z.discriminatedUnion('type', [
  type('opened', { owner: noteText, currency, openingBalance: z.int().nonnegative().max(MAX_AMOUNT) }),
  type('deposited', { amount, source: z.exactOptional(noteText) }),
  type('withdrawn', { amount, reason: z.exactOptional(noteText) }),
  type('frozen', { reason: noteText }),
  type('unfrozen', { reason: z.exactOptional(noteText) }),
  type('closed', { reason: z.exactOptional(noteText) }),
  /** Money on its way to another account: it is in neither of the two until one of the next two says where it went. */
  type('transferredOut', { transferId: uuid, to: streamName, amount, reason: z.exactOptional(noteText) }),
  type('transferredIn', { transferId: uuid, from: streamName, amount }),
  /** The payee refused it: the money is back with the payer. */
  type('transferReturned', { transferId: uuid, amount, reason: noteText }),
  /** The key to the account's personal text was destroyed: what people wrote can no longer be read. */
  type('forgotten', {}),
])

/** A fact about one account, in the past tense. Amounts are in minor units. */
export type AccountEvent = z.infer<typeof accountEvent>

/** Whether a recorded event says what is given, whoever recorded it and when. What was forgotten may have said anything. */
export const isSameFact = (given: AccountEvent, recorded: AccountEvent): boolean => {
  if (given.type !== recorded.type) return false
  const forgotten = Object.entries(recorded.data).filter(
    ([name, value]) => value === ERASED && PERSONAL_FIELDS[given.type].includes(name) && name in given.data,
  )
  return isDeepStrictEqual({ ...given.data, ...Object.fromEntries(forgotten) }, recorded.data)
}

/** The shape in which each type is written today; it is stored beside every event. */
export const SCHEMA_VERSIONS: Readonly<Record<AccountEvent['type'], number>> = {
  opened: 1,
  deposited: 1,
  withdrawn: 1,
  frozen: 1,
  unfrozen: 1,
  closed: 1,
  transferredOut: 1,
  transferredIn: 1,
  transferReturned: 1,
  forgotten: 1,
}

/** The fields that hold what people wrote. They are stored sealed, each with its account's key. */
export const PERSONAL_FIELDS: Readonly<Record<AccountEvent['type'], readonly string[]>> = {
  opened: ['owner'],
  deposited: ['source'],
  withdrawn: ['reason'],
  frozen: ['reason'],
  unfrozen: ['reason'],
  closed: ['reason'],
  transferredOut: ['reason'],
  transferredIn: [],
  transferReturned: [],
  forgotten: [],
}

/** What is read where something personal was, once it has been forgotten. */
export const ERASED = '[erased]'

/** Where an event comes from: the command that asked for it, what began it all, what directly caused it, and who. */
export const metadata = z
  .strictObject({
    commandId: line,
    correlationId: line,
    causationId: line,
    actor: line,
  })
  .readonly()

/** `occurredAt` is a UTC instant in milliseconds (`2026-11-20T11:02:03.456Z`), so that text order is time order. */
const envelope = z.object({
  id: uuid,
  metadata,
  occurredAt: z.iso.datetime({ precision: 3 }),
})

/** An event on its way into the log. Its `id` is what makes writing it twice the same as writing it once. */
export type NewEvent = AccountEvent & Readonly<z.infer<typeof envelope>>

/** An event in the log: `version` is its place in its stream, `position` its place in the whole log. */
export type RecordedEvent = NewEvent & {
  readonly stream: string
  readonly version: number
  readonly position: number
  /** The shape that this is, which is always today's, whatever shape was stored. */
  readonly schemaVersion: number
  /** The event's link in its stream's hash chain, in hexadecimal. */
  readonly hash: string
}

/** What of a recorded event folds are made of. */
export type Fact = AccountEvent & Pick<RecordedEvent, 'version'>

/**
 * The last gate before the log: every store passes what it appends through here. Returns a copy that nobody can
 * change any more. Throws {@link InvalidEventError}.
 */
export const checked = (event: NewEvent): NewEvent => {
  const fact = accountEvent.safeParse({ type: event.type, data: event.data })
  const rest = envelope.safeParse(event)
  if (fact.success && rest.success) {
    const { id, metadata, occurredAt } = rest.data
    return Object.freeze({ id, metadata, occurredAt, ...fact.data })
  }
  throw new InvalidEventError(event, fact.error ?? rest.error)
}

/** What an upcaster made of a stored event, if it fits today's schema. Throws {@link InvalidEventError}. */
export const validEvent = (event: EventShape): AccountEvent => {
  const fact = accountEvent.safeParse({ type: event.type, data: event.data })
  if (fact.success) return fact.data
  throw new InvalidEventError(event, fact.error)
}

/** Throws a RangeError for a name that not every store could keep. */
export const assertStreamName = (stream: string): void => {
  const name = streamName.safeParse(stream)
  if (!name.success) throw new RangeError(`A stream's name ${name.error.issues[0]?.message}.`)
}

/** What an error says an event by. */
interface EventShape {
  readonly type: string
  readonly data?: unknown
  readonly stream?: string
  readonly version?: number
}

const placeOf = ({ stream, version }: EventShape): string =>
  stream === undefined ? 'A new event' : `Event ${version} of stream "${stream}"`

export class InvalidEventError extends Error {
  override readonly name = 'InvalidEventError'
  readonly type: string

  constructor(event: EventShape, error: z.ZodError | undefined) {
    const issue = error?.issues[0]
    const problem = `${issue?.path.join('.') || 'event'}: ${issue?.message}`
    super(`${placeOf(event)} of type "${event.type}" is not valid: ${problem}.`)
    this.type = event.type
  }
}

/** A stored event of a type that this version of the code does not know. Skipping it would falsify every balance. */
export class UnknownEventTypeError extends Error {
  override readonly name = 'UnknownEventTypeError'
  readonly type: string
  readonly stream: string | undefined
  readonly version: number | undefined

  constructor(event: EventShape) {
    super(
      `${placeOf(event)} has the unknown type "${event.type}". Run the version of Passbook that wrote it, or a newer one.`,
    )
    this.type = event.type
    this.stream = event.stream
    this.version = event.version
  }
}
