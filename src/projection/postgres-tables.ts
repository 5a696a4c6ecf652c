/**
 * Snapshots, summaries and checkpoints in the PostgreSQL database that the log is in. The first two can be made anew
 * from the log.
 */
import type { PostgresDatabase } from '../events/postgres-database.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { SnapshotRow, SnapshotTable } from './snapshots.ts'
import {
  type AccountSummary,
  DROPPED_AT_ONCE,
  foldCase,
  type Generation,
  type ListQuery,
  PAGE_OF_ACCOUNTS,
  type SummaryTable,
  searchText,
  sortKey,
} from './summary-table.ts'

export class PostgresSnapshotTable implements SnapshotTable {
  readonly #database: PostgresDatabase

  constructor(database: PostgresDatabase) {
    this.#database = database
  }

  async nearest(stream: string, foldVersion: number, version: number): Promise<SnapshotRow | undefined> {
    const [row] = await this.#database.query<SnapshotRow>`
      SELECT stream, fold_version AS "foldVersion", version, account FROM snapshots
      WHERE stream = ${stream} AND fold_version = ${foldVersion} AND version <= ${version}::bigint
      ORDER BY version DESC LIMIT 1`
    return row
  }

  async save(rows: readonly SnapshotRow[]): Promise<void> {
    await this.#database.query`
      INSERT INTO snapshots (stream, fold_version, version, account)
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
        AS row (stream text, "foldVersion" integer, version integer, account jsonb)
      ON CONFLICT (stream, fold_version, version) DO UPDATE SET account = excluded.account`
  }

  async clear(): Promise<void> {
    await this.#database.query`DELETE FROM snapshots`
  }
}

export class PostgresSummaryTable implements SummaryTable {
  readonly #database: PostgresDatabase

  constructor(database: PostgresDatabase) {
    this.#database = database
  }

  async active(): Promise<Generation | undefined> {
    const [active] = await this.#database.query<Generation>`
      SELECT generation, fold_version AS "foldVersion", position FROM projections WHERE is_active`
    return active
  }

  async begin(foldVersion: number): Promise<Generation> {
    const [begun] = await this.#database.query<Generation>`
      INSERT INTO projections (fold_version) VALUES (${foldVersion})
      RETURNING generation, fold_version AS "foldVersion", position`
    if (!begun) throw new Error('The database did not say which generation of summaries it began.')
    return begun
  }

  async get(generation: number, accounts: readonly string[]): Promise<readonly AccountSummary[]> {
    const rows = await this.#database.query<Row>`
      SELECT * FROM summaries WHERE generation = ${generation}
        AND account IN (SELECT jsonb_array_elements_text(${JSON.stringify(accounts)}::text::jsonb))`
    return rows.map(summaryOf)
  }

  async advance(from: Generation, to: number, summaries: readonly AccountSummary[]): Promise<boolean> {
    const rows = summaries.map((summary) => ({
      ...summary,
      name: sortKey(summary, 'name'),
      search: searchText(summary),
    }))
    const moved = await this.#database.query`
      WITH moved AS (
        UPDATE projections SET position = ${to}
        WHERE generation = ${from.generation} AND fold_version = ${from.foldVersion} AND position = ${from.position}
        RETURNING generation
      ), written AS (
        INSERT INTO account_summaries
        SELECT moved.generation, row.*
        FROM moved, jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) AS row (
          account text, owner text, currency text, balance bigint, status text, version integer,
          transactions integer, "lastActivityAt" text, watch jsonb, name text, search text
        )
        ON CONFLICT (generation, account) DO UPDATE SET
          owner = excluded.owner, currency = excluded.currency, balance = excluded.balance,
          status = excluded.status, version = excluded.version, transactions = excluded.transactions,
          last_activity_at = excluded.last_activity_at, watch = excluded.watch, name = excluded.name,
          search = excluded.search
      )
      SELECT generation FROM moved`
    return moved.length > 0
  }

  async activate(generation: number): Promise<boolean> {
    const [result] = await this.#database.query<{ done: boolean }>`
      SELECT activate_generation(${generation}) AS done`
    if (result?.done !== true) return false
    await this.#dropOrphans()
    return true
  }

  /** Those of generations that are gone, page by page: there may be many. */
  async #dropOrphans(): Promise<void> {
    for (;;) {
      const dropped = await this.#database.query`
        DELETE FROM account_summaries WHERE ctid IN (
          SELECT ctid FROM account_summaries
          WHERE generation NOT IN (SELECT generation FROM projections) LIMIT ${DROPPED_AT_ONCE}
        ) RETURNING 1`
      if (dropped.length === 0) return
    }
  }

  /** Generations that nobody reads, or will ever read if nobody is making them. */
  async #dropAbandoned(): Promise<void> {
    await this.#database.query`DELETE FROM projections WHERE NOT is_active`
    await this.#dropOrphans()
  }

  /** The write-ahead log and the database's backups keep what they hold for their time. */
  async scrub(): Promise<void> {
    await this.#dropAbandoned()
    await this.#database.vacuum('account_summaries')
  }

  async list({
    search = '',
    sort = 'account',
    descending = false,
    after,
    limit = PAGE_OF_ACCOUNTS,
  }: ListQuery = {}): Promise<readonly AccountSummary[]> {
    const query = { search: foldCase(search), sort, descending, after, limit }
    const rows = await this.#database.query<Row>`
      SELECT * FROM list_summaries(${JSON.stringify(query, storable)}::text::jsonb)`
    return rows.map(summaryOf)
  }
}

/** PostgreSQL cannot even be asked for U+0000 or half of a surrogate pair. No name has those, nor has one U+0001. */
const storable = (_key: string, value: unknown): unknown =>
  typeof value === 'string' ? value.replaceAll('\0', '\u0001').toWellFormed() : value

interface Row extends Omit<AccountSummary, 'owner'> {
  readonly owner: string | null
}

/** Column by column: a row has one that is for the database alone. */
const summaryOf = (row: Row): AccountSummary => {
  const { account, owner, currency, balance, status, version, transactions, lastActivityAt, watch } = row
  return {
    account,
    currency,
    balance,
    status,
    version,
    transactions,
    lastActivityAt,
    watch,
    ...(owner !== null && { owner }),
  }
}

export class PostgresCheckpoints implements Checkpoints {
  readonly #database: PostgresDatabase

  constructor(database: PostgresDatabase) {
    this.#database = database
  }

  async get(name: string): Promise<number> {
    const [row] = await this.#database.query<{ position: number }>`
      SELECT position FROM checkpoints WHERE name = ${name}`
    return row?.position ?? 0
  }

  async advance(name: string, position: number): Promise<void> {
    await this.#database.query`
      INSERT INTO checkpoints AS kept (name, position) VALUES (${name}, ${position})
      ON CONFLICT (name) DO UPDATE SET position = excluded.position WHERE excluded.position > kept.position`
  }
}
