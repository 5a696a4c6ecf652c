import { expect, it } from 'vitest'
import { CommandHandler } from '../../src/commands/handler.ts'
import { seedIfEmpty } from '../../src/commands/seed.ts'
import { MemoryEventStore } from '../../src/events/memory-store.ts'
import { balanceOf } from '../../src/projection/account.ts'
import { CurrentAccounts } from '../../src/projection/current-accounts.ts'
import { amountOf, deposited, newEvents } from '../events/sample-events.ts'
import { storeWith } from './store-with.ts'

const serverOn = (store: MemoryEventStore) => new CommandHandler(store, new CurrentAccounts(store))

it('an empty log gets two deposits and a withdrawal', async () => {
  const store = new MemoryEventStore()
  await seedIfEmpty(store, serverOn(store), 'shared')
  const log = await store.readAll()
  expect(log.map((event) => [event.stream, event.type, amountOf(event)])).toEqual([
    ['shared', 'deposited', 100_000],
    ['shared', 'deposited', 50_000],
    ['shared', 'withdrawn', 20_000],
  ])
  expect(balanceOf(log)).toBe(130_000)
})

it('a log that has events stays as it is', async () => {
  const store = new MemoryEventStore()
  await store.append('bob', newEvents(deposited(1)), { expected: 'any' })
  await seedIfEmpty(store, serverOn(store), 'shared')
  expect(await store.readAll()).toHaveLength(1)
})

it('servers that start together on one log give it its first events once', async () => {
  const store = new MemoryEventStore()
  await Promise.all([1, 2, 3].map(() => seedIfEmpty(store, serverOn(store), 'shared')))
  expect(await store.readAll()).toHaveLength(3)
})

it('a log whose server ended in the middle of this gets the rest', async () => {
  const store = new MemoryEventStore()
  let appends = 0
  const ending = storeWith(store, {
    append: async (...event) => {
      appends += 1
      if (appends === 3) throw new Error('killed')
      return store.append(...event)
    },
  })
  const server = new CommandHandler(ending, new CurrentAccounts(ending))
  await expect(seedIfEmpty(ending, server, 'shared')).rejects.toThrow('killed')
  expect(balanceOf(await store.readAll())).toBe(150_000)

  await seedIfEmpty(store, serverOn(store), 'shared')
  expect(balanceOf(await store.readAll())).toBe(130_000)
  expect(await store.readAll()).toHaveLength(3)
})
