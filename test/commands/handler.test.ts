import { describe, expect, it } from 'vitest'
import { CommandHandler } from '../../src/commands/handler.ts'
import { MemoryEventStore } from '../../src/events/memory-store.ts'
import type { EventStore } from '../../src/events/store.ts'
import { balanceOf } from '../../src/projection/account.ts'
import { CurrentAccounts } from '../../src/projection/current-accounts.ts'
import { gate, settled } from '../events/gate.ts'
import { deposited, newEvents, oneTo, opened } from '../events/sample-events.ts'
import { accepted, deposit, insufficient, withdraw } from './requests.ts'
import { counting, holdingNextAppend, storeWith } from './store-with.ts'

const handlerOf = (store: EventStore, options?: ConstructorParameters<typeof CommandHandler>[2]) =>
  new CommandHandler(store, new CurrentAccounts(store), options)

const holding = async (balance: number, stream = 'alice'): Promise<MemoryEventStore> => {
  const store = new MemoryEventStore()
  await store.append(stream, newEvents(deposited(balance)), { expected: 'no-stream' })
  return store
}

const wholeLog = (store: EventStore) => store.readAll({ limit: 10_000 })

describe('a command', () => {
  it('that is accepted is in the log, with who asked for it and when', async () => {
    const store = new MemoryEventStore()
    const handler = handlerOf(store, { now: () => new Date('2026-11-20T12:00:00.000Z') })
    expect(await handler.handle('shared', deposit('a', 5))).toEqual(accepted(1))
    expect(await store.readAll()).toMatchObject([
      {
        stream: 'shared',
        type: 'deposited',
        data: { amount: 5 },
        metadata: { commandId: 'a', correlationId: 'a', causationId: 'a', actor: 'Ada' },
        occurredAt: '2026-11-20T12:00:00.000Z',
      },
    ])
  })

  it('that is rejected leaves nothing in the log', async () => {
    const store = await holding(100)
    expect(await handlerOf(store).handle('alice', withdraw('a', 101))).toEqual(insufficient('$1.00'))
    expect(await store.readAll()).toHaveLength(1)
  })

  it('closes no account, unless it is known that no money of it is on its way', async () => {
    const request = { id: 'c', actor: 'Ada', command: { type: 'close' } } as const
    const closing = async (options?: ConstructorParameters<typeof CommandHandler>[2]) => {
      const store = new MemoryEventStore()
      await store.append('alice', newEvents(opened()), { expected: 'no-stream' })
      return handlerOf(store, options).handle('alice', request)
    }
    expect(await closing()).toMatchObject({ rejection: { code: 'transfer-under-way' } })
    expect(await closing({ isSending: async () => false })).toEqual(accepted(2))
  })

  it('is decided on its own account', async () => {
    const store = await holding(100)
    const handler = handlerOf(store)
    expect(await handler.handle('shared', withdraw('a', 1))).toEqual(insufficient('$0.00'))
    expect(await handler.handle('shared', deposit('b', 1))).toEqual(accepted(1))
    expect(await handler.handle('alice', withdraw('c', 100))).toEqual(accepted(2))
  })

  it('reads nothing if the account is known and nothing is against it', async () => {
    const { store, count } = counting(await holding(100))
    const handler = handlerOf(store)
    await handler.handle('alice', withdraw('first', 1))
    expect(count).toEqual({ appends: [1], reads: 1, finds: 0 })
    for (const n of oneTo(10)) await handler.handle('alice', withdraw(`c${n}`, 1))
    expect(count.reads).toBe(1)
    expect(count.finds).toBe(0)
  })

  it('is not turned down before the log was read to its end', async () => {
    const store = await holding(5)
    const handler = handlerOf(store)
    await handler.handle('alice', withdraw('a', 5))
    await store.append('alice', newEvents(deposited(100)), { expected: 'any' })
    expect(await handler.handle('alice', withdraw('b', 100))).toEqual(accepted(4))
  })
})

describe('commands at once', () => {
  it('never overdraw, and are answered exactly once each', async () => {
    const store = await holding(50_000)
    const handler = handlerOf(store)
    let answers = 0
    const outcomes = await Promise.all(
      oneTo(1_000).map(async (n) => {
        const outcome = await handler.handle('alice', withdraw(`w${n}`, 100))
        answers++
        return outcome
      }),
    )
    expect(answers).toBe(1_000)
    expect(outcomes.slice(0, 500)).toEqual(oneTo(500).map((n) => accepted(n + 1)))
    expect(outcomes.slice(500)).toEqual(oneTo(500).map(() => insufficient('$0.00')))
    expect(balanceOf(await wholeLog(store))).toBe(0)
  })

  it('are appended together', async () => {
    const { store, count } = counting(new MemoryEventStore())
    const handler = handlerOf(store)
    await Promise.all(oneTo(1_000).map((n) => handler.handle('shared', deposit(`d${n}`, n))))
    expect(count.appends.length).toBeLessThan(10)
    expect(await store.read('shared', { limit: 2_000 })).toHaveLength(1_000)
  })

  it('that are served together ask the log once for all, and an empty line asks nothing', async () => {
    const { store, count } = counting(new MemoryEventStore())
    const handler = handlerOf(store)
    await Promise.all(['a', 'b', 'c'].map((id) => handler.handle('shared', withdraw(id, 1))))
    await settled()
    expect(count).toEqual({ appends: [], reads: 2, finds: 1 })
  })

  it('are done in the order in which they came', async () => {
    const store = new MemoryEventStore()
    const handler = handlerOf(store)
    const told: string[] = []
    await Promise.all(
      oneTo(100).map(async (n) => {
        await handler.handle('shared', deposit(`d${n}`, n))
        told.push(`d${n}`)
      }),
    )
    const done = (await store.read('shared')).map(({ metadata }) => metadata.commandId)
    expect(done).toEqual(oneTo(100).map((n) => `d${n}`))
    expect(told).toEqual(done)
  })

  it('are decided at most 250 at a time, and all of them', async () => {
    const { store, count } = counting(new MemoryEventStore())
    const handler = handlerOf(store)
    const outcomes = await Promise.all(oneTo(2_500).map((n) => handler.handle('shared', deposit(`d${n}`, 1))))
    expect(outcomes).toEqual(oneTo(2_500).map(accepted))
    expect(Math.max(...count.appends)).toBe(250)
  })
})

describe('while an append is under way', () => {
  it('new commands wait, and are then appended together', async () => {
    const inner = counting(await holding(10))
    const { store, begun, release } = holdingNextAppend(inner.store, 'before')
    const handler = handlerOf(store)
    const first = handler.handle('alice', withdraw('a', 1))
    await begun
    const others = ['b', 'c', 'd'].map((id) => handler.handle('alice', withdraw(id, 1)))
    await settled()
    expect(inner.count.appends).toEqual([])
    release()
    expect(await Promise.all([first, ...others])).toEqual([2, 3, 4, 5].map(accepted))
    expect(inner.count.appends).toEqual([1, 3])
  })

  it('other accounts do not wait', async () => {
    const { store, begun, release } = holdingNextAppend(await holding(10), 'before')
    const handler = handlerOf(store)
    const held = handler.handle('alice', withdraw('a', 1))
    await begun
    expect(await handler.handle('shared', deposit('b', 1))).toEqual(accepted(1))
    release()
    expect(await held).toEqual(accepted(2))
  })

  it.each([
    'before',
    'after',
  ] as const)('nobody in it is told an outcome, not even a rejection (held back %s the commit)', async (when) => {
    const { store, begun, release } = holdingNextAppend(await holding(10), when)
    const handler = handlerOf(store)
    const told: unknown[] = []
    const outcomes = [withdraw('a', 10), withdraw('b', 1)].map(async (request) => {
      told.push(await handler.handle('alice', request))
    })
    await begun
    await settled()
    expect(told).toEqual([])
    release()
    await Promise.all(outcomes)
    expect(told).toEqual([accepted(2), insufficient('$0.00')])
  })
})

describe('a full line', () => {
  it('answers busy at once, does nothing, and recovers', async () => {
    const { store, begun, release } = holdingNextAppend(await holding(10), 'before')
    const handler = handlerOf(store, { maxWaiting: 2 })
    const first = handler.handle('alice', withdraw('a', 1))
    await begun
    const second = handler.handle('alice', withdraw('b', 1))
    expect(await handler.handle('alice', withdraw('c', 1))).toEqual({ type: 'busy' })
    expect(await handler.handle('alice', withdraw('a', 1))).toEqual({ type: 'busy' })
    release()
    expect(await Promise.all([first, second])).toEqual([accepted(2), accepted(3)])
    expect(await handler.handle('alice', withdraw('c', 1))).toEqual(accepted(4))
    expect(await wholeLog(store)).toHaveLength(4)
  })

  it('of one account keeps no other waiting', async () => {
    const { store, begun, release } = holdingNextAppend(await holding(10), 'before')
    const handler = handlerOf(store, { maxWaiting: 1 })
    const held = handler.handle('alice', withdraw('a', 1))
    await begun
    expect(await handler.handle('shared', deposit('b', 1))).toEqual(accepted(1))
    release()
    await held
  })

  it('has room again after a failure', async () => {
    const inner = await holding(10)
    let isBroken = true
    const store = storeWith(inner, {
      append: (...append) => (isBroken ? Promise.reject(new Error('full disk')) : inner.append(...append)),
    })
    const handler = handlerOf(store, { maxWaiting: 1 })
    await expect(handler.handle('alice', withdraw('a', 1))).rejects.toThrow('full disk')
    isBroken = false
    expect(await handler.handle('alice', withdraw('a', 1))).toEqual(accepted(2))
  })
})

describe('when the store fails', () => {
  const failing = (inner: EventStore, call: 'append' | 'facts' | 'find') => {
    let isBroken = true
    const broken = () => Promise.reject(new Error('full disk'))
    const store = storeWith(inner, {
      [call]: (...args: never) => (isBroken ? broken() : Reflect.apply(inner[call], inner, args)),
    })
    return {
      store,
      repair: () => {
        isBroken = false
      },
    }
  }

  it.each([
    'append',
    'facts',
    'find',
  ] as const)('to %s, all who wait are told so, and the next command works', async (call) => {
    const { store, repair } = failing(await holding(10), call)
    const handler = handlerOf(store)
    const results = await Promise.allSettled(
      [withdraw('a', 5), withdraw('b', 1), withdraw('c', 500)].map((request) =>
        handler.handle('alice', request),
      ),
    )
    expect(results).toEqual(results.map(() => ({ status: 'rejected', reason: new Error('full disk') })))
    expect(results).toHaveLength(3)
    repair()
    expect(await handler.handle('alice', withdraw('d', 10))).toEqual(accepted(2))
    expect(await wholeLog(store)).toHaveLength(2)
  })

  it('those who came during the failed append are served', async () => {
    const inner = await holding(10)
    const [begun, release] = [gate(), gate()]
    let appends = 0
    const store = storeWith(inner, {
      append: async (...append) => {
        if (++appends > 1) return inner.append(...append)
        begun.open()
        await release.opened
        throw new Error('full disk')
      },
    })
    const handler = handlerOf(store)
    const failed = handler.handle('alice', withdraw('a', 5))
    await begun.opened
    const next = handler.handle('alice', withdraw('b', 10))
    release.open()
    await expect(failed).rejects.toThrow('full disk')
    expect(await next).toEqual(accepted(2))
  })
})
