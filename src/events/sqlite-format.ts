/** What a SQLite file has to be before anything is done with it: one of ours, not too new, up to date, and safe. */
import { readdirSync, readFileSync } from 'node:fs'
import Database from 'better-sqlite3'

/** What a file is for, and how it is kept. */
export interface SqliteFormat {
  readonly name: string
  /** Stands in the file's header, so that no other database is taken for one of these. */
  readonly applicationId: number
  /** The folder of the numbered migrations. */
  readonly migrations: URL
  /** Pragmas that are set on every open, and that have to read the same whenever something is written. */
  readonly settings: Readonly<Record<string, string | number>>
  /** Pragmas that only make it faster. */
  readonly tuning: Readonly<Record<string, number>>
  /** The permissions of a new file. */
  readonly mode: number
}

/**
 * `synchronous` is FULL: with NORMAL, SQLite may lose its last commits when the power fails. This build of SQLite falls
 * back to NORMAL in WAL mode, silently and with the first transaction, on each connection that was not told FULL.
 */
export const LOG_FORMAT: SqliteFormat = {
  name: 'log',
  applicationId: 0x50617373,
  migrations: new URL('./sql/sqlite/', import.meta.url),
  settings: { journal_mode: 'wal', synchronous: 2, secure_delete: 1 },
  // The ids of events are in no order, so that each is written to another page: 32 MB of these are kept at hand, and
  // written back only every 4,000, which takes some 30 ms.
  tuning: { cache_size: -32_000, wal_autocheckpoint: 4_000 },
  mode: 0o600,
}

/** `synchronous` is EXTRA: what is destroyed does not come back from the rollback journal when the power fails. */
export const KEYS_FORMAT: SqliteFormat = {
  name: 'file of keys',
  applicationId: 0x506b6579,
  migrations: new URL('./sql/sqlite-keys/', import.meta.url),
  settings: { journal_mode: 'delete', synchronous: 3, secure_delete: 1 },
  tuning: {},
  mode: 0o600,
}

/** A file that cannot be used for what it was to be used for, in one line for people. */
export class SqliteFileError extends Error {
  override readonly name = 'SqliteFileError'
  constructor(
    readonly path: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(problem, options)
  }
}

export interface Migration {
  readonly version: number
  readonly sql: string
}

/** The migrations that have not run in this file; all of them for an empty one, if it may be `create`d. Only reads. */
export const dueMigrations = (
  database: Database.Database,
  { name, applicationId, migrations }: SqliteFormat,
  create: boolean,
): Migration[] => {
  const path = database.name
  const all = migrationsIn(migrations)
  const newest = all.at(-1)?.version ?? 0
  const { id, version, isEmpty } = headerOf(database)
  if (isEmpty && !create) throw noSuchFile(path, name)
  if (!isEmpty && id !== applicationId) {
    throw new SqliteFileError(
      path,
      `${path} is not a Passbook ${name}. It was left as it is; choose another path.`,
    )
  }
  if (version > newest) {
    const versions = `format ${version}, and this one knows ${newest}`
    throw new SqliteFileError(
      path,
      `${path} was written by a newer Passbook (${versions}). It was left as it is; run the newer one.`,
    )
  }
  return all.filter((migration) => migration.version > version)
}

/** For the inside of a transaction, so that all of it happens, or nothing. */
export const migrate = (
  database: Database.Database,
  migrations: readonly Migration[],
  { applicationId }: SqliteFormat,
): void => {
  database.pragma(`application_id = ${applicationId}`)
  for (const { version, sql } of migrations) {
    database.exec(sql)
    database.pragma(`user_version = ${version}`)
  }
}

export const applySettings = (database: Database.Database, { settings, tuning }: SqliteFormat): void => {
  for (const [pragma, value] of Object.entries({ ...settings, ...tuning })) {
    database.pragma(`${pragma} = ${value}`)
  }
}

/** Throws a {@link SqliteFileError} on a connection on which what is written might be lost. */
export const assertSettings = (database: Database.Database, { settings }: SqliteFormat): void => {
  for (const [pragma, value] of Object.entries(settings)) {
    const actual = database.pragma(pragma, { simple: true })
    if (actual === value) continue
    const problem = `${database.name} would not survive a power failure: ${pragma} is "${actual}" and not "${value}".`
    throw new SqliteFileError(database.name, `${problem} Keep it on a local disk.`)
  }
}

export const noSuchFile = (path: string, name: string): SqliteFileError =>
  new SqliteFileError(
    path,
    `There is no ${name} at ${path}. Check the path, or start Passbook there to make one.`,
  )

/** What the file says that it is. What is no database at all has no id. */
const headerOf = (database: Database.Database) => {
  try {
    const id = database.pragma('application_id', { simple: true })
    const version = Number(database.pragma('user_version', { simple: true }))
    const hasTables = database.prepare('SELECT 1 FROM sqlite_schema').get() !== undefined
    return { id, version, isEmpty: id === 0 && version === 0 && !hasTables }
  } catch (error) {
    if (!(error instanceof Database.SqliteError && error.code === 'SQLITE_NOTADB')) throw error
    return { id: undefined, version: 0, isEmpty: false }
  }
}

const migrationsIn = (folder: URL): Migration[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => ({ version: Number.parseInt(name, 10), sql: readFileSync(new URL(name, folder), 'utf8') }))
