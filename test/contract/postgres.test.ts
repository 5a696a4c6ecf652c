import { afterAll, beforeAll } from 'vitest'
import { LogEventStore } from '../../src/events/log-event-store.ts'
import type { PostgresDatabase } from '../../src/events/postgres-database.ts'
import { PostgresKeys } from '../../src/events/postgres-keys.ts'
import { PostgresLog } from '../../src/events/postgres-log.ts'
import { openPostgres } from '../../src/events/postgres-migrations.ts'
import {
  PostgresCheckpoints,
  PostgresSnapshotTable,
  PostgresSummaryTable,
} from '../../src/projection/postgres-tables.ts'
import { freshDatabase } from '../support/postgres.ts'
import { checkpointsContract, type OpenCheckpoints } from './checkpoints.ts'
import { eventLogContract } from './event-log.ts'
import { eventStoreContract } from './event-store.ts'
import { keyStoreContract } from './key-store.ts'
import { snapshotTableContract } from './snapshot-table.ts'
import { summaryTableContract } from './summary-table.ts'

let url: string
let database: PostgresDatabase

beforeAll(async () => {
  url = await freshDatabase()
  database = await openPostgres(url)
})

afterAll(() => database.close())

/** One database for all: to empty it is faster than to make another. */
const emptied = async (): Promise<PostgresDatabase> => {
  await database.runPatiently(`
    DELETE FROM events; DELETE FROM keys; DELETE FROM snapshots; DELETE FROM projections;
    DELETE FROM account_summaries; DELETE FROM checkpoints; UPDATE head SET position = 0`)
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

checkpointsContract('PostgresCheckpoints', async () => {
  const again = async (): Promise<OpenCheckpoints> => {
    const other = await openPostgres(url)
    return { checkpoints: new PostgresCheckpoints(other), close: () => other.close() }
  }
  return { checkpoints: new PostgresCheckpoints(await emptied()), close, again }
})
