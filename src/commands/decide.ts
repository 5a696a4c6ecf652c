/** The rules of an account: what is asked, what it would make happen, and why it may be rejected. All pure. */
import type { AccountEvent } from '../events/event.ts'
import { formatMoney, MAX_AMOUNT } from '../events/money.ts'
import type { Account } from '../projection/account.ts'
import { type Command, eventsOf } from './command.ts'

/** What the rules of one account ask about others. */
export interface Surroundings {
  /** The stream of the account itself. */
  readonly stream: string
  /** Undefined for an account that is not there. */
  readonly accountAt: (stream: string) => Account | undefined
  /** Whether money that was transferred from the account is still on its way, and so may come back. */
  readonly isSending: boolean
}

const ALONE: Surroundings = { stream: '', accountAt: () => undefined, isSending: false }

export interface Rejection {
  readonly code:
    | 'unknown-account'
    | 'already-open'
    | 'frozen'
    | 'already-frozen'
    | 'not-frozen'
    | 'closed'
    | 'already-closed'
    | 'invalid-amount'
    | 'insufficient-funds'
    | 'balance-too-large'
    | 'balance-left'
    | 'transfer-under-way'
    | 'same-account'
    | 'unknown-payee'
    | 'other-currency'
    | 'payee-frozen'
    | 'payee-closed'
  /** One line for the person who asked. */
  readonly message: string
}

export type Decision =
  | { readonly type: 'accepted'; readonly events: readonly AccountEvent[] }
  | { readonly type: 'rejected'; readonly rejection: Rejection }

/** `account` is undefined if it is not there. */
export const decide = (
  account: Account | undefined,
  command: Command,
  surroundings: Surroundings = ALONE,
): Decision => {
  const rejection = rejectionOf(account, command, surroundings)
  return rejection ? { type: 'rejected', rejection } : { type: 'accepted', events: eventsOf(command) }
}

const rejectionOf = (
  account: Account | undefined,
  command: Command,
  around: Surroundings,
): Rejection | undefined => {
  if (command.type === 'open') {
    return account ? ALREADY_OPEN : invalidOpening(command.currency, command.openingBalance)
  }
  if (!account) return UNKNOWN
  switch (command.type) {
    case 'deposit':
      return notOpen(account) ?? invalidAmount(account, command.amount) ?? tooLarge(account, command.amount)
    case 'withdraw':
      return (
        notOpen(account) ??
        invalidAmount(account, command.amount) ??
        insufficientFunds(account, command.amount)
      )
    case 'transfer':
      return (
        notOpen(account) ??
        invalidAmount(account, command.amount) ??
        invalidPayee(account, command.to, around) ??
        insufficientFunds(account, command.amount)
      )
    case 'receive':
      return refused(account, command.currency) ?? tooLarge(account, command.amount)
    case 'take-back':
      return closed(account) ?? tooLarge(account, command.amount)
    case 'freeze':
      return closed(account) ?? (account.status === 'frozen' ? ALREADY_FROZEN : undefined)
    case 'unfreeze':
      return closed(account) ?? (account.status === 'frozen' ? undefined : NOT_FROZEN)
    case 'close':
      return account.status === 'closed' ? ALREADY_CLOSED : notToBeClosed(account, around)
  }
}

const ALREADY_OPEN: Rejection = { code: 'already-open', message: 'This account is open already.' }

const UNKNOWN: Rejection = { code: 'unknown-account', message: 'Unknown account: nobody has opened it.' }

const FROZEN: Rejection = {
  code: 'frozen',
  message: 'Account frozen: nothing comes in or goes out until it is unfrozen.',
}

const ALREADY_FROZEN: Rejection = {
  code: 'already-frozen',
  message: 'The account is frozen already: nothing was changed.',
}

const NOT_FROZEN: Rejection = {
  code: 'not-frozen',
  message: 'The account is not frozen: nothing was changed.',
}

const CLOSED: Rejection = { code: 'closed', message: 'Account closed: nothing more can happen in it.' }

const ALREADY_CLOSED: Rejection = {
  code: 'already-closed',
  message: 'The account is closed already: nothing was changed.',
}

const notOpen = (account: Account): Rejection | undefined =>
  account.status === 'frozen' ? FROZEN : closed(account)

const closed = ({ status }: Account): Rejection | undefined => (status === 'closed' ? CLOSED : undefined)

const notToBeClosed = (account: Account, { isSending }: Surroundings): Rejection | undefined => {
  const { balance, currency, status } = account
  if (status === 'frozen') return FROZEN
  if (balance > 0) {
    const left = formatMoney(balance, currency)
    return { code: 'balance-left', message: `Balance left: withdraw or transfer the ${left} first.` }
  }
  return isSending
    ? {
        code: 'transfer-under-way',
        message: 'A transfer from this account may still be on its way. Try again in a moment.',
      }
    : undefined
}

const invalidOpening = (currency: string, amount: number): Rejection | undefined =>
  amount === 0 ? undefined : invalidAmount({ currency }, amount)

const invalid = (hint: string): Rejection => ({
  code: 'invalid-amount',
  message: `Invalid amount: ${hint}.`,
})

const invalidAmount = ({ currency }: Pick<Account, 'currency'>, amount: number): Rejection | undefined => {
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

const invalidPayee = (
  { currency }: Account,
  to: string,
  { stream, accountAt }: Surroundings,
): Rejection | undefined => {
  if (to === stream) {
    return { code: 'same-account', message: 'A transfer goes to another account than the one it comes from.' }
  }
  const payee = accountAt(to)
  if (!payee)
    return { code: 'unknown-payee', message: `Unknown account: there is no "${to}" to transfer to.` }
  return refused(payee, currency)
}

/** Why an account does not take money from another. */
const refused = (payee: Account, currency: string): Rejection | undefined => {
  if (payee.status === 'frozen') {
    return { code: 'payee-frozen', message: 'The account to transfer to is frozen: it takes nothing in.' }
  }
  if (payee.status === 'closed') {
    return { code: 'payee-closed', message: 'The account to transfer to is closed: it takes nothing in.' }
  }
  if (payee.currency !== currency) {
    const currencies = `it is kept in ${payee.currency}, this one in ${currency}`
    return {
      code: 'other-currency',
      message: `The account to transfer to has another currency: ${currencies}.`,
    }
  }
  return undefined
}
