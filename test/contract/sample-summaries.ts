/** Summaries for tests to keep, and a generation that has them. */
import { expect } from 'vitest'
import type { AccountSummary, Generation, SummaryTable } from '../../src/projection/summary-table.ts'

export const FOLD = 3

export const summary = (account: string, other: Partial<AccountSummary> = {}): AccountSummary => ({
  account,
  currency: 'USD',
  balance: 130_000,
  status: 'open',
  version: 3,
  transactions: 3,
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
