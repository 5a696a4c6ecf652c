import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { NewEvent } from '../../src/events/event.ts'
import { StoreUnavailableError } from '../../src/events/event-log.ts'
import { MemoryEventStore } from '../../src/events/memory-store.ts'
import { type Account, emptyAccount, FOLD_VERSION } from '../../src/projection/account.ts'
import { emptyWatch } from '../../src/projection/alerts.ts'
import { MemorySnapshotTable } from '../../src/projection/memory-tables.ts'
import { emptyReading, readOn } from '../../src/projection/reading.ts'
import { accountUntil } from '../../src/projection/snapshot.ts'
import { SNAPSHOT_EVERY, type SnapshotRow, Snapshots } from '../../src/projection/snapshots.ts'
import { storeWith } from '../commands/store-with.ts'
import {
  closed,
  deposited,
  deposits,
  draft,
  frozen,
  newEvents,
  oneTo,
  opened as openedBy,
  versionsOf,
  withdrawn,
} from '../events/sample-events.ts'
import { recorded, statement } from './statement.ts'

const NOW = Number.MAX_SAFE_INTEGER

const opened = () => {
  const [table, store] = [new MemorySnapshotTable(), new MemoryEventStore()]
  return { table, store, keys: store.keys, snapshots: new Snapshots(table, store.keys) }
}

/** A log of these events of one account, what is to be read of it, and where its snapshots are kept. */
const kept = async (events: readonly NewEvent[], options?: { readonly every: number }) => {
  const { store, log } = await recorded(events)
  const [table, { keys }] = [new MemorySnapshotTable(), store]
  const reading = log.reduce(readOn, emptyReading)
  return { table, store, keys, snapshots: new Snapshots(table, keys, options), reading }
}

/** The accounts after deposits of 1, 2 and 3. */
const BALANCES: readonly Partial<Account>[] = [0, 1, 3, 6].map((balance) => ({
  ...emptyAccount,
  balance,
}))

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
    ['without an owner', deposits(1)],
    ['below zero', newEvents(withdrawn(5))],
    ['of a closed account', newEvents(openedBy(), closed)],
  ])('%s comes back as it was kept', async (_, events) => {
    const { snapshots, reading, store } = await kept(events)
    await snapshots.save([{ stream: 'alice', ...reading }], store)
    expect(await snapshots.nearest('alice', NOW)).toStrictEqual(reading)
  })

  it.each([
    ['largest', 1, Number.MAX_SAFE_INTEGER],
    ['smallest', -1, -Number.MAX_SAFE_INTEGER],
  ])('has the %s balance there is', async (_, change, balance) => {
    const { snapshots, table, store } = await kept(
      newEvents(deposited(1), change > 0 ? deposited(1) : withdrawn(1)),
      {
        every: 1,
      },
    )
    await snapshots.save([of(1, BALANCES[1])], store)
    const { account, ...row } = await rowOf(table)
    await table.save([{ ...row, account: { ...account, balance: balance - change } }])
    await snapshots.save([of(2, { ...emptyAccount, balance })], store)
    expect((await snapshots.nearest('alice', NOW))?.account).toStrictEqual({ ...emptyAccount, balance })
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
    const { snapshots, table, store } = await kept(deposits(2), { every: 1 })
    await snapshots.save([of(1, BALANCES[1])], store)
    const { account, ...row } = await rowOf(table)
    const totals = { credited: '900719925474099301', debited: '900719925474099300' }
    await table.save([{ ...row, account: { ...account, totals } }])
    await snapshots.save([of(2, BALANCES[2])], store)
    expect(await snapshots.nearest('alice', NOW)).toMatchObject({
      version: 2,
      totals: { credited: 900_719_925_474_099_303n, debited: 900_719_925_474_099_300n },
    })
    expect((await rowOf(table)).account).toMatchObject({
      totals: { ...totals, credited: '900719925474099303' },
    })
  })

  it('is what the log says, also if it is kept of a state that is wrong', async () => {
    const { snapshots, reading, store } = await kept(deposits(9), { every: 3 })
    await snapshots.save([of(9, { balance: 999_999 })], store)
    expect(await snapshots.nearest('alice', NOW)).toStrictEqual(reading)
  })

  it('is what the log says, also if both the one before and the state are wrong', async () => {
    const { snapshots, table, reading, store } = await kept(deposits(6), { every: 3 })
    await snapshots.save([of(3, BALANCES[3])], store)
    const { account, ...row } = await rowOf(table)
    await table.save([{ ...row, account: { ...account, balance: 999_999 } }])
    await snapshots.save([of(6, { balance: 1 })], store)
    expect(await snapshots.nearest('alice', NOW)).toStrictEqual(reading)
  })

  it('is not kept of a version that the log does not reach, as when it was cleared meanwhile', async () => {
    const { snapshots, store } = await kept(deposits(5))
    await snapshots.save([of(6, { balance: 21 })], store)
    store.clear()
    await snapshots.save([of(5, { balance: 15 })], store)
    expect(await snapshots.nearest('alice', NOW)).toBeUndefined()
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
    const { snapshots, store } = await kept(deposits(3))
    await snapshots.save([of(2, BALANCES[2]), of(1, BALANCES[1]), of(3, BALANCES[3])], store)
    const versions = [0, 1, 2, 3, NOW].map((version) => snapshots.nearest('alice', version))
    const found = await Promise.all(versions)
    expect(found.map((snapshot) => snapshot?.version)).toEqual([undefined, 1, 2, 3, 3])
    expect(await snapshots.nearest('bob', NOW)).toBeUndefined()
  })

  it('counts for the fold that made it', async () => {
    const { table, keys, store } = await kept(deposits(2))
    const [old, current] = [1, 2].map((foldVersion) => new Snapshots(table, keys, { foldVersion }))
    await old?.save([of(2, BALANCES[2])], store)
    expect(await current?.nearest('alice', NOW)).toBeUndefined()
    await current?.save([of(1, BALANCES[1])], store)
    expect((await current?.nearest('alice', NOW))?.version).toBe(1)
    expect((await old?.nearest('alice', NOW))?.version).toBe(2)
  })

  it('is kept of every 500th version, unless it is said otherwise', () => {
    const { table, keys } = opened()
    expect(new Snapshots(table, keys).every).toBe(SNAPSHOT_EVERY)
    expect(new Snapshots(table, keys, { every: 3 }).every).toBe(3)
  })

  it('is gone, as all are, once they are cleared', async () => {
    const { snapshots, store } = await kept(deposits(1))
    await store.append('bob', deposits(1), { expected: 'no-stream' })
    await snapshots.save([of(1, BALANCES[1]), of(1, BALANCES[1], 'bob')], store)
    expect(await snapshots.nearest('bob', NOW)).toBeDefined()
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
    const { snapshots, keys, store } = await kept(deposits(1))
    await snapshots.save([of(1, BALANCES[1])], store)
    expect(await snapshots.nearest('alice', NOW)).toBeDefined()
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
