/** What every table of summaries promises: `src/projection/summary-table.ts` in its long form. */
import { describe, expect, it } from 'vitest'
import { emptyWatch, type Watch } from '../../src/projection/alerts.ts'
import type { SummaryTable } from '../../src/projection/summary-table.ts'
import { at, oneTo } from '../events/sample-events.ts'
import { type Opened, withOpened } from './opened.ts'
import { activeWith, FOLD, namesOf, summary } from './sample-summaries.ts'
import { summaryList } from './summary-list.ts'

const WATCH: Watch = {
  ...emptyWatch,
  count: 7,
  alerts: [
    { rule: 'many-withdrawals', version: 12, at: at(5) },
    { rule: 'unusual-amount', version: 13, at: at(6.001) },
  ],
}

/** As many characters as an owner may have, of as many bytes as may be, which no compression makes smaller. */
const UNIQUE = oneTo(500)
  .map((number) => String.fromCodePoint(0x4e00 + ((number * 7_919) % 20_000)))
  .join('')

export interface OpenSummaries extends Opened {
  readonly table: SummaryTable
}

/** Makes a test of one table: opened for it, empty, and closed after it. */
export type WithSummaries = (test: (opened: OpenSummaries) => Promise<void>) => () => Promise<void>

/** `open` gives an empty table each time; the suite closes it. */
export const summaryTableContract = (name: string, open: () => Promise<OpenSummaries>) =>
  describe(`${name}: a table of summaries`, () => {
    const withTable: WithSummaries = withOpened(open)

    describe('a generation', () => {
      it(
        'is not there at first, and nothing is listed',
        withTable(async ({ table }) => {
          expect(await table.active()).toBeUndefined()
          expect(await table.list()).toEqual([])
        }),
      )

      it(
        'begins empty, at position 0, and is not read',
        withTable(async ({ table }) => {
          const generation = await table.begin(FOLD)
          expect(generation).toMatchObject({ foldVersion: FOLD, position: 0 })
          expect(await table.active()).toBeUndefined()
          expect(await table.get(generation.generation, ['alice'])).toEqual([])
        }),
      )

      it(
        'is another each time, however many begin at once',
        withTable(async ({ table }) => {
          const begun = await Promise.all(oneTo(10).map(() => table.begin(FOLD)))
          expect(new Set(begun.map(({ generation }) => generation)).size).toBe(10)
        }),
      )

      it(
        'is another than all before, also when those are gone',
        withTable(async ({ table }) => {
          const gone = [await table.begin(FOLD), await table.begin(FOLD)]
          await activeWith(table, [])
          const begun = await table.begin(FOLD)
          expect(gone.map(({ generation }) => generation)).not.toContain(begun.generation)
        }),
      )

      it(
        'is read once it is activated, as far as it has come',
        withTable(async ({ table }) => {
          const generation = await activeWith(table, [summary('alice')])
          expect(await table.active()).toEqual(generation)
          expect(await table.list()).toEqual([summary('alice')])
        }),
      )

      it(
        'can be in the making while another is read, which nobody sees',
        withTable(async ({ table }) => {
          const read = await activeWith(table, [summary('alice')])
          const making = await table.begin(FOLD + 1)
          await table.advance(making, 99, [summary('alice', { balance: 1 }), summary('bob')])
          expect(await table.active()).toEqual(read)
          expect(await table.list()).toEqual([summary('alice')])
          expect(await table.get(read.generation, ['alice', 'bob'])).toEqual([summary('alice')])
        }),
      )

      it(
        'drops all others when it is activated, which can then neither be moved on nor activated',
        withTable(async ({ table }) => {
          const old = await activeWith(table, [summary('alice')])
          const [rival, making] = [await table.begin(FOLD), await table.begin(FOLD + 1)]
          await table.advance(rival, 5, [summary('carol')])
          await table.advance(making, 20, [summary('bob')])
          expect(await table.activate(making.generation)).toBe(true)

          expect(await table.active()).toEqual({ ...making, position: 20 })
          expect(await table.list()).toEqual([summary('bob')])
          for (const gone of [old, { ...rival, position: 5 }]) {
            expect(await table.advance(gone, 30, [summary('dave')])).toBe(false)
            expect(await table.activate(gone.generation)).toBe(false)
            expect(await table.get(gone.generation, ['alice', 'carol', 'dave'])).toEqual([])
          }
          expect(await table.active()).toEqual({ ...making, position: 20 })
          expect(await table.list()).toEqual([summary('bob')])
        }),
      )

      it(
        'that never was cannot be activated',
        withTable(async ({ table }) => {
          const generation = await activeWith(table, [summary('alice')])
          expect(await table.activate(generation.generation + 1_000)).toBe(false)
          expect(await table.active()).toEqual(generation)
          expect(await table.list()).toEqual([summary('alice')])
        }),
      )

      it(
        'can be activated again',
        withTable(async ({ table }) => {
          const generation = await activeWith(table, [summary('alice')])
          expect(await table.activate(generation.generation)).toBe(true)
          expect(await table.active()).toEqual(generation)
          expect(await table.list()).toEqual([summary('alice')])
        }),
      )
    })

    describe('moving on', () => {
      it(
        'writes the summaries and the position together',
        withTable(async ({ table }) => {
          const generation = await activeWith(table, [summary('alice'), summary('bob')])
          const changed = summary('alice', { balance: 7, version: 4, transactions: 4 })
          expect(await table.advance(generation, 12, [changed, summary('carol')])).toBe(true)
          expect(await table.active()).toEqual({ ...generation, position: 12 })
          expect(await table.list()).toEqual([changed, summary('bob'), summary('carol')])
        }),
      )

      it.each([0, 9, 11])('from position %d, where the generation is not, changes nothing', (position) =>
        withTable(async ({ table }) => {
          const generation = await activeWith(table, [summary('alice')])
          const changes = [summary('alice', { balance: 7 }), summary('bob')]
          expect(await table.advance({ ...generation, position }, 12, changes)).toBe(false)
          expect(await table.active()).toEqual(generation)
          expect(await table.list()).toEqual([summary('alice')])
        })())

      it(
        'is done by one of many who try it at once, and shows what that one wrote',
        withTable(async ({ table }) => {
          const generation = await activeWith(table, [])
          const moved = await Promise.all(
            oneTo(20).map((number) =>
              table.advance(generation, 10 + number, [summary('alice', { balance: number })]),
            ),
          )
          expect(moved.filter((isMoved) => isMoved)).toHaveLength(1)
          const balance = moved.indexOf(true) + 1
          expect(await table.active()).toMatchObject({ position: 10 + balance })
          expect(await table.list()).toEqual([summary('alice', { balance })])
        }),
      )

      it(
        'is possible without any summary',
        withTable(async ({ table }) => {
          const generation = await activeWith(table, [summary('alice')])
          expect(await table.advance(generation, 11, [])).toBe(true)
          expect(await table.active()).toMatchObject({ position: 11 })
          expect(await table.list()).toEqual([summary('alice')])
        }),
      )

      it(
        'leaves other generations as they are',
        withTable(async ({ table }) => {
          const [one, other] = [await table.begin(FOLD), await table.begin(FOLD)]
          await table.advance(one, 10, [summary('alice', { balance: 1 })])
          await table.advance(other, 10, [summary('alice', { balance: 2 })])
          expect(await table.get(one.generation, ['alice'])).toEqual([summary('alice', { balance: 1 })])
          expect(await table.get(other.generation, ['alice'])).toEqual([summary('alice', { balance: 2 })])
        }),
      )

      it(
        'takes a thousand summaries at once, and gives them back',
        withTable(async ({ table }) => {
          const many = oneTo(1_000).map((number) => summary(`account ${number}`, { balance: number }))
          const generation = await activeWith(table, many)
          const known = await table.get(generation.generation, namesOf(many))
          expect(known.reduce((sum, { balance }) => sum + balance, 0)).toBe(500_500)
          expect(known).toHaveLength(1_000)
        }),
      )
    })

    describe('a summary', () => {
      it.each([
        ['with all there is', { owner: 'Zoë O’Hara 💶', lastActivityAt: at(7.123), watch: WATCH }],
        ['without an owner', {}],
        ['without a transaction', { owner: 'Ada', transactions: 0, balance: 0 }],
        ['of long ago', { lastActivityAt: '0001-01-01T00:00:00.000Z' }],
        ['of the longest name and the longest owner', { account: UNIQUE.slice(0, 200), owner: UNIQUE }],
        ['with the largest balance', { balance: Number.MAX_SAFE_INTEGER }],
        ['below zero', { balance: -Number.MAX_SAFE_INTEGER }],
        ['of a closed account, in yen', { status: 'closed' as const, currency: 'JPY' }],
        ['of a frozen account', { status: 'frozen' as const }],
      ])('%s comes back as it was given', (_, parts) =>
        withTable(async ({ table }) => {
          const given = summary('it\'s "quoted"; -- 💶', parts)
          const { generation } = await activeWith(table, [given])
          expect(await table.get(generation, [given.account])).toStrictEqual([given])
          expect(await table.list()).toStrictEqual([given])
        })())

      it(
        'has the owner that it was given last',
        withTable(async ({ table }) => {
          const generation = await activeWith(table, [summary('alice', { owner: 'Ada' })])
          await table.advance(generation, 11, [summary('alice', { owner: '[erased]' })])
          expect(await table.list()).toEqual([summary('alice', { owner: '[erased]' })])
          expect(await table.list({ search: 'Ada' })).toEqual([])
          expect(await table.list({ search: 'erased' })).toHaveLength(1)
        }),
      )

      it(
        'is what it was when the table was scrubbed, and goes on',
        withTable(async ({ table }) => {
          const [ada, bob] = [summary('alice', { owner: 'Ada' }), summary('bob')]
          const generation = await activeWith(table, [ada, bob])
          await table.scrub()
          await table.scrub()
          expect(await table.list()).toEqual([ada, bob])
          expect(await table.advance(generation, 11, [summary('bob', { balance: 1 })])).toBe(true)
          expect(await table.list()).toEqual([ada, summary('bob', { balance: 1 })])
        }),
      )

      it(
        'is not kept of a making that nobody reads, once the table was scrubbed; who was at it has to begin again',
        withTable(async ({ table }) => {
          await activeWith(table, [summary('bob')])
          const abandoned = await table.begin(FOLD)
          await table.advance(abandoned, 10, [summary('alice', { owner: 'Ada' })])
          await table.scrub()
          expect(await table.get(abandoned.generation, ['alice'])).toEqual([])
          expect(await table.advance({ ...abandoned, position: 10 }, 11, [])).toBe(false)
          expect(await table.list()).toEqual([summary('bob')])
        }),
      )

      it(
        'is found among those asked for, once, and none that are not there',
        withTable(async ({ table }) => {
          const { generation } = await activeWith(table, [summary('alice'), summary('bob'), summary('carol')])
          const known = await table.get(generation, ['carol', 'nobody', 'alice', 'Alice'])
          expect(namesOf(known).sort()).toEqual(['alice', 'carol'])
          expect(await table.get(generation, [])).toEqual([])
          expect(await table.get(generation + 1_000, ['alice'])).toEqual([])
        }),
      )
    })

    describe('a list', () => summaryList(withTable))
  })
