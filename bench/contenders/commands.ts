/** Passbook as it is served: its command handler on any of its stores, with the store's own settings. */
import { randomUUID } from 'node:crypto'
import { CommandHandler } from '../../src/commands/handler.ts'
import type { AccountEvent, NewEvent } from '../../src/events/event.ts'
import { PAGE } from '../../src/events/store.ts'
import { emptyAccount, fold } from '../../src/projection/account.ts'
import { CurrentAccounts } from '../../src/projection/current-accounts.ts'
import { openStorage } from '../../src/storage.ts'
import type { Open } from '../contest.ts'
import { type Bank, type Depositing, depositing } from './depositing.ts'

const metadata = { commandId: 'open', correlationId: 'open', causationId: 'open', actor: 'bench' }

const newEvent = (fact: AccountEvent): NewEvent => ({
  ...fact,
  id: randomUUID(),
  metadata,
  occurredAt: '2026-01-01T00:00:00.000Z',
})

const opening = (events: number): NewEvent[] => [
  newEvent({ type: 'opened', data: { owner: 'Ada', currency: 'USD', openingBalance: 0 } }),
  ...Array.from({ length: events - 1 }, () => newEvent({ type: 'deposited', data: { amount: 1 } })),
]

export const open: Open<Depositing> = async ({ store, load }) => {
  const { events, snapshots, close } = await openStorage(store, { create: true })
  const commands = new CommandHandler(events, new CurrentAccounts(events, { snapshots }))
  const bank: Bank = {
    async open(accounts, count) {
      const openOne = (account: string) => events.append(account, opening(count), { expected: 'no-stream' })
      await Promise.all(accounts.map(openOne))
    },

    async deposit(account, { id, actor, amount }) {
      const { type } = await commands.handle(account, { id, actor, command: { type: 'deposit', amount } })
      if (type !== 'accepted') throw new Error(`a deposit was answered with ${type}`)
    },

    async read(account) {
      let state = emptyAccount
      let count = 0
      for (;;) {
        const page = await events.read(account, { from: count + 1 })
        state = fold(page, state)
        count += page.length
        if (page.length < PAGE) return { balance: state.balance, events: count }
      }
    },

    close,
  }
  return depositing(bank, load)
}
