import { SqliteKeys } from '../../src/events/sqlite-keys.ts'
import {
  SqliteCheckpoints,
  SqliteSnapshotTable,
  SqliteSummaryTable,
} from '../../src/projection/sqlite-tables.ts'
import { openFile, openLog, SqliteEventStore, temporaryPath } from '../support/sqlite.ts'
import { checkpointsContract, type OpenCheckpoints } from './checkpoints.ts'
import { eventLogContract } from './event-log.ts'
import { eventStoreContract } from './event-store.ts'
import { keyStoreContract } from './key-store.ts'
import { snapshotTableContract } from './snapshot-table.ts'
import { summaryTableContract } from './summary-table.ts'

eventStoreContract('SQLite', () => SqliteEventStore.open(temporaryPath()))

eventLogContract('SqliteLog', async () => {
  const { log } = await openLog()
  return { log, close: () => log.close() }
})

keyStoreContract('SqliteKeys', async () => {
  const keys = await SqliteKeys.open(temporaryPath())
  return { keys, close: () => keys.close() }
})

snapshotTableContract('SqliteSnapshotTable', async () => {
  const file = await openFile()
  return { table: new SqliteSnapshotTable(file), close: async () => file.close() }
})

summaryTableContract('SqliteSummaryTable', async () => {
  const file = await openFile()
  return { table: new SqliteSummaryTable(file), close: async () => file.close() }
})

checkpointsContract('SqliteCheckpoints', () => {
  const path = temporaryPath()
  const open = async (): Promise<OpenCheckpoints> => {
    const file = await openFile(path)
    return { checkpoints: new SqliteCheckpoints(file), close: async () => file.close(), again: open }
  }
  return open()
})
