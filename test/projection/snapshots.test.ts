import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StoreUnavailableError } from '../../src/events/event-log.ts'
import { MemoryEventStore } from '../../src/events/memory-store.ts'
import { type Account, FOLD_VERSION } from '../../src/projection/account.ts'
import { emptyWatch } from '../../src/projection/alerts.ts'
import { MemorySnapshotTable } from '../../src/projection/memory-tables.ts'
import { emptyReading, readOn } from '../../src/projection/reading.ts'
import { accountUntil } from '../../src/projection/snapshot.ts'
import { SNAPSHOT_EVERY, type SnapshotRow, Snapshots } from '../../src/projection/snapshots.ts'
import { storeWith } from '../commands/store-with.ts'
import {
  deposits,
  draft,
  frozen,
  newEvents,
  oneTo,
  opened as openedBy,
  versionsOf,
} from '../events/sample-events.ts'
import { recorded, statement } from './statement.ts'

const NOW = Number.MAX_SAFE_INTEGER

/** What a snapshot has beside an account of whose events the log has none. */
const { account: _account, ...nothingBeside } = emptyReading

const opened = () => {
  const [table, store] = [new MemorySnapshotTable(), new MemoryEventStore()]
  return { table, store, keys: store.keys, snapshots: new Snapshots(table, store.keys) }
}

/** The log of an account with an owner, and how to keep its snapshot. */
const owned = async (owner = 'Ada') => {
  const { store, snapshots, ...others } = opened()
  const event = { type: 'opened', data: { owner, currency: 'EUR', openingBalance: 130_000 } } as const
  await store.append('alice', newEvents(event, frozen), { expected: 'no-stream' })
  const keep = () => snapshots.save([of(2, { owner })], store)
  const ownerIn = async () => (await snapshots.nearest('alice', NOW))?.account.owner
  return { ...others, store, snapshots, keep, ownerIn }
}

const account = (other: Partial<Account> = {}): Account => ({
  currency: 'EUR',
  balance: 130_000,
  status: 'frozen',
  ...other,
})

const of = (version: number, other: Partial<Account> = {}, stream = 'alice') => ({
  stream,
  version,
  account: account(other),
})

const rowOf = async (table: MemorySnapshotTable, stream = 'alice'): Promise<SnapshotRow> => {
  const row = await table.nearest(stream, FOLD_VERSION, NOW)
  if (!row) throw new Error(`No snapshot of "${stream}" was kept.`)
  return row
}

describe('a snapshot', () => {
  it.each([
    ['without an owner', {}],
    ['with the largest balance', { balance: Number.MAX_SAFE_INTEGER }],
    ['below zero', { balance: -Number.MAX_SAFE_INTEGER }],
    ['of a closed account', { status: 'closed' as const }],
  ])('%s comes back as it was kept', async (_, parts) => {
    const { snapshots, store } = opened()
    await snapshots.save([of(500, parts)], store)
    expect(await snapshots.nearest('alice', NOW)).toStrictEqual({
      ...nothingBeside,
      account: account(parts),
      version: 500,
    })
  })

  it('has all that is read of the account: of any log it is the reading', async () => {
    await fc.assert(
      fc.asyncProperty(statement(), fc.integer({ min: 1, max: 5 }), async (events, every) => {
        const { store, log } = await recorded(events)
        const snapshots = new Snapshots(new MemorySnapshotTable(), store.keys, { every })
        const readings = log
          .filter(({ version }) => version % every === 0)
          .map(({ version }) => log.slice(0, version).reduce(readOn, emptyReading))
        await snapshots.save(
          readings.map(({ account, version }) => ({ stream: 'alice', account, version })),
          store,
        )
        for (const reading of readings) {
          expect(await snapshots.nearest('alice', reading.version)).toStrictEqual(reading)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('has totals beyond the safe integers', async () => {
    const { snapshots, table, store } = opened()
    await snapshots.save([of(500)], store)
    const { account, ...row } = await rowOf(table)
    const totals = { credited: '900719925474099301', debited: '900719925474099300' }
    await table.save([{ ...row, account: { ...account, totals } }])
    await snapshots.save([of(1_000)], store)
    expect(await snapshots.nearest('alice', NOW)).toMatchObject({
      version: 1_000,
      totals: { credited: 900_719_925_474_099_301n, debited: 900_719_925_474_099_300n },
    })
    expect((await rowOf(table)).account).toMatchObject({ totals })
  })

  it('is made of the one before and the events since: each event is read once', async () => {
    const { store } = await recorded([...newEvents(openedBy()), ...deposits(8)])
    const read: number[] = []
    const counted = storeWith(store, {
      read: async (stream, options) => {
        const page = await store.read(stream, options)
        read.push(...versionsOf(page))
        return page
      },
    })
    const snapshots = new Snapshots(new MemorySnapshotTable(), store.keys, { every: 3 })
    for (const version of [3, 6, 9]) {
      const { account } = await accountUntil(store, 'alice', { version })
      await snapshots.save([{ stream: 'alice', account, version }], counted)
    }
    expect(read).toEqual(oneTo(9))
  })

  it('is small, however long the log', async () => {
    const { store } = await recorded([...newEvents(openedBy()), ...deposits(999)])
    const table = new MemorySnapshotTable()
    const { account } = await accountUntil(store, 'alice', {})
    await new Snapshots(table, store.keys).save([{ stream: 'alice', account, version: 1_000 }], store)
    expect(JSON.stringify(await rowOf(table)).length).toBeLessThan(4_000)
  })

  it('is the newest that is not beyond the version asked for', async () => {
    const { snapshots, store } = opened()
    await snapshots.save([of(1_000), of(500), of(1_500)], store)
    const versions = [499, 500, 999, 1_000, NOW].map((version) => snapshots.nearest('alice', version))
    expect((await Promise.all(versions)).map((snapshot) => snapshot?.version)).toEqual([
      undefined,
      500,
      500,
      1_000,
      1_500,
    ])
    expect(await snapshots.nearest('bob', NOW)).toBeUndefined()
  })

  it('counts for the fold that made it', async () => {
    const { table, keys, store } = opened()
    const [old, current] = [1, 2].map((foldVersion) => new Snapshots(table, keys, { foldVersion }))
    await old?.save([of(500, { balance: 1 })], store)
    expect(await current?.nearest('alice', NOW)).toBeUndefined()
    await current?.save([of(500, { balance: 2 })], store)
    expect((await current?.nearest('alice', NOW))?.account.balance).toBe(2)
    expect((await old?.nearest('alice', NOW))?.account.balance).toBe(1)
  })

  it('is kept of every 500th version, unless it is said otherwise', () => {
    const { table, keys } = opened()
    expect(new Snapshots(table, keys).every).toBe(SNAPSHOT_EVERY)
    expect(new Snapshots(table, keys, { every: 3 }).every).toBe(3)
  })

  it('is gone, as all are, once they are cleared', async () => {
    const { snapshots, store } = opened()
    await snapshots.save([of(500), of(500, {}, 'bob')], store)
    await snapshots.clear()
    expect(await snapshots.nearest('alice', NOW)).toBeUndefined()
    expect(await snapshots.nearest('bob', NOW)).toBeUndefined()
  })
})

describe('the owner in a snapshot', () => {
  it('cannot be read in the row', async () => {
    const { keep, table } = await owned('Ada Lovelace')
    await keep()
    const row = JSON.stringify(await rowOf(table))
    expect(row).toContain('130000')
    expect(row).not.toMatch(/Ada|Lovelace/)
    expect(row).not.toContain(Buffer.from('Ada Lovelace').toString('base64').slice(0, 12))
  })

  it('opens with the account’s key', async () => {
    const { keep, table, keys, snapshots } = await owned('Zoë O’Hara 💶')
    await keep()
    const { id } = await keys.keyFor('alice')
    expect(await rowOf(table)).toMatchObject({ account: { owner: { key: id } } })
    expect((await snapshots.nearest('alice', NOW))?.account).toStrictEqual(
      account({ owner: 'Zoë O’Hara 💶' }),
    )
  })

  it('reads as erased once that key is destroyed, and stays so when there is a new one', async () => {
    const { keep, keys, ownerIn } = await owned()
    await keep()
    await keys.destroy('alice')
    expect(await ownerIn()).toBe('[erased]')
    await keys.keyFor('alice')
    expect(await ownerIn()).toBe('[erased]')
  })

  it('is erased, and has no new key, if it was forgotten before the snapshot was kept', async () => {
    const { keep, keys, snapshots } = await owned()
    await keys.destroy('alice')
    await keep()
    expect((await snapshots.nearest('alice', NOW))?.account).toEqual(account({ owner: '[erased]' }))
    expect(await keys.all()).toEqual([])
  })

  it.each([
    'before the log is read again',
    'after that',
  ])('is erased if it is forgotten, and the account has a new key, %s', async (when) => {
    const { keep, keys, store, ownerIn } = await owned()
    const read = store.read.bind(store)
    const forget = async () => {
      await keys.destroy('alice')
      await keys.keyFor('alice')
    }
    store.read = async (stream, options) => {
      if (when !== 'after that') await forget()
      const page = await read(stream, options)
      if (when === 'after that') await forget()
      return page
    }
    await keep()
    expect(await ownerIn()).toBe('[erased]')
  })

  it('is sealed also if it lies open in the log, as text did in older ones', async () => {
    const { snapshots, store, table, keys } = opened()
    const data = { owner: 'Ada', currency: 'EUR', openingBalance: 5 }
    await store.log.append('alice', [draft({ type: 'opened', data })], 'no-stream')
    const snapshot = of(1, { owner: 'Ada', balance: 5, status: 'open' })
    await snapshots.save([snapshot], store)
    expect((await snapshots.nearest('alice', NOW))?.account).toEqual(snapshot.account)
    expect(JSON.stringify(await rowOf(table))).not.toContain('Ada')
    expect(await keys.all()).toHaveLength(1)
  })

  it('needs no key if it is nobody', async () => {
    const { snapshots, keys, store } = opened()
    await snapshots.save([of(500)], store)
    expect(await keys.all()).toEqual([])
  })
})

describe('a row that is not what was kept', () => {
  const totals = { credited: '200000', debited: '70000' }
  const outline = { width: 4, buckets: [[0, 200_000, 130_000]] }
  const stored = {
    currency: 'EUR',
    balance: 130_000,
    status: 'frozen',
    totals,
    outline,
    watch: emptyWatch,
  }
  const without = (...names: readonly (keyof typeof stored)[]) =>
    Object.fromEntries(Object.entries(stored).filter(([name]) => names.every((other) => other !== name)))

  it.each([
    ['is empty', {}],
    ['has no balance', without('balance')],
    ['has the account alone', without('totals', 'outline', 'watch')],
    ['has no totals', without('totals')],
    ['has no outline', without('outline')],
    ['has no watch', without('watch')],
    ['has a total that is a number', { ...stored, totals: { ...totals, credited: 200_000 } }],
    ['has a total below zero', { ...stored, totals: { ...totals, debited: '-1' } }],
    ['has a total with half a cent', { ...stored, totals: { ...totals, credited: '0.5' } }],
    ['has a total of nothing', { ...stored, totals: { ...totals, credited: '' } }],
    ['has totals that are unknown here', { ...stored, totals: { ...totals, fees: '0' } }],
    ['has an outline of no width', { ...stored, outline: { ...outline, width: 0 } }],
    ['has an outline without an end', { ...stored, outline: { width: 4, buckets: [[0, 200_000]] } }],
    ['has an outline of texts', { ...stored, outline: { width: 4, buckets: [['0', '0', '0']] } }],
    ['has a watch of another kind', { ...stored, watch: { ...emptyWatch, count: -1 } }],
    ['has half a cent', { ...stored, balance: 0.5 }],
    ['has a balance beyond exact numbers', { ...stored, balance: 2 ** 60 }],
    ['has a text for a balance', { ...stored, balance: '130000' }],
    ['has a status that is unknown here', { ...stored, status: 'dormant' }],
    ['has a currency that is none', { ...stored, currency: null }],
    ['has a field that is unknown here', { ...stored, limit: 5 }],
    ['has a number for an owner', { ...stored, owner: 5 }],
    ['has an owner who is sealed in another way', { ...stored, owner: { key: 'k', sealed: 'x', by: 1 } }],
  ])('counts as missing: it %s', async (_, account) => {
    const { snapshots, table } = opened()
    await table.save([{ stream: 'alice', foldVersion: FOLD_VERSION, version: 500, account }])
    expect(await snapshots.nearest('alice', NOW)).toBeUndefined()
  })

  it('is not one that fits', async () => {
    const { snapshots, table } = opened()
    await table.save([{ stream: 'alice', foldVersion: FOLD_VERSION, version: 500, account: stored }])
    expect(await snapshots.nearest('alice', NOW)).toStrictEqual({
      account: account(),
      version: 500,
      totals: { credited: 200_000n, debited: 70_000n },
      outline: { width: 4, buckets: [{ low: 0, high: 200_000, close: 130_000 }] },
      watch: emptyWatch,
    })
  })

  it.each([
    ['another account', { stream: 'bob' }],
    ['another version', { version: 3 }],
  ])('counts as missing: its owner was sealed for %s', async (_, elsewhere) => {
    const { keep, snapshots, table } = await owned()
    await keep()
    const moved = { ...(await rowOf(table)), ...elsewhere }
    await table.save([moved])
    expect(await snapshots.nearest(moved.stream, NOW)).toBeUndefined()
  })

  it('is not one whose key cannot be looked for just now', async () => {
    const { keep, table, keys } = await owned()
    await keep()
    keys.find = () => Promise.reject(new StoreUnavailableError('it is gone'))
    await expect(new Snapshots(table, keys).nearest('alice', NOW)).rejects.toThrow(StoreUnavailableError)
  })
})

it('keeping nothing writes nothing', async () => {
  const { table, store, snapshots } = opened()
  table.save = () => Promise.reject(new Error('wrote'))
  await snapshots.save([], store)
})
