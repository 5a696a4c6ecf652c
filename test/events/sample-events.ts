/** Events for tests to append: valid in every part that a test does not say otherwise. */
import { randomUUID } from 'node:crypto'
import type { AccountEvent, NewEvent, RecordedEvent } from '../../src/events/event.ts'

export const deposited = (amount: number): AccountEvent => ({ type: 'deposited', data: { amount } })
export const withdrawn = (amount: number): AccountEvent => ({ type: 'withdrawn', data: { amount } })

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

export const idsOf = (events: readonly { readonly id: string }[]): string[] => events.map(({ id }) => id)
export const versionsOf = (events: readonly RecordedEvent[]): number[] => events.map(({ version }) => version)
export const positionsOf = (events: readonly RecordedEvent[]): number[] =>
  events.map(({ position }) => position)

/** 1, 2, ..., `count`. */
export const oneTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)
