/** Summaries for tests to keep, and a generation that has them. */
import { expect } from 'vitest'
import { emptyWatch } from '../../src/projection/alerts.ts'
import {
  type AccountSummary,
  type Generation,
  type ListQuery,
  type Place,
  placeOf,
  type SummaryTable,
} from '../../src/projection/summary-table.ts'
import { at } from '../events/sample-events.ts'

export const FOLD = 3

export const summary = (account: string, other: Partial<AccountSummary> = {}): AccountSummary => ({
  account,
  currency: 'USD',
  balance: 130_000,
  status: 'open',
  version: 3,
  lastActivityAt: at(7),
  transactions: 3,
  watch: emptyWatch,
  ...other,
})

/** A generation that is read, with these summaries. */
export const activeWith = async (
  table: SummaryTable,
  summaries: readonly AccountSummary[],
): Promise<Generation> => {
  const generation = await table.begin(FOLD)
  expect(await table.advance(generation, 10, summaries)).toBe(true)
  expect(await table.activate(generation.generation)).toBe(true)
  return { ...generation, position: 10 }
}

export const namesOf = (summaries: readonly AccountSummary[]): string[] =>
  summaries.map(({ account }) => account)

/** The place of an account in a list by account, whether it is there or not. */
export const placeAt = (account: string): Place => ({ key: account, account })

/** All of a list, in pages of `limit`. */
export const inPages = async (
  table: SummaryTable,
  { sort = 'account', limit = 50, ...query }: Omit<ListQuery, 'after'> = {},
): Promise<readonly AccountSummary[]> => {
  const all: AccountSummary[] = []
  for (;;) {
    const last = all.at(-1)
    const after = last && placeOf(last, sort)
    const page = await table.list({ ...query, sort, limit, ...(after && { after }) })
    expect(page.length).toBeLessThanOrEqual(limit)
    if (page.length === 0) return all
    all.push(...page)
    expect(new Set(namesOf(all)).size).toBe(all.length)
  }
}
