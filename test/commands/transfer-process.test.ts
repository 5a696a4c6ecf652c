import { afterAll, beforeAll } from 'vitest'
import type { PostgresDatabase } from '../../src/events/postgres-database.ts'
import { openPostgres } from '../../src/events/postgres-migrations.ts'
import { memoryStorage, openStorage } from '../../src/storage.ts'
import { freshDatabase } from '../support/postgres.ts'
import { temporaryPath } from '../support/sqlite.ts'
import { transferProcess } from './transfer-process.ts'

transferProcess(
  'memory',
  async () => {
    const storage = memoryStorage()
    return async () => storage
  },
  60,
)
transferProcess(
  'SQLite',
  async () => {
    const path = temporaryPath()
    return () => openStorage({ type: 'sqlite', path }, { create: true })
  },
  8,
)

let url: string
let database: PostgresDatabase

beforeAll(async () => {
  url = await freshDatabase()
  database = await openPostgres(url)
})

afterAll(() => database.close())

/** One database for all: to empty it is faster than to make another. */
const emptied = async () => {
  await database.runPatiently(`
    DELETE FROM events; DELETE FROM keys; DELETE FROM checkpoints; UPDATE head SET position = 0`)
  return () => openStorage({ type: 'postgres', url }, { create: true })
}

transferProcess('PostgreSQL', emptied, 4)
