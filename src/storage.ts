/** Where everything is kept: the log, the keys, and what follows from the log, all in one store. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { StoreName } from './config.ts'
import type { CommitPoint, EventLog } from './events/event-log.ts'
import type { KeyStore } from './events/keys.ts'
import { LogEventStore } from './events/log-event-store.ts'
import { MemoryEventStore } from './events/memory-store.ts'
import { PostgresKeys } from './events/postgres-keys.ts'
import { PostgresLog } from './events/postgres-log.ts'
import { openPostgres } from './events/postgres-migrations.ts'
import { SqliteFile } from './events/sqlite-file.ts'
import { SqliteKeys } from './events/sqlite-keys.ts'
import { SqliteLog } from './events/sqlite-log.ts'
import type { EventStore } from './events/store.ts'
import { FOLD_VERSION } from './projection/account.ts'
import type { Checkpoints } from './projection/checkpoints.ts'
import { MemoryCheckpoints, MemorySnapshotTable, MemorySummaryTable } from './projection/memory-tables.ts'
import {
  PostgresCheckpoints,
  PostgresSnapshotTable,
  PostgresSummaryTable,
} from './projection/postgres-tables.ts'
import { Snapshots } from './projection/snapshots.ts'
import { SqliteCheckpoints, SqliteSnapshotTable, SqliteSummaryTable } from './projection/sqlite-tables.ts'
import type { SummaryTable } from './projection/summary-table.ts'

export interface Storage {
  readonly events: EventStore
  /** The same events, as they are stored. */
  readonly log: EventLog
  readonly keys: KeyStore
  readonly snapshots: Snapshots
  readonly summaries: SummaryTable
  readonly checkpoints: Checkpoints
  /** For people: where events are kept, and how durably. */
  readonly description: string
  /** Forgets everything; only the store in memory can. */
  readonly clear?: () => Promise<void>
  close(): Promise<void>
}

export interface StorageOptions {
  /** Whether a store that is not there is made. */
  readonly create: boolean
  /** Told at the points of an append where it matters to be killed. */
  readonly reached?: (point: CommitPoint) => void
}

export type OpenStorage = (name: StoreName, options: StorageOptions) => Promise<Storage>

export const openStorage: OpenStorage = async (name, options) => {
  switch (name.type) {
    case 'memory':
      return memoryStorage()
    case 'sqlite':
      return sqliteStorage(name.path, options)
    case 'postgres':
      return postgresStorage(name.url, options)
  }
}

export const memoryStorage = (events = new MemoryEventStore()): Storage => {
  const { log, keys } = events
  const snapshotTable = new MemorySnapshotTable()
  const summaries = new MemorySummaryTable()
  return {
    events,
    log,
    keys,
    snapshots: new Snapshots(snapshotTable, keys),
    summaries,
    checkpoints: new MemoryCheckpoints(),
    description: 'Events are kept in memory: they are gone when it stops.',
    async clear() {
      events.clear()
      const head = log.head()
      await snapshotTable.clear()
      await summaries.clear(await head, FOLD_VERSION)
      // A projector that was at it has then written its last snapshots of what is no more.
      await nextTurn()
      await snapshotTable.clear()
    },
    close: () => events.close(),
  }
}

const sqliteStorage = async (path: string, { create, reached }: StorageOptions): Promise<Storage> => {
  const file = await SqliteFile.open(path, { create })
  const keys = await SqliteKeys.open(path).catch((error: unknown) => {
    file.close()
    throw error
  })
  const log = new SqliteLog(file, { ...(reached && { reached }) })
  const events = new LogEventStore(log, keys)
  return {
    events,
    log,
    keys,
    snapshots: new Snapshots(new SqliteSnapshotTable(file), keys),
    summaries: new SqliteSummaryTable(file),
    checkpoints: new SqliteCheckpoints(file),
    description: `Events are kept in ${path}: what was answered is on the disk, also when the power fails.`,
    async close() {
      await events.close().finally(() => file.close())
    },
  }
}

const postgresStorage = async (url: string, { create, reached }: StorageOptions): Promise<Storage> => {
  const database = await openPostgres(url, { create })
  const keys = new PostgresKeys(database)
  const log = new PostgresLog(database, { ...(reached && { reached }) })
  const events = new LogEventStore(log, keys)
  return {
    events,
    log,
    keys,
    snapshots: new Snapshots(new PostgresSnapshotTable(database), keys),
    summaries: new PostgresSummaryTable(database),
    checkpoints: new PostgresCheckpoints(database),
    description: `Events are kept in ${database.place}: what was answered is as safe as the database makes it.`,
    async close() {
      await events.close().finally(() => database.close())
    },
  }
}
