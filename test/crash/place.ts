/** Where a run keeps its log: a place of its own, gone when the run was good. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '../support/postgres.ts'

export type StoreType = 'sqlite' | 'postgres'

export interface Place {
  /** As PASSBOOK_STORE has it. */
  readonly store: string
  readonly folder: string
  /** Only a store that is a process of its own can be killed on its own. */
  readonly database: Database | undefined
  readonly close: () => Promise<void>
}

export interface Database {
  readonly kill: () => Promise<void>
  /** Where it was, with what is on its disk. */
  readonly start: () => Promise<void>
}

/** The folder stays; {@link removePlace} is for when nobody wants to look into it. */
export const makePlace = async (type: StoreType): Promise<Place> => {
  const folder = await mkdtemp(join(tmpdir(), 'passbook-crash-'))
  if (type === 'sqlite') {
    const store = `sqlite:${join(folder, 'passbook.db')}`
    return { store, folder, database: undefined, close: async () => {} }
  }
  const database = await startPostgres()
  return { store: database.url, folder, database, close: () => database.stop() }
}

export const removePlace = ({ folder }: Place): Promise<void> => rm(folder, { recursive: true })
