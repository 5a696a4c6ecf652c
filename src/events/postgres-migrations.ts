/** The tables in a PostgreSQL database: made if they are not there, and brought up to date. */
import { readdir, readFile } from 'node:fs/promises'
import postgres from 'postgres'
import { PostgresDatabase, type PostgresOptions } from './postgres-database.ts'

/** A database that cannot be used for what it was to be used for, in one line for people. */
export class PostgresDatabaseError extends Error {
  override readonly name = 'PostgresDatabaseError'
}

export interface OpenPostgresOptions extends PostgresOptions {
  /** Makes the tables if there are none. */
  readonly create?: boolean
}

/**
 * Connects, and brings the tables up to date; several servers may do so at once. They are made in the first schema of
 * the search path.
 *
 * @throws StoreUnavailableError if the database cannot be reached
 * @throws PostgresDatabaseError if it is not what it should be; it is left as it is, then
 */
export const openPostgres = async (
  url: string,
  { create = true, ...options }: OpenPostgresOptions = {},
): Promise<PostgresDatabase> => {
  const database = new PostgresDatabase(url, options)
  try {
    await migrate(database, create)
    return database
  } catch (error) {
    await database.close()
    if (!(error instanceof postgres.PostgresError)) throw error
    const problem = `The tables in ${database.place} cannot be made: ${error.message}.`
    throw new PostgresDatabaseError(problem, { cause: error })
  }
}

const FOLDER = new URL('./sql/postgres/', import.meta.url)

/** The lock under which events are appended. It goes with the transaction. */
const LOCK = `SELECT pg_advisory_xact_lock(x'70617373626f6f6b'::bigint);`

const migrate = async (database: PostgresDatabase, create: boolean): Promise<void> => {
  const names = (await readdir(FOLDER)).filter((name) => /^\d{6}\.sql$/.test(name)).sort()
  const version = await versionOf(database)
  if (version === 0 && !create) {
    throw new PostgresDatabaseError(
      `There is no log in ${database.place}. Check the address, or start Passbook there to make one.`,
    )
  }
  if (version > names.length) {
    const versions = `tables of version ${version}, and this one knows ${names.length}`
    throw new PostgresDatabaseError(
      `A newer Passbook made ${database.place} (${versions}). Run the newer one.`,
    )
  }
  if (version === 0) {
    await database.runPatiently(
      `${LOCK} CREATE TABLE IF NOT EXISTS migrations (
        version integer PRIMARY KEY,
        applied_at timestamptz NOT NULL DEFAULT now()
      )`,
    )
  }
  for (const name of names.slice(version)) {
    const script = await readFile(new URL(name, FOLDER), 'utf8')
    await apply(database, Number.parseInt(name, 10), script)
  }
}

const versionOf = async (database: PostgresDatabase): Promise<number> => {
  const [table] = await database.query<{ isThere: boolean }>`
    SELECT to_regclass(quote_ident(current_schema()) || '.migrations') IS NOT NULL AS "isThere"`
  if (!table?.isThere) return 0
  const [last] = await database.query<{ version: number | null }>`
    SELECT max(version) AS version FROM migrations`
  return last?.version ?? 0
}

/** In a transaction of its own. Does nothing if another server was faster. */
const apply = async (database: PostgresDatabase, version: number, script: string): Promise<void> => {
  try {
    await database.runPatiently(`${LOCK} INSERT INTO migrations (version) VALUES (${version}); ${script}`)
  } catch (error) {
    const isApplied = error instanceof postgres.PostgresError && error.constraint_name === 'migrations_pkey'
    if (!isApplied) throw error
  }
}
