/** The rules of an account: what is asked, what it would make happen, and why it may be rejected. All pure. */
import type { AccountEvent } from '../events/event.ts'
import { formatMoney, MAX_AMOUNT } from '../events/money.ts'
import type { Account } from '../projection/account.ts'

/** A wish about one account. Amounts are in minor units of its currency. */
export type Command =
  | { readonly type: 'deposit'; readonly amount: number }
  | { readonly type: 'withdraw'; readonly amount: number }

export interface Rejection {
  readonly code: 'frozen' | 'closed' | 'invalid-amount' | 'insufficient-funds' | 'balance-too-large'
  /** One line for the person who asked. */
  readonly message: string
}

export type Decision =
  | { readonly type: 'accepted'; readonly events: readonly AccountEvent[] }
  | { readonly type: 'rejected'; readonly rejection: Rejection }

export const decide = (account: Account, command: Command): Decision => {
  const rejection = rejectionOf(account, command)
  return rejection ? { type: 'rejected', rejection } : { type: 'accepted', events: eventsOf(command) }
}

/** What a command makes happen if no rule is against it. It depends on the command alone, so a repeat is known by it. */
export const eventsOf = (command: Command): readonly AccountEvent[] => {
  switch (command.type) {
    case 'deposit':
      return [{ type: 'deposited', data: { amount: command.amount } }]
    case 'withdraw':
      return [{ type: 'withdrawn', data: { amount: command.amount } }]
  }
}

const rejectionOf = (account: Account, command: Command): Rejection | undefined => {
  if (account.status !== 'open') return NOT_OPEN[account.status]
  switch (command.type) {
    case 'deposit':
      return invalidAmount(account, command.amount) ?? tooLarge(account, command.amount)
    case 'withdraw':
      return invalidAmount(account, command.amount) ?? insufficientFunds(account, command.amount)
  }
}

const NOT_OPEN: Readonly<Record<'frozen' | 'closed', Rejection>> = {
  frozen: { code: 'frozen', message: 'Account frozen: nothing comes in or goes out until it is unfrozen.' },
  closed: { code: 'closed', message: 'Account closed: nothing more can happen in it.' },
}

const invalidAmount = ({ currency }: Account, amount: number): Rejection | undefined => {
  const invalid = (hint: string): Rejection => ({
    code: 'invalid-amount',
    message: `Invalid amount: ${hint}.`,
  })
  if (amount > MAX_AMOUNT) return invalid(`at most ${formatMoney(MAX_AMOUNT, currency)} at a time`)
  if (!(amount > 0)) return invalid('it must be more than zero')
  if (!Number.isInteger(amount)) return invalid(`${currency} has no part smaller than its minor unit`)
  return undefined
}

const insufficientFunds = ({ balance, currency }: Account, amount: number): Rejection | undefined =>
  amount > balance
    ? {
        code: 'insufficient-funds',
        message: `Insufficient funds: the balance is ${formatMoney(balance, currency)}.`,
      }
    : undefined

/** Keeps every balance an exact integer. */
const tooLarge = ({ balance }: Account, amount: number): Rejection | undefined =>
  balance > Number.MAX_SAFE_INTEGER - amount
    ? { code: 'balance-too-large', message: 'Balance too large: this account cannot hold that much more.' }
    : undefined
