import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { NewEvent, RecordedEvent } from '../../src/events/event.ts'
import type { MemoryEventStore } from '../../src/events/memory-store.ts'
import { emptyAccount, FOLD_VERSION, fold } from '../../src/projection/account.ts'
import { emptyWatch } from '../../src/projection/alerts.ts'
import { History } from '../../src/projection/history.ts'
import { makeSnapshots } from '../../src/projection/make-snapshots.ts'
import { MemorySnapshotTable } from '../../src/projection/memory-tables.ts'
import { emptySnapshot, type Snapshot } from '../../src/projection/snapshot.ts'
import { Snapshots } from '../../src/projection/snapshots.ts'
import { storeWith } from '../commands/store-with.ts'
import { at, deposited, deposits, newEvent, newEvents, oneTo, withdrawn } from '../events/sample-events.ts'
import { recorded, statement } from './statement.ts'

const EVERY = 3

const usd = (balance: number, version: number): Snapshot => ({
  account: { ...emptyAccount, balance },
  version,
})

/** An account's history, with a snapshot of every third version, and how many events it has read so far. */
const kept = async (events: readonly NewEvent[]) => {
  const { store, log } = await recorded(events)
  const table = new MemorySnapshotTable()
  const snapshots = new Snapshots(table, store.keys, { every: EVERY })
  await makeSnapshots(store, snapshots)
  const count = { events: 0, reads: 0 }
  const counted = storeWith(store, {
    facts: async (stream, options) => {
      const page = await store.facts(stream, options)
      count.reads += 1
      count.events += page.length
      return page
    },
  })
  return { store, log, table, snapshots, count, history: new History(counted, snapshots) }
}

/** The state at every version, also beyond the last, is the fold of the events up to it. */
const expectTruth = async (history: History, log: readonly RecordedEvent[]) => {
  for (const version of [0, ...oneTo(log.length + 1)]) {
    const events = log.slice(0, version)
    expect(await history.account('alice', { version })).toEqual({
      account: fold(events),
      version: events.length,
    })
  }
  expect(await history.account('alice')).toEqual({ account: fold(log), version: log.length })
}

/** A state that no log ever comes to. */
const wrong = (version: number) => ({
  stream: 'alice',
  version,
  account: {
    currency: 'USD',
    balance: -666_666,
    status: 'open',
    totals: { credited: '0', debited: '666666' },
    outline: { width: 1, buckets: [[-666_666, -666_666, -666_666]] },
    watch: emptyWatch,
  },
})

describe('every state of an account', () => {
  it('is the same from the nearest snapshot as from zero', async () => {
    await fc.assert(
      fc.asyncProperty(statement(), async (events) => {
        const { history, log, store } = await kept(events)
        await expectTruth(history, log)
        await expectTruth(new History(store), log)
      }),
      { numRuns: 50 },
    )
  })

  it('is the same when all snapshots are deleted', async () => {
    await fc.assert(
      fc.asyncProperty(statement(), async (events) => {
        const { history, log, snapshots } = await kept(events)
        await snapshots.clear()
        await expectTruth(history, log)
      }),
      { numRuns: 20 },
    )
  })

  it('is the same when only some snapshots are there', async () => {
    await fc.assert(
      fc.asyncProperty(statement(), fc.array(fc.boolean()), async (events, isThere) => {
        const { log, store } = await recorded(events)
        const snapshots = new Snapshots(new MemorySnapshotTable(), store.keys, { every: EVERY })
        const some = oneTo(log.length).filter((version) => isThere[version % isThere.length])
        await snapshots.save(
          some.map((version) => ({ stream: 'alice', account: fold(log.slice(0, version)), version })),
          store,
        )
        await expectTruth(new History(store, snapshots), log)
      }),
      { numRuns: 50 },
    )
  })

  it.each([
    FOLD_VERSION - 1,
    FOLD_VERSION + 1,
  ])('comes from no snapshot that fold %d made', async (foldVersion) => {
    const { history, log, table, snapshots } = await kept(deposits(10))
    await snapshots.clear()
    await table.save(oneTo(10).map((version) => ({ ...wrong(version), foldVersion })))
    await expectTruth(history, log)
  })

  it('comes from the snapshots that its own fold made, even a wrong one', async () => {
    const { history, table, snapshots } = await kept(deposits(10))
    await snapshots.clear()
    await table.save([{ ...wrong(6), foldVersion: FOLD_VERSION }])
    expect((await history.account('alice', { version: 5 })).account.balance).toBe(15)
    expect((await history.account('alice', { version: 6 })).account.balance).toBe(-666_666)
    expect((await history.account('alice', { version: 7 })).account.balance).toBe(-666_666 + 7)
  })
})

describe('reading a state', () => {
  it('takes no more than the events since the nearest of many snapshots', async () => {
    const { history, count } = await kept(deposits(40))
    for (const version of [0, ...oneTo(40)]) {
      count.events = 0
      const { account } = await history.account('alice', { version })
      expect(account.balance).toBe((version * (version + 1)) / 2)
      expect(count.events).toBe(version % EVERY)
    }
  })

  it('takes no more at a moment of the past', async () => {
    const events = oneTo(40).map((second) => newEvent(deposited(second), { occurredAt: at(second) }))
    const { history, count } = await kept(events)
    for (const second of [0, ...oneTo(40)]) {
      count.events = 0
      expect((await history.account('alice', { at: at(second) })).version).toBe(second)
      expect(count.events).toBe(second % EVERY)
    }
  })

  it('without snapshots takes all events up to it', async () => {
    const { history, snapshots, count } = await kept(deposits(40))
    await snapshots.clear()
    await history.account('alice', { version: 30 })
    expect(count.events).toBe(30)
  })

  it('reads on from a state that is known, without looking for a snapshot', async () => {
    const { store } = await recorded(deposits(10))
    const nearest = () => Promise.reject(new Error('looked for a snapshot'))
    const history = new History(store, { nearest })
    expect(await history.account('alice', {}, usd(1_000, 8))).toEqual(usd(1_019, 10))
    await expect(history.account('alice', {}, emptySnapshot)).rejects.toThrow('looked for a snapshot')
  })
})

describe('an account at a moment', () => {
  const given = () =>
    kept([
      newEvent(deposited(100), { occurredAt: at(10) }),
      newEvent(withdrawn(30), { occurredAt: at(20) }),
      newEvent(deposited(1), { occurredAt: at(20) }),
      newEvent(deposited(2), { occurredAt: at(20) }),
      newEvent(deposited(5), { occurredAt: at(30) }),
    ])

  it.each([
    { when: 'long before the first event', second: 0, state: usd(0, 0) },
    { when: 'a millisecond before the first event', second: 9.999, state: usd(0, 0) },
    { when: 'at the first event', second: 10, state: usd(100, 1) },
    { when: 'a millisecond after it', second: 10.001, state: usd(100, 1) },
    { when: 'a millisecond before three at once', second: 19.999, state: usd(100, 1) },
    { when: 'at three at once, which all count, also those after a snapshot', second: 20, state: usd(73, 4) },
    { when: 'between two', second: 25, state: usd(73, 4) },
    { when: 'at the last', second: 30, state: usd(78, 5) },
    { when: 'long after the last', second: 1_000, state: usd(78, 5) },
  ])('$when is the state after all that had happened by then', async ({ second, state }) => {
    const { history, snapshots } = await given()
    expect(await history.account('alice', { at: at(second) })).toEqual(state)
    await snapshots.clear()
    expect(await history.account('alice', { at: at(second) })).toEqual(state)
  })

  it('and at a version is the earlier of the two', async () => {
    const { history } = await given()
    expect(await history.account('alice', { at: at(20), version: 2 })).toEqual(usd(70, 2))
    expect(await history.account('alice', { at: at(10), version: 2 })).toEqual(usd(100, 1))
    expect(await history.account('alice', { at: at(9), version: 2 })).toEqual(usd(0, 0))
  })

  it('that nobody wrote to is empty', async () => {
    const { history } = await given()
    expect(await history.account('nobody', { at: at(20) })).toEqual(emptySnapshot)
    expect(await history.account('nobody')).toEqual(emptySnapshot)
  })

  it('is the fold of the events until then, at any moment of any log', async () => {
    await fc.assert(
      fc.asyncProperty(statement(), fc.integer({ min: -1_000, max: 40_000 }), async (events, ms) => {
        const { history, log } = await kept(events)
        const until = at(ms / 1_000)
        const prefix = log.filter(({ occurredAt }) => occurredAt <= until)
        expect(await history.account('alice', { at: until })).toEqual({
          account: fold(prefix),
          version: prefix.length,
        })
      }),
    )
  })
})

describe('the owner of an account', () => {
  /** Seven events, with snapshots at 3 and 6. */
  const owned = () => {
    const opened = { type: 'opened', data: { owner: 'Ada', currency: 'EUR', openingBalance: 5 } } as const
    return kept(newEvents(opened, ...oneTo(6).map(deposited)))
  }
  const ownersOf = async (history: History) => {
    const states = [...oneTo(7)].map((version) => history.account('alice', { version }))
    return (await Promise.all(states)).map(({ account }) => account.owner)
  }

  it('is read from snapshots, too', async () => {
    const { history } = await owned()
    expect(new Set(await ownersOf(history))).toEqual(new Set(['Ada']))
  })

  it('reads as erased in every state once the key is destroyed, from snapshots and from zero', async () => {
    const { history, store, log } = await owned()
    await destroyKey(store)
    expect(new Set(await ownersOf(history))).toEqual(new Set(['[erased]']))
    expect(await history.account('alice')).toEqual(await new History(store).account('alice'))
    expect((await history.account('alice')).account).toEqual({ ...fold(log), owner: '[erased]' })
  })
})

const destroyKey = async ({ keys }: MemoryEventStore) => expect(await keys.destroy('alice')).toBe(true)
