import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { forget } from '../../src/commands/forget.ts'
import type { NewEvent } from '../../src/events/event.ts'
import { MemoryEventStore } from '../../src/events/memory-store.ts'
import { type EventStore, PAGE } from '../../src/events/store.ts'
import { FOLD_VERSION, fold } from '../../src/projection/account.ts'
import { emptyWatch } from '../../src/projection/alerts.ts'
import { findWrongSnapshot, makeSnapshots } from '../../src/projection/make-snapshots.ts'
import { MemorySnapshotTable } from '../../src/projection/memory-tables.ts'
import { emptyReading, readOn } from '../../src/projection/reading.ts'
import { Snapshots } from '../../src/projection/snapshots.ts'
import { storeWith } from '../commands/store-with.ts'
import { deposits, newEvents, oneTo, opened } from '../events/sample-events.ts'
import { ledger, logOf, write } from './ledger.ts'

const storeOf = async (streams: Readonly<Record<string, readonly NewEvent[]>>, every = 3) => {
  const store = new MemoryEventStore()
  for (const [stream, events] of Object.entries(streams)) {
    await store.append(stream, events, { expected: 'any' })
  }
  return { store, snapshots: snapshotsOf(store, every) }
}

const snapshotsOf = (store: MemoryEventStore, every: number) =>
  new Snapshots(new MemorySnapshotTable(), store.keys, { every })

/** The versions of a stream of which there is a snapshot. */
const versionsIn = async (snapshots: Snapshots, stream: string): Promise<number[]> => {
  const found: number[] = []
  for (let before = Number.MAX_SAFE_INTEGER; ; before = (found[0] ?? 0) - 1) {
    const snapshot = await snapshots.nearest(stream, before)
    if (!snapshot) return found
    found.unshift(snapshot.version)
  }
}

it('makes one of every so manieth version of every stream, and says how many there are', async () => {
  const { store, snapshots } = await storeOf({ alice: deposits(7), bob: deposits(2), carol: deposits(9) })
  expect(await makeSnapshots(store, snapshots)).toBe(5)
  expect(await versionsIn(snapshots, 'alice')).toEqual([3, 6])
  expect(await versionsIn(snapshots, 'bob')).toEqual([])
  expect(await versionsIn(snapshots, 'carol')).toEqual([3, 6, 9])
})

it('makes none of an empty log', async () => {
  const { store, snapshots } = await storeOf({})
  expect(await makeSnapshots(store, snapshots)).toBe(0)
})

it('each is the reading of its stream up to its version, in any log', async () => {
  await fc.assert(
    fc.asyncProperty(ledger(), fc.integer({ min: 1, max: 5 }), async (entries, every) => {
      const store = new MemoryEventStore()
      await write(store, entries)
      const snapshots = snapshotsOf(store, every)
      const log = await logOf(store)
      const due = log.filter(({ version }) => version % every === 0)
      expect(await makeSnapshots(store, snapshots)).toBe(due.length)
      for (const { stream, version } of due) {
        const events = log.filter((event) => event.stream === stream && event.version <= version)
        expect(await snapshots.nearest(stream, version)).toStrictEqual(events.reduce(readOn, emptyReading))
      }
    }),
    { numRuns: 50 },
  )
})

it('makes those that are missing, and counts those that were there', async () => {
  const { store, snapshots } = await storeOf({ alice: deposits(9) })
  await snapshots.save([{ stream: 'alice', version: 6, account: fold(deposits(6)) }], store)
  expect(await makeSnapshots(store, snapshots)).toBe(3)
  expect(await makeSnapshots(store, snapshots)).toBe(3)
  expect(await versionsIn(snapshots, 'alice')).toEqual([3, 6, 9])
})

it('goes through a log of many pages, and tells how far it has come', async () => {
  const { store, snapshots } = await storeOf({ alice: deposits(2 * PAGE + 1) }, PAGE)
  const told: number[] = []
  expect(await makeSnapshots(store, snapshots, (position) => told.push(position))).toBe(2)
  expect(told).toEqual([PAGE, 2 * PAGE])
  for (const page of oneTo(2)) {
    const version = page * PAGE
    const balance = (version * (version + 1)) / 2
    expect(await snapshots.nearest('alice', version)).toMatchObject({ account: { balance }, version })
  }
})

it('makes none that can still be read of an owner who is forgotten meanwhile', async () => {
  const { store, snapshots } = await storeOf({ alice: [...newEvents(opened()), ...deposits(PAGE)] }, PAGE)
  const readAll: EventStore['readAll'] = async (options) => {
    const page = await store.readAll(options)
    if (!options?.after)
      await forget({ events: store, log: store.log, keys: store.keys }, 'alice', { actor: 'somebody' })
    return page
  }
  await makeSnapshots(storeWith(store, { readAll }), snapshots)
  const balance = (PAGE * (PAGE - 1)) / 2
  expect(await snapshots.nearest('alice', PAGE)).toMatchObject({
    account: { owner: '[erased]', balance },
    version: PAGE,
  })
})

/** Two accounts of nine deposits, a snapshot of every third, and how to write another one over that of bob's sixth. */
const spoilt = async () => {
  const { store } = await storeOf({ alice: deposits(9), bob: deposits(9) })
  const table = new MemorySnapshotTable()
  const snapshots = new Snapshots(table, store.keys, { every: 3 })
  await makeSnapshots(store, snapshots)
  const spoil = async (parts: Readonly<Record<string, unknown>>) => {
    const row = await table.nearest('bob', FOLD_VERSION, 6)
    if (!row) throw new Error('No snapshot was kept.')
    await table.save([{ ...row, account: { ...row.account, ...parts } }])
  }
  return { store, snapshots, table, spoil }
}

describe('the first that is not what the events say', () => {
  it('is none, if all are as they were made', async () => {
    const { store, snapshots } = await spoilt()
    expect(await findWrongSnapshot(store, snapshots)).toBeUndefined()
  })

  it.each([
    ['balance', { balance: 999_999 }],
    ['total', { totals: { credited: '999999', debited: '0' } }],
    ['outline', { outline: { width: 8, buckets: [[0, 999_999, 21]] } }],
    ['number of alerts', { watch: { ...emptyWatch, count: 9 } }],
  ])('is found by its %s, and it and those after it are written anew', async (_, parts) => {
    const { store, snapshots, spoil } = await spoilt()
    await spoil(parts)
    expect(await findWrongSnapshot(store, snapshots)).toMatchObject({ stream: 'bob', version: 6 })
    await makeSnapshots(store, snapshots)
    expect(await findWrongSnapshot(store, snapshots)).toBeUndefined()
  })

  it('is none for another owner, who may have been forgotten in between', async () => {
    const { store, snapshots, spoil } = await spoilt()
    await spoil({ owner: '[erased]' })
    expect(await findWrongSnapshot(store, snapshots)).toBeUndefined()
  })
})

it('each is made of the one before, not of one that lies in between from days of another distance', async () => {
  const { store, snapshots, table } = await spoilt()
  const row = await table.nearest('bob', FOLD_VERSION, 6)
  if (!row) throw new Error('No snapshot was kept.')
  await table.save([{ ...row, version: 8, account: { ...row.account, watch: { ...emptyWatch, count: 9 } } }])
  await makeSnapshots(store, snapshots)
  expect(await findWrongSnapshot(store, snapshots)).toBeUndefined()
})

it('a snapshot of a wrong state does not spoil the next: all of that is what the log says', async () => {
  const { store, snapshots, spoil } = await spoilt()
  await spoil({ balance: 999_999, totals: { credited: '999999', debited: '0' } })
  await snapshots.save([{ stream: 'bob', version: 9, account: fold(deposits(9)) }], store)
  const events = (await logOf(store)).filter(({ stream }) => stream === 'bob')
  expect(await snapshots.nearest('bob', 9)).toStrictEqual(events.reduce(readOn, emptyReading))
})
