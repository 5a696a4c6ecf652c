import postgres from 'postgres'
import { describe } from 'vitest'
import { freshDatabase } from '../support/postgres.ts'
import { carrying } from './carrying.ts'
import { commandsOn } from './commands.ts'
import { type DurableStore, sqlite } from './stores.ts'

const postgresql: DurableStore = {
  place: freshDatabase,
  sql: async (store, statements) => {
    const connection = postgres(store, { max: 1, onnotice: () => {} })
    await connection.unsafe(statements)
    await connection.end()
  },
}

commandsOn('PostgreSQL', postgresql)

describe('a log that goes from PostgreSQL to SQLite, and back', () => carrying(postgresql, sqlite))

describe('a log that goes from SQLite to PostgreSQL, and back', () => carrying(sqlite, postgresql))
