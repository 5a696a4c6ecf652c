/**
 * A log as training data: one row for each event, with no labels. A row says only what was known when its event
 * happened, so that nothing of the future is learnt from.
 */
import type { AccountEvent, RecordedEvent } from '../events/event.ts'
import { emptyAccount, evolve } from './account.ts'

export interface Features {
  readonly version: number
  readonly type: AccountEvent['type']
  readonly occurredAt: string
  readonly currency: string
  readonly amount: number
  readonly change: number
  readonly balanceBefore: number
  readonly balanceAfter: number
  readonly secondsSincePrevious: number | null
  readonly eventsInLastHour: number
  readonly eventsInLastDay: number
}

/** The columns in their order, each with what stands in it. */
export const FEATURES: readonly { readonly name: keyof Features; readonly meaning: string }[] = [
  { name: 'version', meaning: "The event's place in its account's log: 1, 2, 3, ..." },
  { name: 'type', meaning: 'What happened, such as deposited or withdrawn.' },
  { name: 'occurredAt', meaning: 'When it happened, in UTC, to the millisecond.' },
  { name: 'currency', meaning: "The account's currency after the event, by ISO 4217." },
  { name: 'amount', meaning: 'How much money moved, in minor units; 0 if none did.' },
  {
    name: 'change',
    meaning: 'What it did to the balance, in minor units: more than 0 for money in, less for money out.',
  },
  { name: 'balanceBefore', meaning: 'The balance right before the event, in minor units.' },
  { name: 'balanceAfter', meaning: 'The balance right after the event, in minor units.' },
  {
    name: 'secondsSincePrevious',
    meaning: "Seconds since the account's event before, to the millisecond; none for the first event.",
  },
  {
    name: 'eventsInLastHour',
    meaning: "How many of the account's events before this one are less than 3,600 seconds older.",
  },
  {
    name: 'eventsInLastDay',
    meaning: "How many of the account's events before this one are less than 86,400 seconds older.",
  },
]

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Makes the rows of one account, given each of its events from the first on, in order. */
export class FeatureFold {
  #account = emptyAccount
  /** When the events before happened, in milliseconds; the oldest may be more than a day old. */
  #times: number[] = []
  /** Where in them the last day and the last hour begin. */
  #day = 0
  #hour = 0

  /** How many earlier events it remembers: at most two for each that is less than a day old, and one more. */
  get remembered(): number {
    return this.#times.length
  }

  next(event: RecordedEvent): Features {
    const before = this.#account
    this.#account = evolve(before, event)
    const change = this.#account.balance - before.balance
    const time = Date.parse(event.occurredAt)
    const previous = this.#times.at(-1)
    this.#moveOn(time)
    const earlier = this.#times.length
    this.#times.push(time)
    return {
      version: event.version,
      type: event.type,
      occurredAt: event.occurredAt,
      currency: this.#account.currency,
      amount: Math.abs(change),
      change,
      balanceBefore: before.balance,
      balanceAfter: this.#account.balance,
      secondsSincePrevious: previous === undefined ? null : (time - previous) / 1_000,
      eventsInLastHour: earlier - this.#hour,
      eventsInLastDay: earlier - this.#day,
    }
  }

  #moveOn(time: number): void {
    this.#day = this.#firstWithin(DAY, time, this.#day)
    this.#hour = this.#firstWithin(HOUR, time, this.#hour)
    // Not at every event: what is dropped is always more than what has to move up.
    if (this.#day * 2 <= this.#times.length) return
    this.#times.splice(0, this.#day)
    this.#hour -= this.#day
    this.#day = 0
  }

  #firstWithin(span: number, time: number, from: number): number {
    let index = from
    while (index < this.#times.length && time - (this.#times[index] ?? time) >= span) index += 1
    return index
  }
}
