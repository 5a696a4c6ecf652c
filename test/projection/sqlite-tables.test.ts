import { readFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { describe, expect, it, vi } from 'vitest'
import type { SqliteFile } from '../../src/events/sqlite-file.ts'
import { SqliteSnapshotTable, SqliteSummaryTable } from '../../src/projection/sqlite-tables.ts'
import { type AccountSummary, placeOf, SORTS } from '../../src/projection/summary-table.ts'
import { summary } from '../contract/sample-summaries.ts'
import { oneTo } from '../events/sample-events.ts'
import { openFile, temporaryPath } from '../support/sqlite.ts'

const FOLD = 1

const ada = summary('alice', { owner: 'Ada' })

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

  describe('are listed', () => {
    const open = async () => {
      const file = await openFile()
      const table = new SqliteSummaryTable(file)
      const { generation } = await table.begin(FOLD)
      await table.activate(generation)
      return { file, table }
    }

    /** How SQLite goes about what is listed. */
    const planOf = async (file: SqliteFile, list: () => Promise<unknown>): Promise<readonly string[]> => {
      const prepared = vi.spyOn(file, 'prepare')
      await list()
      const [[sql] = ['']] = prepared.mock.calls
      prepared.mockRestore()
      const values = { search: '', limit: 50, ...placeOf(ada, 'account') }
      return file
        .prepare<[typeof values], { readonly detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
        .all(values)
        .map(({ detail }) => detail)
    }

    it('along an index, whatever the order and the place, also once the table was scrubbed', async () => {
      const { file, table } = await open()
      for (const scrubs of [0, 1, 2]) {
        if (scrubs > 0) await table.scrub()
        for (const sort of SORTS) {
          for (const descending of [false, true]) {
            const first = await planOf(file, () => table.list({ sort, descending }))
            expect(first[0]).toMatch(/^SEARCH account_summaries .*\(generation=\?\)$/)
            expect(first).not.toContainEqual(expect.stringContaining('TEMP B-TREE'))
            const after = placeOf(ada, sort)
            const next = await planOf(file, () => table.list({ sort, descending, after }))
            expect(next[0]).toMatch(/^SEARCH account_summaries .*\(generation=\? AND \S+[<>]\S+\)$/)
            expect(next).not.toContainEqual(expect.stringContaining('TEMP B-TREE'))
          }
        }
      }
    })

    it('as they lie, to be sorted then, if something is searched for', async () => {
      const { file, table } = await open()
      for (const sort of SORTS) {
        const [plan] = await planOf(file, () =>
          table.list({ sort, search: 'ada', after: placeOf(ada, sort) }),
        )
        expect(plan).toMatch(/^SEARCH account_summaries USING PRIMARY KEY/)
      }
    })
  })
})

it('summaries of a file from before they had an activity go, and are made anew', async () => {
  const path = temporaryPath()
  const old = new Database(path)
  old.exec(readFileSync(new URL('../../src/events/sql/sqlite/000001.sql', import.meta.url), 'utf8'))
  old.exec(`
    PRAGMA application_id = 0x50617373;
    PRAGMA user_version = 1;
    UPDATE head SET position = 7;
    INSERT INTO projections VALUES (3, 1, 7, 1);
    INSERT INTO account_summaries VALUES (3, 'alice', 'Ada', 'USD', 5, 'open', 7, 7, NULL, 'alice')`)
  old.close()

  const file = await openFile(path)
  const table = new SqliteSummaryTable(file)
  expect(await table.active()).toBeUndefined()
  expect(await table.list()).toEqual([])
  const made = await table.begin(FOLD)
  expect(made.generation).toBeGreaterThan(3)
  await table.advance(made, 7, [ada])
  await table.activate(made.generation)
  expect(await table.list()).toEqual([ada])
  expect(file.prepare('SELECT position FROM head').get()).toEqual({ position: 7 })
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
