import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  type AccountSummary,
  PAGE_OF_ACCOUNTS,
  placeOf,
  SORTS,
  type Sort,
  searchText,
  sortKey,
} from '../../src/projection/summary-table.ts'
import { at, oneTo } from '../events/sample-events.ts'
import { activeWith, inPages, namesOf, placeAt, summary } from './sample-summaries.ts'
import type { WithSummaries } from './summary-table.ts'

export const summaryList = (withTable: WithSummaries) => {
  /** In the order of UTF-8 bytes, which is not that of any language, nor of UTF-16. */
  const ordered = ['A', 'Z', 'a', 'a b', 'a-b', 'aa', 'b', 'z', 'Ä', 'é', 'ﬁ', '\u{ffee}', '💶']

  it(
    'has the accounts in the order of their names’ UTF-8 bytes',
    withTable(async ({ table }) => {
      await activeWith(
        table,
        [...ordered].reverse().map((name) => summary(name)),
      )
      expect(namesOf(await table.list())).toEqual(ordered)
    }),
  )

  it.each([1, 2, 5, ordered.length, ordered.length + 1])('in pages of %d has every account once', (limit) =>
    withTable(async ({ table }) => {
      await activeWith(
        table,
        ordered.map((name) => summary(name)),
      )
      expect(namesOf(await inPages(table, { limit }))).toEqual(ordered)
    })())

  it(
    'goes on after a name that is not there',
    withTable(async ({ table }) => {
      await activeWith(table, [summary('alice'), summary('carol')])
      expect(namesOf(await table.list({ after: placeAt('bob') }))).toEqual(['carol'])
      expect(namesOf(await table.list({ after: placeAt('zoe') }))).toEqual([])
    }),
  )

  it(
    'is one page long if it is not told how long',
    withTable(async ({ table }) => {
      await activeWith(
        table,
        oneTo(PAGE_OF_ACCOUNTS + 1).map((number) => summary(`account ${number}`)),
      )
      expect(await table.list()).toHaveLength(PAGE_OF_ACCOUNTS)
    }),
  )

  const people = [
    summary('club', { owner: 'Ada Lovelace' }),
    summary('household-1'),
    summary('household_2', { owner: 'Zoë O’Hara 💶' }),
    summary('savings 100%', { owner: 'back\\slash' }),
    summary('ÄRGER', { owner: 'ΣΊΣΥΦΟΣ' }),
  ]

  it.each([
    ['', ['club', 'household-1', 'household_2', 'savings 100%', 'ÄRGER']],
    ['house', ['household-1', 'household_2']],
    ['HOUSE', ['household-1', 'household_2']],
    ['lovelace', ['club']],
    ['A l', ['club']],
    ['ZOË', ['household_2']],
    ['zoë', ['household_2']],
    ['💶', ['household_2']],
    ['ärger', ['ÄRGER']],
    ['σίσυφ', ['ÄRGER']],
    ['%', ['savings 100%']],
    ['_', ['household_2']],
    ['\\', ['savings 100%']],
    ["'", []],
    ['o’h', ['household_2']],
    ['clubAda', []],
    ['nobody', []],
    ['house\0', []],
    ['\ud83d!', []],
  ])('of those with "%s" in name or owner: %s', (search, names) =>
    withTable(async ({ table }) => {
      await activeWith(table, people)
      expect(namesOf(await table.list({ search }))).toEqual(names)
    })())

  it(
    'of what was searched for comes in pages, too',
    withTable(async ({ table }) => {
      await activeWith(table, people)
      const [first] = await table.list({ search: 'house', limit: 1 })
      expect(first?.account).toBe('household-1')
      const after = placeAt('household-1')
      expect(namesOf(await table.list({ search: 'house', after, limit: 1 }))).toEqual(['household_2'])
      expect(await table.list({ search: 'house', after: placeAt('household_2') })).toEqual([])
    }),
  )

  const few = [
    summary('alice', { owner: 'Zoe', balance: 5, transactions: 2, lastActivityAt: at(3) }),
    summary('bob', { balance: -7, transactions: 2, lastActivityAt: at(1) }),
    summary('carol', { owner: 'ada', balance: 1_000, transactions: 10, lastActivityAt: at(2) }),
    summary('dave', { owner: 'Ada', balance: 5, transactions: 9, lastActivityAt: at(3) }),
  ]

  it.each<[Sort, readonly string[]]>([
    ['account', ['alice', 'bob', 'carol', 'dave']],
    ['name', ['carol', 'dave', 'bob', 'alice']],
    ['balance', ['bob', 'alice', 'dave', 'carol']],
    ['transactions', ['alice', 'bob', 'dave', 'carol']],
    ['activity', ['bob', 'carol', 'alice', 'dave']],
  ])('by %s: %s, and the other way round', (sort, names) =>
    withTable(async ({ table }) => {
      await activeWith(table, few)
      expect(namesOf(await table.list({ sort }))).toEqual(names)
      expect(namesOf(await table.list({ sort, descending: true }))).toEqual([...names].reverse())
    })())

  it(
    'follows what changes',
    withTable(async ({ table }) => {
      const generation = await activeWith(table, few)
      const changed = summary('bob', {
        owner: 'Zz',
        balance: 2_000,
        transactions: 11,
        lastActivityAt: at(4),
      })
      await table.advance(generation, 11, [changed])
      for (const sort of ['name', 'balance', 'transactions', 'activity'] as const) {
        const [last] = await table.list({ sort, descending: true, limit: 1 })
        expect(last).toEqual(changed)
        expect(await table.list({ sort })).toHaveLength(few.length)
      }
    }),
  )

  it(
    'tells apart the largest balances there may be',
    withTable(async ({ table }) => {
      const largest = Number.MAX_SAFE_INTEGER
      const balances = [-largest, 1 - largest, 0, largest - 1, largest]
      await activeWith(
        table,
        balances.map((balance, index) => summary(`account ${9 - index}`, { balance })),
      )
      const listed = await inPages(table, { sort: 'balance', limit: 1 })
      expect(listed.map(({ balance }) => balance)).toEqual(balances)
    }),
  )

  it(
    'is what sorting all of them gives, by anything, in either direction, in pages of any size, after any place',
    withTable(async ({ table }) => {
      const property = async (all: readonly AccountSummary[], other: AccountSummary, limit: number) => {
        await activeWith(table, all)
        for (const sort of SORTS) {
          for (const descending of [false, true]) {
            const sorted = sortedBy(sort, descending, all)
            expect(namesOf(await inPages(table, { sort, descending, limit }))).toEqual(namesOf(sorted))
            const search = 'A'
            const found = sorted.filter((one) => searchText(one).includes('a'))
            expect(namesOf(await inPages(table, { search, sort, descending, limit }))).toEqual(namesOf(found))

            const among = sortedBy(sort, descending, [...all, other])
            const listed = await table.list({ sort, descending, after: placeOf(other, sort) })
            expect(namesOf(listed)).toEqual(namesOf(among.slice(among.indexOf(other) + 1)))
          }
        }
      }
      const accounts = fc
        .uniqueArray(anySummary, { selector: ({ account }) => account, minLength: 1, maxLength: 8 })
        .map(([other, ...all]) => ({ all, other: other ?? summary('a') }))
      await fc.assert(
        fc.asyncProperty(accounts, fc.integer({ min: 1, max: 4 }), ({ all, other }, limit) =>
          property(all, other, limit),
        ),
        { numRuns: 12 },
      )
    }),
  )
}

/** Of few letters and few figures, so that much is equal. */
const name = fc.string({
  unit: fc.constantFrom('a', 'A', 'b', 'é', '\u{ffee}', '💶'),
  minLength: 1,
  maxLength: 3,
})

const anySummary = fc
  .record({
    account: name,
    owner: fc.option(name, { nil: undefined }),
    balance: fc.constantFrom(-10, 0, 9, 10, 100),
    transactions: fc.constantFrom(0, 2, 10),
    lastActivityAt: fc.constantFrom(at(-1), at(0), at(0.001)),
  })
  .map(({ account, owner, ...other }) =>
    summary(account, { ...other, ...(owner !== undefined && { owner }) }),
  )

const sortedBy = (
  sort: Sort,
  descending: boolean,
  summaries: readonly AccountSummary[],
): readonly AccountSummary[] => {
  const sorted = [...summaries].sort(
    (one, other) => byOrder(sortKey(one, sort), sortKey(other, sort)) || byOrder(one.account, other.account),
  )
  return descending ? sorted.reverse() : sorted
}

const byOrder = (one: string | number, other: string | number): number =>
  typeof one === 'number' ? one - Number(other) : Buffer.compare(Buffer.from(one), Buffer.from(String(other)))
