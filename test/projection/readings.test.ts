import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { NewEvent, RecordedEvent } from '../../src/events/event.ts'
import { MemoryEventStore } from '../../src/events/memory-store.ts'
import { type EventStore, PAGE } from '../../src/events/store.ts'
import { changeOf } from '../../src/projection/account.ts'
import { makeSnapshots } from '../../src/projection/make-snapshots.ts'
import { MemorySnapshotTable } from '../../src/projection/memory-tables.ts'
import { MAX_BUCKETS } from '../../src/projection/outline.ts'
import { emptyReading, type Reading, readOn } from '../../src/projection/reading.ts'
import { Readings } from '../../src/projection/readings.ts'
import { SNAPSHOT_EVERY, Snapshots } from '../../src/projection/snapshots.ts'
import { storeWith } from '../commands/store-with.ts'
import { gate } from '../events/gate.ts'
import {
  at,
  deposited,
  deposits,
  newEvent,
  newEvents,
  oneTo,
  opened,
  withdrawn,
} from '../events/sample-events.ts'
import { recorded, statement } from './statement.ts'

/** The reading of all these events, one after the other. */
const folded = (events: readonly RecordedEvent[]): Reading => events.reduce(readOn, emptyReading)

/** A store that counts the events that are read from it, and where each reading begins. */
const counted = (store: EventStore) => {
  const count = { events: 0, from: [] as number[] }
  const counting = storeWith(store, {
    read: async (stream, options) => {
      const page = await store.read(stream, options)
      count.events += page.length
      count.from.push(options?.from ?? 1)
      return page
    },
  })
  return { store: counting, count }
}

/** An account of these events, and its readings from snapshots of every so manieth version. */
const snapped = async (events: readonly NewEvent[], every = 3) => {
  const { store, log } = await recorded(events)
  const snapshots = new Snapshots(new MemorySnapshotTable(), store.keys, { every })
  await makeSnapshots(store, snapshots)
  const counting = counted(store)
  return { ...counting, log, snapshots, readings: new Readings(counting.store, { snapshots }) }
}

const deposit = (store: EventStore, stream: string, amount: number) =>
  store.append(stream, newEvents(deposited(amount)), { expected: 'any' })

describe('the reading of an account', () => {
  it('of which there is none is empty', async () => {
    const readings = new Readings(new MemoryEventStore())
    expect(await readings.current('nobody')).toEqual(emptyReading)
    expect(await readings.past('nobody', { at: at(0) })).toEqual(emptyReading)
  })

  it('is the fold of all its events, with and without snapshots, at any version', async () => {
    await fc.assert(
      fc.asyncProperty(statement(), async (events) => {
        const { readings, store, log } = await snapped(events)
        for (const one of [readings, new Readings(store)]) {
          for (const version of [0, ...oneTo(log.length + 1)]) {
            expect(await one.past('alice', { version })).toStrictEqual(folded(log.slice(0, version)))
          }
          expect(await one.current('alice')).toStrictEqual(folded(log))
          expect(await one.past('alice', {})).toStrictEqual(folded(log))
        }
      }),
      { numRuns: 50 },
    )
  })

  it('is the fold of what had happened by then, at any moment, and of no more than a version', async () => {
    await fc.assert(
      fc.asyncProperty(
        statement(),
        fc.integer({ min: -1_000, max: 40_000 }),
        fc.nat(30),
        async (events, ms, version) => {
          const { readings, log } = await snapped(events)
          const until = at(ms / 1_000)
          const prefix = log.filter(({ occurredAt }) => occurredAt <= until)
          expect(await readings.past('alice', { at: until })).toStrictEqual(folded(prefix))
          expect(await readings.past('alice', { at: until, version })).toStrictEqual(
            folded(prefix.slice(0, version)),
          )
        },
      ),
    )
  })

  it('has the sums of what came in and of what went out, an opening balance with the former', async () => {
    await fc.assert(
      fc.asyncProperty(statement(), async (events) => {
        const { readings, log } = await snapped(events)
        const changes = log.map(changeOf)
        const sum = (of: (change: number) => number) =>
          BigInt(changes.reduce((total, change) => total + of(change), 0))
        expect((await readings.current('alice')).totals).toEqual({
          credited: sum((change) => Math.max(change, 0)),
          debited: sum((change) => Math.max(-change, 0)),
        })
      }),
      { numRuns: 50 },
    )
  })

  it('has the extremes and the end of the balance in its outline, in few buckets', async () => {
    const moves = oneTo(1_000).map((number) => (number === 700 ? withdrawn(999_999) : deposited(number)))
    const { readings } = await snapped(newEvents(...moves), 100)
    const { account, outline } = await readings.current('alice')
    expect(outline.buckets.length).toBeLessThanOrEqual(MAX_BUCKETS)
    expect(outline.buckets.at(-1)?.close).toBe(account.balance)
    expect(Math.min(...outline.buckets.map(({ low }) => low))).toBe((699 * 700) / 2 - 999_999)
  })
})

describe('a reading of the past', () => {
  it('takes the events since the nearest snapshot and no more, at any version and moment', async () => {
    const events = oneTo(40).map((second) => newEvent(deposited(second), { occurredAt: at(second) }))
    const { readings, count } = await snapped(events)
    for (const version of [0, ...oneTo(40)]) {
      for (const until of [{ version }, { at: at(version) }]) {
        count.events = 0
        expect((await readings.past('alice', until)).version).toBe(version)
        expect(count.events).toBe(version % 3)
      }
    }
  })

  it('takes less than 500 events of a long account', async () => {
    const { readings, count } = await snapped(deposits(4 * SNAPSHOT_EVERY), SNAPSHOT_EVERY)
    for (const version of [1, 499, 500, 501, 999, 1_000, 1_750, 2_000]) {
      count.events = 0
      expect((await readings.past('alice', { version })).account.balance).toBe((version * (version + 1)) / 2)
      expect(count.events).toBeLessThan(SNAPSHOT_EVERY)
    }
  })

  it('is not kept', async () => {
    const { readings, count } = await snapped(deposits(8))
    await readings.past('alice', { version: 8 })
    await readings.current('alice')
    expect(count.from).toEqual([7, 7])
  })
})

describe('the current reading', () => {
  it('takes what is new since the last one', async () => {
    const { store, readings, count } = await snapped(deposits(8))
    expect((await readings.current('alice')).account.balance).toBe(36)
    await deposit(store, 'alice', 9)
    expect((await readings.current('alice')).account.balance).toBe(45)
    expect(await readings.current('alice')).toEqual(folded(await store.read('alice')))
    expect(count.from.slice(0, 3)).toEqual([7, 9, 10])
  })

  it('takes no more than a page beyond the events since the newest snapshot, if that is not kept yet', async () => {
    const { store, readings, count } = await snapped(deposits(SNAPSHOT_EVERY), SNAPSHOT_EVERY)
    await store.append('alice', deposits(PAGE), { expected: 'any' })
    expect((await readings.current('alice')).version).toBe(SNAPSHOT_EVERY + PAGE)
    expect(count.events).toBeLessThanOrEqual(SNAPSHOT_EVERY + PAGE)
  })

  it('is each account’s own', async () => {
    const { store, readings } = await snapped(deposits(2))
    await deposit(store, 'bob', 9)
    expect((await readings.current('alice')).account.balance).toBe(3)
    expect((await readings.current('bob')).account.balance).toBe(9)
    expect((await readings.current('alice')).account.balance).toBe(3)
  })

  it('does not go back when a slow reading ends after a quick one', async () => {
    const { store } = await recorded(deposits(1))
    const [looked, release] = [gate(), gate()]
    let isFirst = true
    const slow = storeWith(store, {
      read: async (stream, options) => {
        const page = await store.read(stream, options)
        if (isFirst) {
          isFirst = false
          looked.open()
          await release.opened
        }
        return page
      },
    })
    const readings = new Readings(slow)
    const first = readings.current('alice')
    await looked.opened
    await deposit(store, 'alice', 5)
    const second = await readings.current('alice')
    expect(second.version).toBe(2)
    release.open()
    expect(await first).toBe(second)
    expect((await readings.current('alice')).version).toBe(2)
  })

  it('is kept of so many accounts: the one that was used longest ago is read again from its snapshot', async () => {
    const { store, snapshots } = await snapped(deposits(8))
    await deposit(store, 'bob', 1)
    const { store: again, count } = counted(store)
    const readings = new Readings(again, { max: 1, snapshots })
    for (const account of ['alice', 'bob', 'alice']) await readings.current(account)
    expect(count.from).toEqual([7, 1, 7])
  })

  it('reads as erased what was forgotten, and all else as it was', async () => {
    const { store, keys } = await forgettable()
    const readings = new Readings(store)
    expect((await readings.current('alice')).account.owner).toBe('Ada')
    await keys.destroy('alice')
    readings.clear()
    expect((await readings.current('alice')).account).toMatchObject({ owner: '[erased]', balance: 8 })
  })

  it('begins at the first event once all is forgotten, for a log that was cleared', async () => {
    const { store } = await recorded(deposits(3))
    const readings = new Readings(store)
    await readings.current('alice')
    store.clear()
    readings.clear()
    expect(await readings.current('alice')).toEqual(emptyReading)
    await deposit(store, 'alice', 2)
    expect((await readings.current('alice')).account.balance).toBe(2)
  })

  it('stays forgotten when a reading was under way', async () => {
    const { store } = await recorded(deposits(3))
    const [looked, release] = [gate(), gate()]
    const held = storeWith(store, {
      read: async (stream, options) => {
        const page = await store.read(stream, options)
        looked.open()
        await release.opened
        return page
      },
    })
    const readings = new Readings(held)
    const reading = readings.current('alice')
    await looked.opened
    store.clear()
    readings.clear()
    release.open()
    expect((await reading).version).toBe(3)
    expect(await readings.current('alice')).toEqual(emptyReading)
  })
})

const forgettable = async () => {
  const { store } = await recorded([...newEvents(opened(5)), ...deposits(2)])
  return { store, keys: store.keys }
}
