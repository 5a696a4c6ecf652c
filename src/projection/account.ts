/** An account's state is a left fold over its events. There is no other place where a balance comes from. */
import { type AccountEvent, ERASED, UnknownEventTypeError } from '../events/event.ts'

export interface Account {
  readonly currency: string
  /** In minor units of the currency. */
  readonly balance: number
  readonly status: 'open' | 'frozen' | 'closed'
  /** Unknown for an account that was never opened by name, as the one that everybody shares. */
  readonly owner?: string
}

/** The account that everybody shares. It is there without having been opened. */
export const SHARED = 'shared'

/** What a fold starts from: no events, no money. */
export const emptyAccount: Account = { currency: 'USD', balance: 0, status: 'open' }

/**
 * The version of all that is kept of the folds: of `evolve`, and of what is read beside it. Raise it with every change of
 * what they make of an event: snapshots and summaries of another version are ignored and made anew.
 */
export const FOLD_VERSION = 2

export const evolve = (account: Account, event: AccountEvent): Account => {
  switch (event.type) {
    case 'opened': {
      const { owner, currency, openingBalance } = event.data
      return { ...account, owner, currency, balance: account.balance + openingBalance }
    }
    case 'deposited':
    case 'transferredIn':
    case 'transferReturned':
      return withChange(account, event.data.amount)
    case 'withdrawn':
    case 'transferredOut':
      return withChange(account, -event.data.amount)
    case 'frozen':
      return { ...account, status: 'frozen' }
    case 'unfrozen':
      return { ...account, status: 'open' }
    case 'closed':
      return { ...account, status: 'closed' }
    case 'forgotten':
      return account.owner === undefined ? account : { ...account, owner: ERASED }
    default: {
      const never: never = event
      throw new UnknownEventTypeError(never)
    }
  }
}

/** Most events do no more than this, and to write the account out is many times as fast as to spread it. */
const withChange = ({ currency, balance, status, owner }: Account, change: number): Account =>
  owner === undefined
    ? { currency, balance: balance + change, status }
    : { currency, balance: balance + change, status, owner }

export const fold = (events: Iterable<AccountEvent>, from: Account = emptyAccount): Account => {
  let account = from
  for (const event of events) account = evolve(account, event)
  return account
}

export const balanceOf = (events: Iterable<AccountEvent>): number => fold(events).balance

/** What one event does to the balance: more than zero for money in, less for money out. */
export const changeOf = (event: AccountEvent): number => evolve(emptyAccount, event).balance
