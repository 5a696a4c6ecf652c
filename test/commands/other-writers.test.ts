import { describe, expect, it } from 'vitest'
import { CommandHandler } from '../../src/commands/handler.ts'
import type { AccountEvent } from '../../src/events/event.ts'
import { MemoryEventStore } from '../../src/events/memory-store.ts'
import type { EventStore } from '../../src/events/store.ts'
import { balanceOf } from '../../src/projection/account.ts'
import { CurrentAccounts } from '../../src/projection/current-accounts.ts'
import { deposited, newEvents, oneTo, withdrawn } from '../events/sample-events.ts'
import { accepted, deposit, insufficient, withdraw } from './requests.ts'
import { holdingNextAppend, storeWith } from './store-with.ts'

const handlerOf = (store: EventStore) => new CommandHandler(store, new CurrentAccounts(store))

const holding = async (balance: number, stream = 'alice'): Promise<MemoryEventStore> => {
  const store = new MemoryEventStore()
  await store.append(stream, newEvents(deposited(balance)), { expected: 'no-stream' })
  return store
}

/** A store to which somebody else appends one of these events right before each of our appends. */
const contested = (inner: EventStore, events: Iterable<AccountEvent>): EventStore => {
  const others = events[Symbol.iterator]()
  return storeWith(inner, {
    append: async (stream, ours, options) => {
      const { value } = others.next()
      if (value) await inner.append(stream, newEvents(value), { expected: 'any' })
      return inner.append(stream, ours, options)
    },
  })
}

describe('when somebody else writes first', () => {
  it('the command is decided again, and still happens', async () => {
    const store = contested(await holding(100), [withdrawn(30), withdrawn(20)])
    expect(await handlerOf(store).handle('alice', withdraw('a', 50))).toEqual(accepted(4))
    expect(balanceOf(await store.readAll())).toBe(0)
  })

  it('the command is decided again, and rejected if the money is gone', async () => {
    const store = contested(await holding(100), [withdrawn(80)])
    expect(await handlerOf(store).handle('alice', withdraw('a', 50))).toEqual(insufficient('$0.20'))
    expect(await store.readAll()).toHaveLength(2)
  })

  it('the whole line is decided again', async () => {
    const store = contested(await holding(100), [withdrawn(50)])
    const handler = handlerOf(store)
    const requests = [withdraw('a', 40), withdraw('b', 20), deposit('c', 15), withdraw('d', 20)]
    expect(await Promise.all(requests.map((request) => handler.handle('alice', request)))).toEqual([
      accepted(3),
      insufficient('$0.10'),
      accepted(4),
      accepted(5),
    ])
  })

  it('only what they wrote is read', async () => {
    const store = contested(await holding(100), [withdrawn(1), withdrawn(1), withdrawn(1)])
    const reads: (number | undefined)[] = []
    const watched = storeWith(store, {
      facts: (stream, options) => {
        reads.push(options?.from)
        return store.facts(stream, options)
      },
    })
    expect(await handlerOf(watched).handle('alice', withdraw('a', 50))).toEqual(accepted(5))
    expect(reads).toEqual([1, 2, 3, 4])
  })

  it('again and again, the line gives up and says so; the next command works', async () => {
    const others = Array.from({ length: 100 }, () => deposited(1))
    const inner = await holding(100)
    const store = contested(inner, others)
    const handler = handlerOf(store)
    await expect(handler.handle('alice', withdraw('a', 50))).rejects.toThrow(
      'Stream "alice" changed 100 times while it was being written to. Try again.',
    )
    expect(balanceOf(await inner.readAll())).toBe(200)
    expect(await handler.handle('alice', withdraw('a', 50))).toEqual(accepted(102))
  })

  it('a little less often, it does not give up', async () => {
    const others = Array.from({ length: 99 }, () => deposited(1))
    const store = contested(await holding(100), others)
    expect(await handlerOf(store).handle('alice', withdraw('a', 50))).toEqual(accepted(101))
  })
})

describe('two servers on one log', () => {
  it('never overdraw an account together', async () => {
    const store = await holding(100)
    const servers = [handlerOf(store), handlerOf(store)]
    const outcomes = await Promise.all(
      oneTo(200).map((n) => servers[n % 2]?.handle('alice', withdraw(`w${n}`, 1))),
    )
    expect(outcomes.filter((outcome) => outcome?.type === 'accepted')).toHaveLength(100)
    expect(outcomes.filter((outcome) => outcome?.type === 'rejected')).toHaveLength(100)
    expect(balanceOf(await store.readAll())).toBe(0)
  })

  it('do a command once that came to both', async () => {
    const store = await holding(100)
    const servers = [handlerOf(store), handlerOf(store)]
    const request = withdraw('a', 100)
    expect(await Promise.all(servers.map((server) => server.handle('alice', request)))).toEqual([
      accepted(2),
      accepted(2),
    ])
    expect(await store.readAll()).toHaveLength(2)
  })

  it('do a command once that came to both, in lines of different company', async () => {
    const inner = await holding(100)
    const { store, begun, release } = holdingNextAppend(inner, 'before')
    const here = handlerOf(store)
    const slow = [withdraw('a', 10), withdraw('b', 10)].map((request) => here.handle('alice', request))
    await begun
    const there = handlerOf(inner)
    const quick = [withdraw('c', 70), withdraw('b', 10)].map((request) => there.handle('alice', request))
    expect(await Promise.all(quick)).toEqual([accepted(2), accepted(3)])
    release()
    expect(await Promise.all(slow)).toEqual([accepted(4), accepted(3)])
    expect(balanceOf(await inner.readAll())).toBe(10)
  })

  it('see what the other did before they turn anybody down', async () => {
    const store = await holding(10)
    const [here, there] = [handlerOf(store), handlerOf(store)]
    const commands: readonly (readonly [CommandHandler, string, 'deposit' | 'withdraw', number])[] = [
      [here, 'a', 'withdraw', 10],
      [there, 'b', 'deposit', 50],
      [here, 'c', 'withdraw', 50],
      [there, 'd', 'deposit', 5],
      [here, 'e', 'withdraw', 5],
    ]
    for (const [server, id, type, amount] of commands) {
      const outcome = await server.handle('alice', { id, actor: 'Ada', command: { type, amount } })
      expect(outcome).toMatchObject({ type: 'accepted' })
    }
  })
})

describe('when the log has fewer events than were known', () => {
  it('the account is folded from its first event, and goes on', async () => {
    const store = await holding(100, 'shared')
    const handler = handlerOf(store)
    await handler.handle('shared', withdraw('a', 10))
    store.clear()
    expect(await handler.handle('shared', withdraw('b', 1))).toEqual(insufficient('$0.00'))
    expect(await handler.handle('shared', deposit('c', 5))).toEqual(accepted(1))
  })

  it('because it was cleared during an append, the account goes on as well', async () => {
    const inner = await holding(100, 'shared')
    const { store, begun, release } = holdingNextAppend(inner, 'after')
    const accounts = new CurrentAccounts(store)
    const handler = new CommandHandler(store, accounts)
    const held = handler.handle('shared', withdraw('a', 10))
    await begun
    inner.clear()
    accounts.clear()
    release()
    await held
    expect(await handler.handle('shared', deposit('b', 5))).toEqual(accepted(1))
    expect(await handler.handle('shared', withdraw('c', 6))).toEqual(insufficient('$0.05'))
  })
})
