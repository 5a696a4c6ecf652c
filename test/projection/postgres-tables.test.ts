import { expect, it } from 'vitest'
import { PostgresSummaryTable } from '../../src/projection/postgres-tables.ts'
import { oneTo } from '../events/sample-events.ts'
import { freshDatabase, openDatabase, rawConnection } from '../support/postgres.ts'

const FOLD = 1

const summaries = (count: number) =>
  oneTo(count).map((number) => ({
    account: `account ${number}`,
    currency: 'USD',
    balance: number,
    status: 'open' as const,
    version: 1,
    transactions: 1,
  }))

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
    INSERT INTO account_summaries (generation, account, currency, balance, status, version, transactions, search)
    VALUES (${old.generation}, 'alice', 'USD', 1, 'open', 1, 1, 'alice')`

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
