import { afterAll, beforeAll } from 'vitest'
import { LogEventStore } from '../../src/events/log-event-store.ts'
import type { PostgresDatabase } from '../../src/events/postgres-database.ts'
import { PostgresKeys } from '../../src/events/postgres-keys.ts'
import { PostgresLog } from '../../src/events/postgres-log.ts'
import { openPostgres } from '../../src/events/postgres-migrations.ts'
import { PostgresSnapshotTable, PostgresSummaryTable } from '../../src/projection/postgres-tables.ts'
import { freshDatabase } from '../support/postgres.ts'
import { eventLogContract } from './event-log.ts'
import { eventStoreContract } from './event-store.ts'
import { keyStoreContract } from './key-store.ts'
import { snapshotTableContract } from './snapshot-table.ts'
import { summaryTableContract } from './summary-table.ts'

let database: PostgresDatabase

beforeAll(async () => {
  database = await openPostgres(await freshDatabase())
})

afterAll(() => database.close())

/** One database for all: to empty it is faster than to make another. */
const emptied = async (): Promise<PostgresDatabase> => {
  await database.runPatiently(`
    DELETE FROM events; DELETE FROM keys; DELETE FROM snapshots; DELETE FROM projections;
    DELETE FROM account_summaries; UPDATE head SET position = 0`)
  return database
}

const close = async () => {}

eventStoreContract('PostgreSQL', async () => {
  const database = await emptied()
  return new LogEventStore(new PostgresLog(database), new PostgresKeys(database))
})

eventLogContract('PostgresLog', async () => {
  const log = new PostgresLog(await emptied())
  return { log, close: () => log.close() }
})

keyStoreContract('PostgresKeys', async () => ({ keys: new PostgresKeys(await emptied()), close }))

snapshotTableContract('PostgresSnapshotTable', async () => ({
  table: new PostgresSnapshotTable(await emptied()),
  close,
}))

summaryTableContract('PostgresSummaryTable', async () => ({
  table: new PostgresSummaryTable(await emptied()),
  close,
}))
