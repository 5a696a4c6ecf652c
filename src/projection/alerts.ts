/**
 * What deserves a second look: a few named rules over the movements of an account's money, folded with a bounded
 * memory. An opening balance and a transfer that came back are no movements here: nobody moved them.
 */
import { z } from 'zod'
import { type RecordedEvent, UnknownEventTypeError } from '../events/event.ts'

export const RULES = ['many-withdrawals', 'emptied-after-deposit', 'unusual-amount'] as const
export type Rule = (typeof RULES)[number]

/** The rules as people read them: `Many withdrawals: five or more within a minute, transfers included`. */
export const RULE_WORDS: Readonly<Record<Rule, { readonly name: string; readonly explanation: string }>> = {
  'many-withdrawals': {
    name: 'Many withdrawals',
    explanation: 'five or more within a minute, transfers included',
  },
  'emptied-after-deposit': {
    name: 'Emptied after a deposit',
    explanation: 'nine tenths or more of the balance went out within ten minutes of money coming in',
  },
  'unusual-amount': {
    name: 'Unusual amount',
    explanation: "more than ten times the median of the account's last twenty amounts",
  },
}

/** In milliseconds; what happens at the very end of a span is still within it. */
const BURST_SPAN = 60_000
const BURST_SIZE = 5
const EMPTIED_SPAN = 600_000
const AMOUNTS = 20
const ENOUGH_AMOUNTS = 10

/** How many alerts are kept; of older ones only the number is known. */
export const MAX_ALERTS = 10

/** One event that a rule took notice of. */
const alert = z
  .strictObject({ rule: z.enum(RULES), version: z.int().positive(), at: z.iso.datetime({ precision: 3 }) })
  .readonly()
export type Alert = z.infer<typeof alert>

/** What the rules remember of an account. Holds numbers and times alone, nothing that people wrote. */
export const watch = z
  .strictObject({
    /** How many alerts there ever were, and the newest of them, oldest first. */
    count: z.int().nonnegative(),
    alerts: z.array(alert).max(MAX_ALERTS).readonly(),
    /** When money last went out, in milliseconds since 1970, oldest first. */
    timesOut: z.array(z.int()).max(BURST_SIZE).readonly(),
    /** When money last came in, likewise. */
    lastIn: z.exactOptional(z.int()),
    /** The last amounts, in or out, in minor units, oldest first. */
    amounts: z.array(z.int().positive()).max(AMOUNTS).readonly(),
  })
  .readonly()
export type Watch = z.infer<typeof watch>

export const emptyWatch: Watch = { count: 0, alerts: [], timesOut: [], amounts: [] }

/** What the rules know after one more event; `balance` is what the account held before it. */
export const watchOver = (known: Watch, event: RecordedEvent, balance: number): Watch => {
  const movement = movementOf(event, balance)
  if (!movement) return known
  const raised = RULES.filter((rule) => isRaised[rule](known, movement))
  const remembered = remember(known, movement)
  if (raised.length === 0) return remembered
  const alerts = raised.map((rule) => ({ rule, version: event.version, at: event.occurredAt }))
  return {
    ...remembered,
    count: known.count + alerts.length,
    alerts: [...known.alerts, ...alerts].slice(-MAX_ALERTS),
  }
}

interface Movement {
  readonly direction: 'in' | 'out'
  readonly amount: number
  readonly time: number
  /** What the account held before it. */
  readonly balance: number
}

const movementOf = (event: RecordedEvent, balance: number): Movement | undefined => {
  const time = Date.parse(event.occurredAt)
  switch (event.type) {
    case 'deposited':
    case 'transferredIn':
      return { direction: 'in', amount: event.data.amount, time, balance }
    case 'withdrawn':
    case 'transferredOut':
      return { direction: 'out', amount: event.data.amount, time, balance }
    case 'opened':
    case 'transferReturned':
    case 'frozen':
    case 'unfrozen':
    case 'closed':
    case 'forgotten':
      return undefined
    default: {
      const never: never = event
      throw new UnknownEventTypeError(never)
    }
  }
}

const remember = (known: Watch, { direction, amount, time }: Movement): Watch => {
  const amounts = withNewest(known.amounts, amount, AMOUNTS)
  return direction === 'in'
    ? { ...known, amounts, lastIn: time }
    : { ...known, amounts, timesOut: withTime(known.timesOut, time) }
}

const withTime = (times: readonly number[], time: number): readonly number[] =>
  withNewest(times, time, BURST_SIZE)

/** At most so many of them, the newest last. */
const withNewest = (numbers: readonly number[], newest: number, most: number): readonly number[] => {
  const kept = numbers.slice(numbers.length < most ? 0 : 1)
  kept.push(newest)
  return kept
}

/** Raised by the movement that makes a burst of those before it, not by those that only prolong it. */
const isManyWithdrawals = ({ timesOut }: Watch, { direction, time }: Movement): boolean =>
  direction === 'out' && isBurst(withTime(timesOut, time)) && !isBurst(timesOut)

const isBurst = (times: readonly number[]): boolean => {
  const [first, last] = [times.at(-BURST_SIZE), times.at(-1)]
  return first !== undefined && last !== undefined && last - first <= BURST_SPAN
}

/** Exact for every amount: where nine times a balance is rounded, it is far beyond ten times any amount. */
const isEmptiedAfterDeposit = ({ lastIn }: Watch, { direction, amount, time, balance }: Movement): boolean =>
  direction === 'out' && lastIn !== undefined && time - lastIn <= EMPTIED_SPAN && 10 * amount >= 9 * balance

/** The amounts are those before this one. Few are so unusual that the median has to be looked for. */
const isUnusualAmount = ({ amounts }: Watch, { amount }: Movement): boolean =>
  amounts.length >= ENOUGH_AMOUNTS && amount > 10 * Math.min(...amounts) && amount > 5 * twiceMedian(amounts)

/** An integer also where the median itself lies between two amounts. */
const twiceMedian = (amounts: readonly number[]): number => {
  const sorted = amounts.toSorted((one, other) => one - other)
  const middle = (sorted.length - 1) / 2
  return (sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)
}

const isRaised: Readonly<Record<Rule, (known: Watch, movement: Movement) => boolean>> = {
  'many-withdrawals': isManyWithdrawals,
  'emptied-after-deposit': isEmptiedAfterDeposit,
  'unusual-amount': isUnusualAmount,
}
