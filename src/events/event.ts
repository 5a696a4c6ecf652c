/**
 * What happened: one zod schema for each type of event, and the record in which the log keeps it.
 * A new type is added to the union here; the folds then do not compile until each of them handles it.
 */
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { MAX_AMOUNT } from './money.ts'

const amount = z.int().positive().max(MAX_AMOUNT)

const deposited = z.strictObject({
  type: z.literal('deposited'),
  data: z.strictObject({ amount }).readonly(),
})
const withdrawn = z.strictObject({
  type: z.literal('withdrawn'),
  data: z.strictObject({ amount }).readonly(),
})

const accountEvent = z.discriminatedUnion('type', [deposited.readonly(), withdrawn.readonly()])

/** A fact about one account, in the past tense. Amounts are in minor units. */
export type AccountEvent = z.infer<typeof accountEvent>

/** Whether two events say the same, whoever recorded them and when. */
export const isSameFact = (one: AccountEvent, other: AccountEvent): boolean =>
  one.type === other.type && isDeepStrictEqual(one.data, other.data)

/** The shape in which each type is written today; it is stored beside every event. */
export const SCHEMA_VERSIONS: Readonly<Record<AccountEvent['type'], number>> = { deposited: 1, withdrawn: 1 }

/** Where an event comes from: the command that asked for it, what began it all, what directly caused it, and who. */
const metadata = z
  .strictObject({
    commandId: z.string().min(1),
    correlationId: z.string().min(1),
    causationId: z.string().min(1),
    actor: z.string().min(1),
  })
  .readonly()

/** `occurredAt` is a UTC instant in milliseconds (`2026-11-20T11:02:03.456Z`), so that text order is time order. */
const envelope = z.object({
  id: z.uuid().lowercase(),
  metadata,
  occurredAt: z.iso.datetime({ precision: 3 }),
})

export type Metadata = z.infer<typeof metadata>

/** An event on its way into the log. Its `id` is what makes writing it twice the same as writing it once. */
export type NewEvent = AccountEvent & Readonly<z.infer<typeof envelope>>

/** An event in the log: `version` is its place in its stream, `position` its place in the whole log. */
export type RecordedEvent = NewEvent & {
  readonly stream: string
  readonly version: number
  readonly position: number
  readonly schemaVersion: number
}

/**
 * The last gate before the log: every store passes what it appends through here. Returns a copy that nobody can
 * change any more. Throws {@link InvalidEventError}.
 */
export const checked = (event: NewEvent): NewEvent => {
  const fact = accountEvent.safeParse({ type: event.type, data: event.data })
  const rest = envelope.safeParse(event)
  if (fact.success && rest.success) return Object.freeze({ ...fact.data, ...rest.data })
  const issue = (fact.error ?? rest.error)?.issues[0]
  throw new InvalidEventError(event.type, `${issue?.path.join('.') || 'event'}: ${issue?.message}`)
}

export class InvalidEventError extends Error {
  override readonly name = 'InvalidEventError'
  constructor(
    readonly type: string,
    problem: string,
  ) {
    super(`An event of type "${type}" cannot be recorded: ${problem}. Nothing was appended.`)
  }
}

/** A stored event of a type that this version of the code does not know. Skipping it would falsify every balance. */
export class UnknownEventTypeError extends Error {
  override readonly name = 'UnknownEventTypeError'
  readonly type: string
  readonly stream: string | undefined
  readonly version: number | undefined

  constructor(event: { readonly type: string; readonly stream?: string; readonly version?: number }) {
    const place =
      event.stream === undefined ? 'A new event' : `Event ${event.version} of stream "${event.stream}"`
    super(
      `${place} has the unknown type "${event.type}". Run the version of Passbook that wrote it, or a newer one.`,
    )
    this.type = event.type
    this.stream = event.stream
    this.version = event.version
  }
}
