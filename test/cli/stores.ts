/** The stores that last, which all commands work on alike. */
import Database from 'better-sqlite3'
import { readStoreName } from '../../src/config.ts'
import { openStorage, type Storage } from '../../src/storage.ts'
import { newPath } from './temporary.ts'

export interface DurableStore {
  /** The address of a store that is not there yet. */
  readonly place: () => Promise<string>
  /** Does something to the tables that no command would do. */
  readonly sql: (store: string, statements: string) => Promise<void>
}

export const sqlite: DurableStore = {
  place: async () => `sqlite:${newPath('passbook.db')}`,
  sql: async (store, statements) => {
    const database = new Database(pathOf(store), { fileMustExist: true })
    database.exec(statements)
    database.close()
  },
}

/** The file of a store in SQLite. */
export const pathOf = (store: string): string => store.replace(/^sqlite:/, '')

/** Opens a store for as long as the work takes. */
export const using = async <T>(store: string, work: (storage: Storage) => Promise<T>): Promise<T> => {
  const storage = await openStorage(readStoreName({ store }), { create: true })
  try {
    return await work(storage)
  } finally {
    await storage.close()
  }
}
