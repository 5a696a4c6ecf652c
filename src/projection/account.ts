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
      return accountOf(currency, account.balance + openingBalance, account.status, owner)
    }
    case 'deposited':
    case 'transferredIn':
    case 'transferReturned':
      return withBalance(account, account.balance + event.data.amount)
    case 'withdrawn':
    case 'transferredOut':
      return withBalance(account, account.balance - event.data.amount)
    case 'frozen':
      return withStatus(account, 'frozen')
    case 'unfrozen':
      return withStatus(account, 'open')
    case 'closed':
      return withStatus(account, 'closed')
    case 'forgotten':
      return account.owner === undefined ? account : { ...account, owner: ERASED }
    default: {
      const never: never = event
      throw new UnknownEventTypeError(never)
    }
  }
}

const withBalance = ({ currency, status, owner }: Account, balance: number): Account =>
  accountOf(currency, balance, status, owner)

const withStatus = ({ currency, balance, owner }: Account, status: Account['status']): Account =>
  accountOf(currency, balance, status, owner)

/** Written out, for to spread an account takes ten times as long, and a fold does little else. */
const accountOf = (
  currency: string,
  balance: number,
  status: Account['status'],
  owner: string | undefined,
): Account => (owner === undefined ? { currency, balance, status } : { currency, balance, status, owner })

export const fold = (events: Iterable<AccountEvent>, from: Account = emptyAccount): Account => {
  let account = from
  for (const event of events) account = evolve(account, event)
  return account
}

export const balanceOf = (events: Iterable<AccountEvent>): number => fold(events).balance

/** What one event does to the balance: more than zero for money in, less for money out. */
export const changeOf = (event: AccountEvent): number => evolve(emptyAccount, event).balance
