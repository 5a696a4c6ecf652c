import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type AccountEvent, InvalidEventError, UnknownEventTypeError } from '../../src/events/event.ts'
import type { EventLog } from '../../src/events/event-log.ts'
import { MemoryKeys } from '../../src/events/keys.ts'
import { LogEventStore } from '../../src/events/log-event-store.ts'
import { MemoryLog } from '../../src/events/memory-store.ts'
import { SealError, sealFields } from '../../src/events/sealing.ts'
import type { Draft, StoredEvent } from '../../src/events/stored-event.ts'
import { fold } from '../../src/projection/account.ts'
import { expectUnbroken } from '../contract/log-shown.ts'
import { Collector, unexpected } from './collector.ts'
import { gate } from './gate.ts'
import {
  deposited,
  deposits,
  draft,
  idsOf,
  newEvent,
  newEvents,
  oneTo,
  positionsOf,
} from './sample-events.ts'

const opened = () => {
  const log = new MemoryLog()
  const keys = new MemoryKeys()
  return { log, keys, store: new LogEventStore(log, keys) }
}

const story: readonly AccountEvent[] = [
  { type: 'opened', data: { owner: 'Ada Lovelace', currency: 'EUR', openingBalance: 100 } },
  { type: 'deposited', data: { amount: 50, source: 'a birthday' } },
  { type: 'withdrawn', data: { amount: 30, reason: 'a bicycle' } },
  { type: 'deposited', data: { amount: 5 } },
  { type: 'frozen', data: { reason: 'a suspicion' } },
  { type: 'unfrozen', data: { reason: 'a mistake' } },
  { type: 'closed', data: { reason: 'goodbye' } },
]

const dataOf = (events: readonly AccountEvent[]) => events.map(({ data }) => data)

/** A log that gives back what is in it with something changed. */
const changing = (log: EventLog, change: (event: StoredEvent) => StoredEvent): EventLog => ({
  append: (stream, drafts, expected) => log.append(stream, drafts, expected),
  restore: (events) => log.restore(events),
  read: async (stream, options) => (await log.read(stream, options)).map(change),
  facts: async (stream, options) => (await log.read(stream, options)).map(change),
  readAll: async (options) => (await log.readAll(options)).map(change),
  find: async (ids) => (await log.find(ids)).map(change),
  versionAt: (stream, at) => log.versionAt(stream, at),
  head: () => log.head(),
  onNews: (listener) => log.onNews(listener),
  close: () => log.close(),
})

describe('when an account’s key is destroyed', () => {
  const erased = [
    { owner: '[erased]', currency: 'EUR', openingBalance: 100 },
    { amount: 50, source: '[erased]' },
    { amount: 30, reason: '[erased]' },
    { amount: 5 },
    { reason: '[erased]' },
    { reason: '[erased]' },
    { reason: '[erased]' },
  ]

  it('what people wrote in it reads as erased, whichever way it is read', async () => {
    const { store, keys } = opened()
    const events = newEvents(...story)
    await store.append('alice', events, { expected: 'no-stream' })
    expect(dataOf(await store.read('alice'))).toEqual(dataOf(story))
    await keys.destroy('alice')

    expect(dataOf(await store.read('alice'))).toEqual(erased)
    expect(dataOf(await store.readAll())).toEqual(erased)
    expect(dataOf([...(await store.find(idsOf(events))).values()])).toEqual(erased)
    const collector = new Collector()
    const subscription = store.subscribe({ after: 0 }, collector.onEvents, unexpected)
    await collector.has(story.length)
    await subscription.stop()
    expect(dataOf(collector.events)).toEqual(erased)
  })

  it('the money, the status and the chain are what they were', async () => {
    const { store, log, keys } = opened()
    await store.append('alice', newEvents(...story), { expected: 'no-stream' })
    const [before, stored] = [await store.read('alice'), await log.read('alice')]
    await keys.destroy('alice')

    const after = await store.read('alice')
    expect(fold(after)).toEqual({ ...fold(before), owner: '[erased]' })
    expect(after.map(({ hash }) => hash)).toEqual(before.map(({ hash }) => hash))
    expect(await log.read('alice')).toEqual(stored)
    await expectUnbroken(log)
  })

  it('what was written in the shapes of the past reads as erased, too', async () => {
    const { store, log, keys } = opened()
    const key = await keys.keyFor('alice')
    const old = (type: string, data: Draft['data'], field: string): Draft => {
      const made = draft()
      return { ...made, type, data: sealFields(data, [field], key, `alice/${made.id}`) }
    }
    await log.append(
      'alice',
      [
        old('AccountOpened', { id: 1, name: 'Ada', initial_deposit: 1000 }, 'name'),
        old('MoneyDeposited', { id: 1, amount: 12.34, source: 'a birthday' }, 'source'),
        old('MoneyWithdrawn', { id: 1, amount: 200, reason: 'ATM' }, 'reason'),
        old('Frozen', { reason: 'a suspicion' }, 'reason'),
        old('AccountClosed', { reason: 'goodbye' }, 'reason'),
      ],
      'no-stream',
    )
    const open = await store.read('alice')
    expect(dataOf(open)).toEqual([
      { owner: 'Ada', currency: 'USD', openingBalance: 100_000 },
      { amount: 1_234, source: 'a birthday' },
      { amount: 20_000, reason: 'ATM' },
      { reason: 'a suspicion' },
      { reason: 'goodbye' },
    ])
    await keys.destroy('alice')

    const read = await store.read('alice')
    expect(dataOf(read)).toEqual([
      { owner: '[erased]', currency: 'USD', openingBalance: 100_000 },
      { amount: 1_234, source: '[erased]' },
      { amount: 20_000, reason: '[erased]' },
      { reason: '[erased]' },
      { reason: '[erased]' },
    ])
    expect(fold(read)).toEqual({ ...fold(open), owner: '[erased]' })
    await expectUnbroken(log)
  })

  it('what people write from then on can be read, and what they wrote before still cannot', async () => {
    const { store, keys } = opened()
    await store.append('alice', newEvents(...story), { expected: 'no-stream' })
    await keys.destroy('alice')
    await store.append(
      'alice',
      newEvents(
        { type: 'forgotten', data: {} },
        { type: 'deposited', data: { amount: 7, source: 'a friend' } },
      ),
      { expected: 7 },
    )
    expect(dataOf(await store.read('alice'))).toEqual([...erased, {}, { amount: 7, source: 'a friend' }])
  })

  it('what people wrote in other accounts can be read', async () => {
    const { store, keys } = opened()
    await store.append('alice', newEvents(...story), { expected: 'no-stream' })
    await store.append('bob', newEvents(...story), { expected: 'no-stream' })
    await keys.destroy('alice')
    expect(dataOf(await store.read('bob'))).toEqual(dataOf(story))
  })
})

describe('keys', () => {
  it('are made for accounts in which somebody wrote something, and for no others', async () => {
    const { store, keys } = opened()
    await store.append('alice', deposits(3), { expected: 'any' })
    await store.append('bob', newEvents({ type: 'closed', data: {} }, { type: 'forgotten', data: {} }), {
      expected: 'any',
    })
    expect(await keys.all()).toEqual([])
    await store.append('bob', newEvents(...story), { expected: 'any' })
    expect((await keys.all()).map(({ stream }) => stream)).toEqual(['bob'])
  })

  it('are not made for events that are refused', async () => {
    const { store, keys } = opened()
    const refused = newEvents(...story, { type: 'deposited', data: { amount: 0.5, source: 'a birthday' } })
    await expect(store.append('alice', refused, { expected: 'any' })).rejects.toThrow(InvalidEventError)
    await expect(store.append('two\nlines', newEvents(...story), { expected: 'any' })).rejects.toThrow(
      RangeError,
    )
    expect(await keys.all()).toEqual([])
  })

  it('are looked up once for each page, each once', async () => {
    class CountedKeys extends MemoryKeys {
      readonly asked: string[][] = []
      override find(ids: readonly string[]) {
        this.asked.push([...ids])
        return super.find(ids)
      }
    }
    const keys = new CountedKeys()
    const store = new LogEventStore(new MemoryLog(), keys)
    await store.append('alice', newEvents(...story), { expected: 'any' })
    await store.append('bob', newEvents(...story), { expected: 'any' })
    await store.append('carol', deposits(2), { expected: 'any' })
    keys.asked.length = 0

    await store.readAll()
    expect(keys.asked.map((ids) => ids.length)).toEqual([2])
    await store.read('carol')
    expect(keys.asked).toHaveLength(1)
  })
})

describe('a text that is not what was written there', () => {
  const isWithdrawal = ({ type }: StoredEvent) => type === 'withdrawn'

  it.each<readonly [string, (event: StoredEvent, source: unknown) => StoredEvent]>([
    ['from another event', (event, source) => ({ ...event, data: { ...event.data, reason: source } })],
    ['in another event', (event) => ({ ...event, id: newEvent().id })],
    ['in another stream', (event) => ({ ...event, stream: 'bob' })],
    [
      'in another field',
      ({ data: { amount, reason }, ...event }) => ({
        ...event,
        type: 'deposited',
        data: { amount, source: reason },
      }),
    ],
  ])('is not shown: %s', async (_, change) => {
    const { store, log, keys } = opened()
    await store.append('alice', newEvents(...story), { expected: 'no-stream' })
    const source = (await log.read('alice'))[1]?.data.source
    const changed = changing(log, (event) => (isWithdrawal(event) ? change(event, source) : event))
    await expect(new LogEventStore(changed, keys).read('alice')).rejects.toThrow(SealError)
    expect(
      await new LogEventStore(
        changing(log, (event) => event),
        keys,
      ).read('alice'),
    ).toHaveLength(7)
  })
})

describe('an event that this version of the code does not know', () => {
  const unknown = (parts: Partial<Draft>): Draft => ({ ...draft(), ...parts })

  it.each([
    ['of another type', { type: 'stolen' }],
    ['of a newer shape', { schemaVersion: 2 }],
  ])('%s is never skipped: whoever reads it is told its stream, version and type', async (_, parts) => {
    const { store, log } = opened()
    const stored = unknown(parts)
    await store.append('alice', deposits(2), { expected: 'any' })
    await log.append('alice', [stored], 'any')
    await store.append('alice', deposits(1), { expected: 'any' })

    for (const read of [
      () => store.read('alice'),
      () => store.readAll(),
      () => store.find([stored.id]),
      () => store.read('alice', { from: 3, limit: 1 }),
    ]) {
      const error = await read().catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(UnknownEventTypeError)
      expect(error).toMatchObject({ stream: 'alice', version: 3, type: stored.type })
    }
    expect(await store.read('alice', { to: 2 })).toHaveLength(2)
    expect(await store.read('alice', { from: 4 })).toHaveLength(1)
  })

  it('keeps a subscriber waiting before it, and says why', async () => {
    const { store, log } = opened()
    const collector = new Collector()
    const failed = gate()
    const errors: unknown[] = []
    await store.append('alice', deposits(1), { expected: 'any' })
    const subscription = store.subscribe({ after: 0 }, collector.onEvents, (error) => {
      errors.push(error)
      failed.open()
    })
    await collector.has(1)
    await log.append('alice', [unknown({ type: 'stolen' })], 'any')
    await failed.opened
    await subscription.stop()
    expect(errors[0]).toBeInstanceOf(UnknownEventTypeError)
    expect(collector.events).toHaveLength(1)
  })
})

it('an old amount of a third of a cent is told by its event, and nobody is told another amount', async () => {
  const { store, log } = opened()
  await log.append(
    'alice',
    [draft(), { ...draft(), type: 'MoneyDeposited', data: { amount: 0.0033 } }],
    'any',
  )
  await expect(store.read('alice')).rejects.toThrow(
    /^Event 2 of stream "alice" of type "deposited" is not valid: data\.amount/,
  )
})

it('closing closes the log and the keys, once nobody is being told anything', async () => {
  const closed: string[] = []
  const [entered, release] = [gate(), gate()]
  class Log extends MemoryLog {
    override async close() {
      closed.push('log')
    }
  }
  class Keys extends MemoryKeys {
    override async close() {
      closed.push('keys')
    }
  }
  const store = new LogEventStore(new Log(), new Keys())
  store.subscribe(
    { after: 0 },
    async () => {
      entered.open()
      await release.opened
      closed.push('subscriber')
    },
    unexpected,
  )
  await store.append('alice', newEvents(deposited(1)), { expected: 'any' })
  await entered.opened
  const closing = store.close()
  release.open()
  await closing
  expect(closed).toEqual(['subscriber', 'log', 'keys'])
})

describe('followers at the same place', () => {
  const followedTwice = (log: EventLog) => {
    const store = new LogEventStore(log, new MemoryKeys())
    const collectors = [new Collector(), new Collector()]
    const errors: unknown[] = []
    const subscriptions = collectors.map(({ onEvents }) =>
      store.subscribe({ after: 0 }, onEvents, (error) => errors.push(error)),
    )
    onTestFinished(() => store.close())
    return { store, collectors, errors, subscriptions }
  }

  it('read a page once, and miss nothing', async () => {
    const log = new MemoryLog()
    const readAll = vi.spyOn(log, 'readAll')
    const { store, collectors } = followedTwice(log)
    for (let count = 1; count <= 20; count++) {
      const before = readAll.mock.calls.length
      await store.append('alice', deposits(1), { expected: 'any' })
      await Promise.all(collectors.map((collector) => collector.has(count)))
      await new Promise(setImmediate)
      // One page with the event, and one that finds nothing after it.
      expect(readAll.mock.calls.length - before).toBeLessThanOrEqual(2)
    }
    for (const { events } of collectors) expect(positionsOf(events)).toEqual(oneTo(20))
  })

  it('both go on when a page could not be read', async () => {
    const log = new MemoryLog()
    await log.append('alice', [draft()], 'any')
    const broken = new Error('the disk is gone')
    vi.spyOn(log, 'readAll').mockRejectedValueOnce(broken)
    const { collectors, errors } = followedTwice(log)
    await Promise.all(collectors.map((collector) => collector.has(1)))
    expect(errors).toContain(broken)
  })
})
