/** An account as one would write it for Emmett, of any version: its events, its fold, its one rule. */
import type { Bank, Deposit } from '../contenders/depositing.ts'

export type AccountEvent =
  | { readonly type: 'opened'; readonly data: { readonly owner: string; readonly currency: string } }
  | {
      readonly type: 'deposited'
      readonly data: { readonly amount: number }
      readonly metadata: { readonly commandId: string; readonly actor: string }
    }

export interface Account {
  readonly isOpen: boolean
  readonly balance: number
}

export const initialState = (): Account => ({ isOpen: false, balance: 0 })

/** Without spreading the account, which would take twice the time. */
export const evolve = ({ isOpen, balance }: Account, event: AccountEvent): Account =>
  event.type === 'opened' ? { isOpen: true, balance } : { isOpen, balance: balance + event.data.amount }

export const decide =
  ({ id, actor, amount }: Deposit) =>
  ({ isOpen }: Account): AccountEvent => {
    if (!isOpen) throw new Error('There is no such account.')
    return { type: 'deposited', data: { amount }, metadata: { commandId: id, actor } }
  }

/** A new account's, so many of them. */
export const opening = (events: number): AccountEvent[] => [
  { type: 'opened', data: { owner: 'Ada', currency: 'USD' } },
  ...Array.from({ length: events - 1 }, (): AccountEvent => {
    return { type: 'deposited', data: { amount: 1 }, metadata: { commandId: 'open', actor: 'bench' } }
  }),
]

interface Counted {
  readonly account: Account
  readonly events: number
}

interface Store {
  aggregateStream(
    stream: string,
    options: {
      evolve: (counted: Counted, event: AccountEvent) => Counted
      initialState: () => Counted
    },
  ): Promise<{ state: Counted }>
}

export const readFrom =
  (store: Store): Bank['read'] =>
  async (account) => {
    const { state } = await store.aggregateStream(account, {
      evolve: (counted, event) => ({ account: evolve(counted.account, event), events: counted.events + 1 }),
      initialState: () => ({ account: initialState(), events: 0 }),
    })
    return { balance: state.account.balance, events: state.events }
  }

/** Emmett gives up after some conflicts; whoever gave the command gives it again. */
export const untilDone = async (
  command: () => Promise<unknown>,
  isConflict: (error: unknown) => boolean,
): Promise<void> => {
  for (;;) {
    try {
      await command()
      return
    } catch (error) {
      if (!isConflict(error)) throw error
    }
  }
}
