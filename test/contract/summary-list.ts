import { expect, it } from 'vitest'
import { PAGE_OF_ACCOUNTS } from '../../src/projection/summary-table.ts'
import { oneTo } from '../events/sample-events.ts'
import { activeWith, namesOf, summary } from './sample-summaries.ts'
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
      const listed: string[] = []
      for (;;) {
        const after = listed.at(-1)
        const page = await table.list(after === undefined ? { limit } : { after, limit })
        expect(page.length).toBeLessThanOrEqual(limit)
        if (page.length === 0) break
        listed.push(...namesOf(page))
        expect(listed.length).toBeLessThanOrEqual(ordered.length)
      }
      expect(listed).toEqual(ordered)
    })())

  it(
    'goes on after a name that is not there',
    withTable(async ({ table }) => {
      await activeWith(table, [summary('alice'), summary('carol')])
      expect(namesOf(await table.list({ after: 'bob' }))).toEqual(['carol'])
      expect(namesOf(await table.list({ after: 'zoe' }))).toEqual([])
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
      expect(namesOf(await table.list({ search: 'house', after: 'household-1', limit: 1 }))).toEqual([
        'household_2',
      ])
      expect(await table.list({ search: 'house', after: 'household_2' })).toEqual([])
    }),
  )
}
