/**
 * Reads the shapes of the past as today's. Each upcaster takes an event one step on, to a shape that is today's or has
 * an upcaster of its own; what is stored stays as it is.
 */
import { type AccountEvent, SCHEMA_VERSIONS, UnknownEventTypeError, validEvent } from './event.ts'
import { parseMoney } from './money.ts'

/** An event without its envelope, in some shape. */
export interface Shape {
  readonly type: string
  readonly schemaVersion: number
  readonly data: Readonly<Record<string, unknown>>
}

/** The event in today's shape. Throws {@link UnknownEventTypeError}, or InvalidEventError if it fits no shape. */
export const upcast = (
  stored: Shape,
  place: { readonly stream: string; readonly version: number },
): AccountEvent => {
  let shape = stored
  while (!isToday(shape)) {
    const step = UPCASTERS[`${shape.type} ${shape.schemaVersion}`]
    if (!step) throw new UnknownEventTypeError({ ...place, type: shape.type })
    shape = step(shape.data)
  }
  return shape === stored ? (stored as AccountEvent) : validEvent({ ...place, ...shape })
}

const isToday = ({ type, schemaVersion }: Shape): boolean =>
  Object.hasOwn(SCHEMA_VERSIONS, type) && SCHEMA_VERSIONS[type as AccountEvent['type']] === schemaVersion

/**
 * The first generations named their events otherwise, held dollars instead of cents, and knew no currency but that.
 * By type and schema version.
 */
const UPCASTERS: Readonly<Record<string, (data: Shape['data']) => Shape>> = {
  'AccountOpened 1': ({ name, initial_deposit }) =>
    shape('Opened', { owner: name, initial_balance: initial_deposit }),
  'AccountOpened 2': ({ owner, owner_id }) =>
    shape('Opened', { owner: noteOf(owner) ?? owner_id, initial_balance: 0 }),
  'Opened 1': ({ owner, initial_balance }) =>
    shape('opened', {
      owner: noteOf(owner) ?? 'unknown',
      currency: 'USD',
      openingBalance: centsOf(initial_balance),
    }),
  'MoneyDeposited 1': ({ amount, source }) => shape('Deposited', { amount, source }),
  'Deposited 1': ({ amount, source }) =>
    shape('deposited', { amount: centsOf(amount), ...named('source', source) }),
  'MoneyWithdrawn 1': ({ amount, reason }) => shape('Withdrawn', { amount, reason }),
  'Withdrawn 1': ({ amount, reason }) =>
    shape('withdrawn', { amount: centsOf(amount), ...named('reason', reason) }),
  'Frozen 1': ({ reason }) => shape('frozen', { reason: noteOf(reason) ?? 'no reason given' }),
  'AccountClosed 1': ({ reason }) => shape('closed', named('reason', reason)),
}

const shape = (type: string, data: Shape['data']): Shape => ({ type, schemaVersion: 1, data })

/** Dollars, perhaps with decimals, as cents; what is no such amount is left for the schema to refuse. */
const centsOf = (dollars: unknown): unknown => {
  const money = parseMoney(dollars, 'USD')
  return money.type === 'amount' ? money.amount : dollars
}

/** A text as today's events may hold it; undefined if there is none. */
const noteOf = (text: unknown): string | undefined =>
  typeof text === 'string'
    ? text
        .replace(/\p{Cc}+/gu, ' ')
        .trim()
        .slice(0, 500)
        .toWellFormed() || undefined
    : undefined

const named = (name: string, text: unknown): Record<string, string> => {
  const note = noteOf(text)
  return note === undefined ? {} : { [name]: note }
}
