/** What people typed, as commands want it. What does not do is told to them in one line. */
import { z } from 'zod'
import { noteText } from '../events/event.ts'
import { parseMoney } from '../events/money.ts'

/** The message is for the person who typed it. */
export class NotUnderstood extends Error {}

export const moneyIn = (typed: unknown, currency: string): number => {
  const money = parseMoney(typed, currency)
  if (money.type === 'invalid') throw new NotUnderstood(money.message)
  return money.amount
}

/** Whether nothing was written. */
export const isBlank = (typed: unknown): boolean =>
  typed === undefined || typed === null || (typeof typed === 'string' && typed.trim() === '')

/** A line of text, or nothing. */
export const textIn = (typed: unknown): string | undefined => {
  if (isBlank(typed)) return undefined
  const text = z.string().trim().pipe(noteText).safeParse(typed)
  if (text.success) return text.data
  throw new NotUnderstood('Write one line of at most 500 characters.')
}

/** A line of text; `missing` is said if there is none. */
export const requiredTextIn = (typed: unknown, missing: string): string => {
  const text = textIn(typed)
  if (text === undefined) throw new NotUnderstood(missing)
  return text
}

export const currencyIn = (typed: unknown): string => {
  if (typeof typed === 'string' && Intl.supportedValuesOf('currency').includes(typed)) return typed
  throw new NotUnderstood('Choose a currency, such as USD.')
}
