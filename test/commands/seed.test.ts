import { expect, it } from 'vitest'
import { CommandHandler } from '../../src/commands/handler.ts'
import { seedIfEmpty } from '../../src/commands/seed.ts'
import { MemoryEventStore } from '../../src/events/memory-store.ts'
import { balanceOf } from '../../src/projection/account.ts'
import { CurrentAccounts } from '../../src/projection/current-accounts.ts'
import { deposited, newEvents } from '../events/sample-events.ts'

const serverOn = (store: MemoryEventStore) => new CommandHandler(store, new CurrentAccounts(store))

it('an empty log gets two deposits and a withdrawal', async () => {
  const store = new MemoryEventStore()
  await seedIfEmpty(store, serverOn(store), 'alice')
  const log = await store.readAll()
  expect(log.map(({ stream, type, data }) => [stream, type, data.amount])).toEqual([
    ['alice', 'deposited', 100_000],
    ['alice', 'deposited', 50_000],
    ['alice', 'withdrawn', 20_000],
  ])
  expect(balanceOf(log)).toBe(130_000)
})

it('a log that has events stays as it is', async () => {
  const store = new MemoryEventStore()
  await store.append('bob', newEvents(deposited(1)), { expected: 'any' })
  await seedIfEmpty(store, serverOn(store), 'alice')
  expect(await store.readAll()).toHaveLength(1)
})

it('servers that start together on one log give it its first events once', async () => {
  const store = new MemoryEventStore()
  await Promise.all([1, 2, 3].map(() => seedIfEmpty(store, serverOn(store), 'alice')))
  expect(await store.readAll()).toHaveLength(3)
})
