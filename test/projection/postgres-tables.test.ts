import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { PostgresSummaryTable } from '../../src/projection/postgres-tables.ts'
import { placeOf, SORTS } from '../../src/projection/summary-table.ts'
import { activeWith, namesOf, placeAt, summary } from '../contract/sample-summaries.ts'
import { oneTo } from '../events/sample-events.ts'
import { freshDatabase, openDatabase, rawConnection } from '../support/postgres.ts'

const FOLD = 1

const summaries = (count: number) => oneTo(count).map((number) => summary(`account ${number}`))

const openTables = async (count: number): Promise<PostgresSummaryTable[]> => {
  const url = await freshDatabase()
  return Promise.all(oneTo(count).map(async () => new PostgresSummaryTable(await openDatabase(url))))
}

it('of many generations that servers activate at once, one is read and the others are gone', async () => {
  const tables = await openTables(4)
  const made = await Promise.all(
    tables.map(async (table) => {
      const generation = await table.begin(FOLD)
      await table.advance(generation, 10, summaries(50))
      return { table, generation: { ...generation, position: 10 } }
    }),
  )
  const activated = await Promise.all(
    made.map(({ table, generation }) => table.activate(generation.generation)),
  )
  expect(activated.filter((isActive) => isActive)).toHaveLength(1)
  const winner = made[activated.indexOf(true)]
  for (const { table, generation } of made) {
    expect(await table.active()).toEqual(winner?.generation)
    expect(await table.list({ limit: 100 })).toHaveLength(50)
    expect(await table.get(generation.generation, ['account 1'])).toHaveLength(
      generation === winner?.generation ? 1 : 0,
    )
  }
})

it('a generation that is just being moved on when another takes its place leaves nothing behind', async () => {
  const url = await freshDatabase()
  const table = new PostgresSummaryTable(await openDatabase(url))
  const [old, next] = [await table.begin(FOLD), await table.begin(FOLD)]
  const [mover, observer] = [rawConnection(url), rawConnection(url)]
  await mover`BEGIN`
  await mover`UPDATE projections SET position = 10 WHERE generation = ${old.generation}`
  await mover`
    INSERT INTO account_summaries
    VALUES (${old.generation}, 'alice', NULL, 'USD', 1, 'open', 1, 1, '', '{}', 'alice', 'alice')`

  const activated = table.activate(next.generation)
  await expect
    .poll(
      () => observer`
      SELECT pid FROM pg_stat_activity WHERE application_name = 'passbook' AND wait_event_type = 'Lock'`,
    )
    .toHaveLength(1)
  await mover`COMMIT`
  expect(await activated).toBe(true)
  expect(await table.active()).toEqual(next)
  expect(await table.get(old.generation, ['alice'])).toEqual([])
  expect(await table.advance({ ...old, position: 10 }, 20, summaries(1))).toBe(false)
})

it('a page costs the same in any order and from any place, however many accounts there are', async () => {
  const url = await freshDatabase()
  const database = await openDatabase(url)
  const table = new PostgresSummaryTable(database)
  const { generation } = await table.begin(FOLD)
  await table.activate(generation)
  await rawConnection(url)`
    INSERT INTO account_summaries
    SELECT ${generation}, 'account ' || n, 'Owner ' || n % 100, 'USD', n % 5000, 'open', 1, n % 7, '2026-11-20T11:00:00.' || n % 1000,
      '{}', 'owner ' || n % 100, 'account ' || n
    FROM (SELECT 10000 + (i * 7919) % 10000 AS n FROM generate_series(1, 10000) AS i) AS numbers`
  /** How many pages of the database are looked at. */
  const cost = async (query: object): Promise<number> => {
    const [row] = await database.query<{ 'QUERY PLAN': readonly { Plan: Record<string, number> }[] }>`
      EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM list_summaries(${JSON.stringify(query)}::text::jsonb)`
    const plan = row?.['QUERY PLAN'][0]?.Plan
    expect(plan?.['Actual Rows']).toBe(50)
    return Number(plan?.['Shared Hit Blocks']) + Number(plan?.['Shared Read Blocks'])
  }
  const [middle] = await table.list({ search: 'account 15555' })
  if (!middle) throw new Error('It is not there.')
  for (const sort of SORTS) {
    for (const descending of [false, true]) {
      for (const place of [{}, { after: placeOf(middle, sort) }]) {
        expect(await cost({ search: '', sort, descending, limit: 50, ...place })).toBeLessThan(150)
      }
    }
  }
})

it('summaries of a database from before they had an activity go, and are made anew', async () => {
  const url = await freshDatabase()
  const sql = rawConnection(url)
  await sql`CREATE TABLE migrations (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`
  for (const name of ['000001.sql', '000002.sql']) {
    await sql.unsafe(readFileSync(new URL(`../../src/events/sql/postgres/${name}`, import.meta.url), 'utf8'))
  }
  await sql.unsafe(`
    INSERT INTO migrations VALUES (1), (2);
    UPDATE head SET position = 7;
    INSERT INTO projections (fold_version, position, is_active) VALUES (1, 7, true);
    INSERT INTO account_summaries VALUES (1, 'alice', 'Ada', 'USD', 5, 'open', 7, 7, NULL, 'alice')`)

  const table = new PostgresSummaryTable(await openDatabase(url))
  expect(await table.active()).toBeUndefined()
  expect(await table.list()).toEqual([])
  const made = await table.begin(FOLD)
  expect(made.generation).toBeGreaterThan(1)
  const [ada] = summaries(1)
  await table.advance(made, 7, summaries(1))
  await table.activate(made.generation)
  expect(await table.list()).toEqual([ada])
  expect(await sql`SELECT position::integer FROM head`).toEqual([{ position: 7 }])
})

it('summaries are in the order of bytes also in a database that has the order of a language', async () => {
  const url = new URL(await freshDatabase())
  await rawConnection(url.href)`
    CREATE DATABASE in_english TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en' LOCALE 'C'`
  url.pathname = 'in_english'
  const table = new PostgresSummaryTable(await openDatabase(url.href))
  await activeWith(
    table,
    ['b', 'A', 'a', 'B'].map((account, index) =>
      summary(account, { owner: ['é', '~', 'z', '_'][index] ?? '' }),
    ),
  )
  expect(namesOf(await table.list())).toEqual(['A', 'B', 'a', 'b'])
  expect(namesOf(await table.list({ after: placeAt('Z') }))).toEqual(['a', 'b'])
  expect(namesOf(await table.list({ sort: 'name' }))).toEqual(['B', 'a', 'A', 'b'])
  const after = { key: 'z', account: 'Z' }
  expect(namesOf(await table.list({ sort: 'name', after }))).toEqual(['a', 'A', 'b'])
})
