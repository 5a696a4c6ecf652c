import { describe, expect, it } from 'vitest'
import type { Request } from '../../src/commands/decide-together.ts'
import { CommandHandler } from '../../src/commands/handler.ts'
import { MemoryEventStore } from '../../src/events/memory-store.ts'
import type { EventStore } from '../../src/events/store.ts'
import { CurrentAccounts } from '../../src/projection/current-accounts.ts'
import { deposited, newEvents, opened, withdrawn } from '../events/sample-events.ts'
import { accepted, deposit, idTaken, insufficient, withdraw } from './requests.ts'
import { storeWith } from './store-with.ts'

const handlerOf = (store: EventStore, options?: ConstructorParameters<typeof CommandHandler>[2]) =>
  new CommandHandler(store, new CurrentAccounts(store), options)

const holding = async (balance: number): Promise<MemoryEventStore> => {
  const store = new MemoryEventStore()
  await store.append('alice', newEvents(deposited(balance)), { expected: 'no-stream' })
  return store
}

/** How often each of these commands is in the log. */
const timesDone = async (store: EventStore, ...ids: readonly string[]): Promise<number[]> => {
  const log = await store.readAll()
  return ids.map((id) => log.filter(({ metadata }) => metadata.commandId === id).length)
}

describe('the same command twice is done once and gets the same answer', () => {
  it('one after the other', async () => {
    const store = await holding(100)
    const handler = handlerOf(store)
    expect(await handler.handle('alice', withdraw('a', 30))).toEqual(accepted(2))
    expect(await handler.handle('alice', withdraw('a', 30))).toEqual(accepted(2))
    expect(await timesDone(store, 'a')).toEqual([1])
  })

  it('at once', async () => {
    const store = await holding(100)
    const handler = handlerOf(store)
    const requests = [withdraw('a', 30), withdraw('b', 1), withdraw('a', 30), withdraw('a', 30)]
    expect(await Promise.all(requests.map((request) => handler.handle('alice', request)))).toEqual(
      [2, 3, 2, 2].map(accepted),
    )
    expect(await timesDone(store, 'a', 'b')).toEqual([1, 1])
  })

  it('after a restart', async () => {
    const store = await holding(100)
    expect(await handlerOf(store).handle('alice', withdraw('a', 30))).toEqual(accepted(2))
    expect(await handlerOf(store).handle('alice', withdraw('a', 30))).toEqual(accepted(2))
    expect(await timesDone(store, 'a')).toEqual([1])
  })

  it('whoever sends it', async () => {
    const store = await holding(100)
    const handler = handlerOf(store)
    await handler.handle('alice', withdraw('a', 30))
    expect(await handler.handle('alice', { ...withdraw('a', 30), actor: 'Bob' })).toEqual(accepted(2))
    expect((await store.readAll()).at(-1)).toMatchObject({ metadata: { actor: 'Ada' } })
  })

  it.each(['the same', 'a new'])('when the money is gone by then, from %s handler', async (which) => {
    const store = await holding(100)
    const first = handlerOf(store)
    await first.handle('alice', withdraw('a', 100))
    const second = which === 'a new' ? handlerOf(store) : first
    expect(await second.handle('alice', withdraw('a', 100))).toEqual(accepted(2))
    expect(await timesDone(store, 'a')).toEqual([1])
  })

  it('and takes nothing from the balance that the next command is decided on', async () => {
    const handler = handlerOf(await holding(100))
    await handler.handle('alice', withdraw('a', 30))
    await handler.handle('alice', withdraw('a', 30))
    expect(await handler.handle('alice', withdraw('b', 70))).toEqual(accepted(3))
  })

  it('long after, together with new ones', async () => {
    const store = await holding(100)
    const handler = handlerOf(store)
    await handler.handle('alice', withdraw('a', 60))
    await handler.handle('alice', deposit('b', 10))
    const requests = [
      deposit('c', 1),
      withdraw('a', 60),
      withdraw('d', 51),
      withdraw('e', 1),
      deposit('b', 10),
    ]
    expect(await Promise.all(requests.map((request) => handler.handle('alice', request)))).toEqual([
      accepted(4),
      accepted(2),
      accepted(5),
      insufficient('$0.00'),
      accepted(3),
    ])
    expect(await timesDone(store, 'a', 'b', 'c', 'd', 'e')).toEqual([1, 1, 1, 1, 0])
  })
})

describe('a rejected command again gets the same rejection', () => {
  it('even when there is money by then', async () => {
    const store = await holding(10)
    const handler = handlerOf(store)
    expect(await handler.handle('alice', withdraw('a', 30))).toEqual(insufficient('$0.10'))
    await handler.handle('alice', deposit('b', 100))
    expect(await handler.handle('alice', withdraw('a', 30))).toEqual(insufficient('$0.10'))
    expect(await handler.handle('alice', withdraw('c', 30))).toEqual(accepted(3))
    expect(await timesDone(store, 'a')).toEqual([0])
  })

  it('for as long as it is remembered, which is bounded', async () => {
    const store = await holding(10)
    const handler = handlerOf(store, { rememberRejections: 1 })
    await handler.handle('alice', withdraw('a', 30))
    await handler.handle('alice', withdraw('b', 40))
    await handler.handle('alice', deposit('c', 100))
    expect(await handler.handle('alice', withdraw('b', 40))).toEqual(insufficient('$0.10'))
    expect(await handler.handle('alice', withdraw('a', 30))).toEqual(accepted(3))
  })

  it('but not if nobody was told: what it was rejected for never happened', async () => {
    const inner = await holding(10)
    let isBroken = true
    const store = storeWith(inner, {
      append: (...append) => (isBroken ? Promise.reject(new Error('full disk')) : inner.append(...append)),
    })
    const handler = handlerOf(store)
    const requests = [withdraw('a', 10), withdraw('b', 1)]
    const failed = await Promise.allSettled(requests.map((request) => handler.handle('alice', request)))
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    isBroken = false
    expect(await handler.handle('alice', withdraw('b', 1))).toEqual(accepted(2))
  })

  it('but the log is asked first: another server may have accepted it since', async () => {
    const store = await holding(10)
    const [here, there] = [handlerOf(store), handlerOf(store)]
    expect(await here.handle('alice', withdraw('a', 30))).toEqual(insufficient('$0.10'))
    await store.append('alice', newEvents(deposited(100)), { expected: 'any' })
    expect(await there.handle('alice', withdraw('a', 30))).toEqual(accepted(3))
    expect(await here.handle('alice', withdraw('a', 30))).toEqual(accepted(3))
    expect(await timesDone(store, 'a')).toEqual([1])
  })

  it('on its own account alone, whatever the names are', async () => {
    const store = new MemoryEventStore()
    const handler = handlerOf(store)
    await store.append('alice/savings', newEvents(deposited(100)), { expected: 'any' })
    await store.append('alice', newEvents(opened()), { expected: 'any' })
    expect(await handler.handle('alice', withdraw('savings/a', 30))).toEqual(insufficient('$0.00'))
    expect(await handler.handle('alice/savings', withdraw('a', 30))).toEqual(accepted(2))
  })
})

describe('an id that was used for something else is taken', () => {
  const cases: readonly (readonly [string, string, Request])[] = [
    ['another amount', 'alice', withdraw('a', 31)],
    ['another type', 'alice', deposit('a', 30)],
    ['another account', 'bob', deposit('a', 30)],
    ['another account, for what it cannot afford', 'bob', withdraw('a', 30)],
  ]

  it.each(cases)('with %s', async (_, stream, request) => {
    const store = await holding(100)
    const handler = handlerOf(store)
    await handler.handle('alice', withdraw('a', 30))
    expect(await handler.handle(stream, request)).toEqual(idTaken)
    expect(await handlerOf(store).handle(stream, request)).toEqual(idTaken)
    expect(await store.readAll()).toHaveLength(2)
  })

  it('with another amount, after a rejection', async () => {
    const store = await holding(10)
    const handler = handlerOf(store)
    await handler.handle('alice', withdraw('a', 30))
    expect(await handler.handle('alice', withdraw('a', 1))).toEqual(idTaken)
    expect(await timesDone(store, 'a')).toEqual([0])
  })

  it('on two accounts at once: one of them has it', async () => {
    const store = new MemoryEventStore()
    for (const stream of ['alice', 'bob'])
      await store.append(stream, newEvents(opened()), { expected: 'any' })
    const handler = handlerOf(store)
    const outcomes = await Promise.all(
      ['alice', 'bob'].map((stream) => handler.handle(stream, deposit('a', 30))),
    )
    expect(outcomes).toContainEqual(accepted(2))
    expect(outcomes).toContainEqual(idTaken)
    expect(await timesDone(store, 'a')).toEqual([1])
  })

  it('and those who wait with it are served', async () => {
    const store = await holding(100)
    const handler = handlerOf(store)
    await handler.handle('alice', withdraw('a', 30))
    const requests = [deposit('b', 1), deposit('a', 5), withdraw('a', 30), withdraw('c', 71)]
    expect(await Promise.all(requests.map((request) => handler.handle('alice', request)))).toEqual([
      accepted(3),
      idTaken,
      accepted(2),
      accepted(4),
    ])
  })
})

describe('an append whose acknowledgement is lost', () => {
  const losing = (inner: EventStore) => {
    let isNext = true
    return storeWith(inner, {
      append: async (...append) => {
        const appended = await inner.append(...append)
        if (!isNext) return appended
        isNext = false
        throw new Error('connection reset')
      },
    })
  }

  it('fails the command, and trying it again does it once', async () => {
    const store = losing(await holding(100))
    const handler = handlerOf(store)
    await expect(handler.handle('alice', withdraw('a', 30))).rejects.toThrow('connection reset')
    expect(await handler.handle('alice', withdraw('a', 30))).toEqual(accepted(2))
    expect(await timesDone(store, 'a')).toEqual([1])
  })

  it('counts for whoever comes next', async () => {
    const store = losing(await holding(100))
    const handler = handlerOf(store)
    await expect(handler.handle('alice', withdraw('a', 100))).rejects.toThrow('connection reset')
    expect(await handler.handle('alice', withdraw('b', 1))).toEqual(insufficient('$0.00'))
    expect(await handler.handle('alice', withdraw('a', 100))).toEqual(accepted(2))
  })

  it('is found again by each of those who were in it, in whatever order they come back', async () => {
    const store = losing(await holding(100))
    const handler = handlerOf(store)
    const [a, b, c] = [withdraw('a', 50), withdraw('b', 50), deposit('c', 7)]
    const failed = await Promise.allSettled([a, b, c].map((request) => handler.handle('alice', request)))
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    await store.append('alice', newEvents(withdrawn(7)), { expected: 'any' })
    const again = [c, deposit('d', 1), a, b].map((request) => handler.handle('alice', request))
    expect(await Promise.all(again)).toEqual([4, 6, 2, 3].map(accepted))
    expect(await timesDone(store, 'a', 'b', 'c', 'd')).toEqual([1, 1, 1, 1])
  })
})
