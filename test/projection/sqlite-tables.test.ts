import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { SqliteSnapshotTable, SqliteSummaryTable } from '../../src/projection/sqlite-tables.ts'
import type { AccountSummary } from '../../src/projection/summary-table.ts'
import { oneTo } from '../events/sample-events.ts'
import { openFile, temporaryPath } from '../support/sqlite.ts'

const FOLD = 1

const ada = {
  account: 'alice',
  owner: 'Ada',
  currency: 'USD',
  balance: 130_000,
  status: 'open' as const,
  version: 3,
  transactions: 3,
}

describe('summaries', () => {
  it('never have a generation’s number again, not even one’s that was dropped for an older one', async () => {
    const table = new SqliteSummaryTable(await openFile())
    const [older, newer] = [await table.begin(FOLD), await table.begin(FOLD)]
    await table.activate(older.generation)
    const next = await table.begin(FOLD)
    expect([older.generation, newer.generation]).not.toContain(next.generation)
    expect(await table.advance(newer, 10, [ada])).toBe(false)
  })

  it('are moved on by one of two connections, and not by one that has another fold in mind', async () => {
    const path = temporaryPath()
    const [mine, yours] = [
      new SqliteSummaryTable(await openFile(path)),
      new SqliteSummaryTable(await openFile(path)),
    ]
    const generation = await mine.begin(FOLD)
    await mine.activate(generation.generation)
    expect(await yours.advance({ ...generation, foldVersion: FOLD + 1 }, 10, [ada])).toBe(false)
    expect(await mine.advance(generation, 10, [ada])).toBe(true)
    expect(await yours.advance(generation, 11, [{ ...ada, balance: 1 }])).toBe(false)
    expect(await yours.active()).toEqual({ ...generation, position: 10 })
    expect(await yours.list()).toEqual([ada])
  })
})

it('owners who were forgotten stand in no file once the table was scrubbed, while others use it', async () => {
  const path = temporaryPath()
  const table = new SqliteSummaryTable(await openFile(path))
  const other = new SqliteSummaryTable(await openFile(path))
  let generation = await table.begin(FOLD)
  await table.activate(generation.generation)
  const put = async (summaries: readonly AccountSummary[]) => {
    expect(await table.advance(generation, generation.position + 1, summaries)).toBe(true)
    generation = { ...generation, position: generation.position + 1 }
  }
  const accounts = oneTo(300).map((number) => ({
    ...ada,
    account: `account ${(number * 7_919) % 300}`,
    owner: `OWNER${'y'.repeat((number * 37) % 200)}`,
  }))
  for (const account of accounts) await put([account])
  for (const account of accounts) await put([{ ...account, owner: '[erased]' }])

  const traces = () =>
    ['', '-wal'].flatMap((end) => readFileSync(`${path}${end}`, 'latin1').match(/ownery/gi) ?? [])
  expect(traces()).not.toEqual([])
  await table.scrub()
  expect(traces()).toEqual([])
  expect(new Set((await other.list({ limit: 300 })).map(({ owner }) => owner))).toEqual(new Set(['[erased]']))
})

it('summaries and snapshots are still there when the file is opened again', async () => {
  const path = temporaryPath()
  const file = await openFile(path)
  const table = new SqliteSummaryTable(file)
  const generation = await table.begin(FOLD)
  await table.advance(generation, 10, [ada])
  await table.activate(generation.generation)
  const snapshot = { stream: 'alice', foldVersion: FOLD, version: 500, account: { balance: 130_000 } }
  await new SqliteSnapshotTable(file).save([snapshot])
  file.close()

  const reopened = await openFile(path)
  expect(await new SqliteSummaryTable(reopened).list()).toEqual([ada])
  expect(await new SqliteSnapshotTable(reopened).nearest('alice', FOLD, 999)).toEqual(snapshot)
})
