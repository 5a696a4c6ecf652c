/** What every table of snapshots promises: the port in `src/projection/snapshots.ts` in its long form. */
import { describe, expect, it } from 'vitest'
import type { SnapshotRow, SnapshotTable } from '../../src/projection/snapshots.ts'
import { oneTo } from '../events/sample-events.ts'
import { type Opened, withOpened } from './opened.ts'

export interface OpenSnapshots extends Opened {
  readonly table: SnapshotTable
}

const FOLD = 3
const NOW = Number.MAX_SAFE_INTEGER

const row = (version: number, other: Partial<SnapshotRow> = {}): SnapshotRow => ({
  stream: 'alice',
  foldVersion: FOLD,
  version,
  account: { currency: 'USD', balance: version * 100, status: 'open' },
  ...other,
})

/** `open` gives an empty table each time; the suite closes it. */
export const snapshotTableContract = (name: string, open: () => Promise<OpenSnapshots>) =>
  describe(`${name}: a table of snapshots`, () => {
    const withTable = withOpened(open)

    it(
      'has none at first',
      withTable(async ({ table }) => {
        expect(await table.nearest('alice', FOLD, NOW)).toBeUndefined()
      }),
    )

    it.each([
      [0, undefined],
      [499, undefined],
      [500, 500],
      [501, 500],
      [999, 500],
      [1_000, 1_000],
      [1_499, 1_000],
      [1_500, 1_500],
      [NOW, 1_500],
    ])('gives the newest that is not beyond version %d: %s', (version, nearest) =>
      withTable(async ({ table }) => {
        await table.save([row(1_000), row(1_500), row(500)])
        expect((await table.nearest('alice', FOLD, version))?.version).toBe(nearest)
      })())

    it(
      'gives back what was kept',
      withTable(async ({ table }) => {
        const account = {
          currency: 'KWD',
          balance: Number.MAX_SAFE_INTEGER,
          status: 'frozen',
          owner: { key: 'k-1', sealed: 'c2VhbGVk' },
          note: 'Zoë O’Hara 💶 "\\ %_',
        }
        const kept = row(500, { stream: 'it\'s "quoted"; -- 💶', account })
        await table.save([kept])
        expect(await table.nearest(kept.stream, FOLD, NOW)).toEqual(kept)
      }),
    )

    it(
      'tells streams and folds apart',
      withTable(async ({ table }) => {
        const others = [
          row(700, { stream: 'bob' }),
          row(800, { stream: 'Alice' }),
          row(900, { foldVersion: FOLD - 1 }),
          row(600, { foldVersion: FOLD + 1 }),
        ]
        await table.save([row(500), ...others])
        expect(await table.nearest('alice', FOLD, NOW)).toEqual(row(500))
        for (const other of others) {
          expect(await table.nearest(other.stream, other.foldVersion, NOW)).toEqual(other)
        }
        expect(await table.nearest('alice', FOLD + 2, NOW)).toBeUndefined()
        expect(await table.nearest('ALICE', FOLD, NOW)).toBeUndefined()
      }),
    )

    it(
      'takes a new one in place of one that is there already, and keeps those beside it',
      withTable(async ({ table }) => {
        await table.save([row(500)])
        const anew = row(500, { account: { balance: 666 } })
        await table.save([anew, row(1_000)])
        expect(await table.nearest('alice', FOLD, 999)).toEqual(anew)
        expect(await table.nearest('alice', FOLD, NOW)).toEqual(row(1_000))
      }),
    )

    it(
      'can be told the same by many at once',
      withTable(async ({ table }) => {
        await Promise.all(oneTo(20).map(() => table.save([row(500), row(1_000)])))
        expect(await table.nearest('alice', FOLD, 999)).toEqual(row(500))
        expect(await table.nearest('alice', FOLD, NOW)).toEqual(row(1_000))
      }),
    )

    it(
      'keeps a thousand at once',
      withTable(async ({ table }) => {
        await table.save(oneTo(1_000).map((number) => row(500, { stream: `account ${number}` })))
        for (const number of [1, 500, 1_000]) {
          expect(await table.nearest(`account ${number}`, FOLD, NOW)).toMatchObject({ version: 500 })
        }
      }),
    )

    it(
      'forgets all when it is cleared, and keeps new ones after that',
      withTable(async ({ table }) => {
        await table.save([row(500), row(500, { stream: 'bob' }), row(500, { foldVersion: FOLD - 1 })])
        await table.clear()
        expect(await table.nearest('alice', FOLD, NOW)).toBeUndefined()
        expect(await table.nearest('bob', FOLD, NOW)).toBeUndefined()
        expect(await table.nearest('alice', FOLD - 1, NOW)).toBeUndefined()
        const anew = row(500, { account: { balance: 1 } })
        await table.save([anew])
        expect(await table.nearest('alice', FOLD, NOW)).toEqual(anew)
      }),
    )
  })
