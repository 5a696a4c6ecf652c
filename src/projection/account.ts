/** An account's state is a left fold over its events. There is no other place where a balance comes from. */
import { type AccountEvent, UnknownEventTypeError } from '../events/event.ts'

export interface Account {
  readonly currency: string
  /** In minor units of the currency. */
  readonly balance: number
}

/** What a fold starts from: no events, no money. */
export const emptyAccount: Account = { currency: 'USD', balance: 0 }

export const evolve = (account: Account, event: AccountEvent): Account => {
  switch (event.type) {
    case 'deposited':
      return { ...account, balance: account.balance + event.data.amount }
    case 'withdrawn':
      return { ...account, balance: account.balance - event.data.amount }
    default: {
      const never: never = event
      throw new UnknownEventTypeError(never)
    }
  }
}

export const fold = (events: Iterable<AccountEvent>, from: Account = emptyAccount): Account => {
  let account = from
  for (const event of events) account = evolve(account, event)
  return account
}

export const balanceOf = (events: Iterable<AccountEvent>): number => fold(events).balance

/** What one event does to the balance: more than zero for money in, less for money out. */
export const changeOf = (event: AccountEvent): number => evolve(emptyAccount, event).balance
