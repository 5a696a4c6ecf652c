/** Events for tests to append: valid in every part that a test does not say otherwise. */
import { randomUUID } from 'node:crypto'
import { type AccountEvent, type NewEvent, SCHEMA_VERSIONS } from '../../src/events/event.ts'
import type { Draft } from '../../src/events/stored-event.ts'

export const deposited = (amount: number): AccountEvent => ({ type: 'deposited', data: { amount } })
export const withdrawn = (amount: number): AccountEvent => ({ type: 'withdrawn', data: { amount } })

export const opened = (openingBalance = 0, currency = 'USD'): AccountEvent => ({
  type: 'opened',
  data: { owner: 'Ada', currency, openingBalance },
})
export const frozen: AccountEvent = { type: 'frozen', data: { reason: 'a suspicion' } }
export const unfrozen: AccountEvent = { type: 'unfrozen', data: {} }
export const closed: AccountEvent = { type: 'closed', data: {} }

/** The transfer that every sample is of. */
export const TRANSFER = '7a0f0000-0000-4000-8000-000000000001'

export const transferredOut = (amount: number, to = 'bob'): AccountEvent => ({
  type: 'transferredOut',
  data: { transferId: TRANSFER, to, amount },
})
export const transferredIn = (amount: number, from = 'alice'): AccountEvent => ({
  type: 'transferredIn',
  data: { transferId: TRANSFER, from, amount },
})
export const transferReturned = (amount: number): AccountEvent => ({
  type: 'transferReturned',
  data: { transferId: TRANSFER, amount, reason: 'The account is closed.' },
})

export const forgotten: AccountEvent = { type: 'forgotten', data: {} }

export const METADATA = { commandId: 'c-1', correlationId: 'r-1', causationId: 'k-1', actor: 'Ada' }

/** The moment `seconds` after eleven o'clock. */
export const at = (seconds: number): string =>
  new Date(Date.UTC(2026, 10, 20, 11) + seconds * 1_000).toISOString()

export const newEvent = (
  event: AccountEvent = deposited(100),
  envelope: Partial<Pick<NewEvent, 'id' | 'metadata' | 'occurredAt'>> = {},
): NewEvent => ({ ...event, id: randomUUID(), metadata: { ...METADATA }, occurredAt: at(0), ...envelope })

export const newEvents = (...events: readonly AccountEvent[]): NewEvent[] =>
  events.map((event) => newEvent(event))

/** This many deposits of 1, 2, 3, ... cents. */
export const deposits = (count: number): NewEvent[] =>
  newEvents(...Array.from({ length: count }, (_, index) => deposited(index + 1)))

/** A new event as a log gets it. */
export const draft = (...given: Parameters<typeof newEvent>): Draft => {
  const event = newEvent(...given)
  return { ...event, schemaVersion: SCHEMA_VERSIONS[event.type] }
}

/** This many drafts of deposits of 1, 2, 3, ... cents. */
export const drafts = (count: number): Draft[] => oneTo(count).map((amount) => draft(deposited(amount)))

export const idsOf = (events: readonly { readonly id: string }[]): string[] => events.map(({ id }) => id)
export const versionsOf = (events: readonly { readonly version: number }[]): number[] =>
  events.map(({ version }) => version)
export const positionsOf = (events: readonly { readonly position: number }[]): number[] =>
  events.map(({ position }) => position)

/** How much an event that moves money moves; one that moves none has no business in the test that asks. */
export const amountOf = (event: AccountEvent): number => {
  if (event.type === 'deposited' || event.type === 'withdrawn') return event.data.amount
  throw new Error(`An event of type "${event.type}" moves no money.`)
}

/** 1, 2, ..., `count`. */
export const oneTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)
