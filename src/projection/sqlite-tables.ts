/**
 * Snapshots, summaries and checkpoints in the SQLite file that the log is in. The first two can be made anew from the log.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { SqliteFile } from '../events/sqlite-file.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { SnapshotRow, SnapshotTable } from './snapshots.ts'
import {
  type AccountSummary,
  DROPPED_AT_ONCE,
  foldCase,
  type Generation,
  type ListQuery,
  PAGE_OF_ACCOUNTS,
  type Place,
  type Sort,
  type SummaryTable,
  searchText,
  sortKey,
} from './summary-table.ts'

export class SqliteSnapshotTable implements SnapshotTable {
  readonly #file: SqliteFile
  readonly #sql: ReturnType<typeof prepareSnapshots>

  constructor(file: SqliteFile) {
    this.#file = file
    this.#sql = prepareSnapshots(file)
  }

  async nearest(stream: string, foldVersion: number, version: number): Promise<SnapshotRow | undefined> {
    const row = await this.#file.read(() => this.#sql.nearest.get(stream, foldVersion, version))
    return row && { ...row, account: JSON.parse(row.account) }
  }

  async save(rows: readonly SnapshotRow[]): Promise<void> {
    await this.#file.write(() => {
      for (const row of rows) this.#sql.save.run({ ...row, account: JSON.stringify(row.account) })
    })
  }

  async clear(): Promise<void> {
    await this.#file.write(() => this.#sql.clear.run())
  }
}

type SnapshotText = Omit<SnapshotRow, 'account'> & { readonly account: string }

const prepareSnapshots = (file: SqliteFile) => ({
  nearest: file.prepare<[string, number, number], SnapshotText>(
    `SELECT stream, fold_version AS foldVersion, version, account FROM snapshots
    WHERE stream = ? AND fold_version = ? AND version <= ? ORDER BY version DESC LIMIT 1`,
  ),
  save: file.prepare<[SnapshotText], never>(
    `INSERT INTO snapshots (stream, fold_version, version, account)
    VALUES (@stream, @foldVersion, @version, @account)
    ON CONFLICT DO UPDATE SET account = excluded.account`,
  ),
  clear: file.prepare<[], never>('DELETE FROM snapshots'),
})

export class SqliteSummaryTable implements SummaryTable {
  readonly #file: SqliteFile
  readonly #sql: ReturnType<typeof prepareSummaries>

  constructor(file: SqliteFile) {
    this.#file = file
    this.#sql = prepareSummaries(file)
  }

  async active(): Promise<Generation | undefined> {
    return this.#file.read(() => this.#sql.active.get())
  }

  async begin(foldVersion: number): Promise<Generation> {
    const { lastInsertRowid } = await this.#file.write(() => this.#sql.begin.run(foldVersion))
    return { generation: Number(lastInsertRowid), foldVersion, position: 0 }
  }

  async get(generation: number, accounts: readonly string[]): Promise<readonly AccountSummary[]> {
    const rows = await this.#file.read(() => this.#sql.get.all(generation, JSON.stringify(accounts)))
    return rows.map(summaryOf)
  }

  advance(from: Generation, to: number, summaries: readonly AccountSummary[]): Promise<boolean> {
    return this.#file.write(() => {
      if (this.#sql.advance.run({ ...from, to }).changes === 0) return false
      for (const summary of summaries) this.#sql.put.run(rowOf(summary, from.generation))
      return true
    })
  }

  async activate(generation: number): Promise<boolean> {
    const isDone = await this.#file.write(() => {
      if (this.#sql.activate.run(generation).changes === 0) return false
      this.#sql.dropOthers.run(generation)
      return true
    })
    if (isDone) await this.#dropOrphans()
    return isDone
  }

  /** Those of generations that are gone, page by page: there may be many. */
  async #dropOrphans(): Promise<void> {
    const drop = () => this.#file.write(() => this.#sql.dropOrphans.run(DROPPED_AT_ONCE).changes)
    while ((await drop()) > 0) await nextTurn()
  }

  /** SQLite leaves copies of rows that it moves, also with `secure_delete`; a table that is dropped leaves none. */
  async scrub(): Promise<void> {
    await this.#file.write(() => this.#sql.dropAbandoned.run())
    await this.#dropOrphans()
    await this.#file.write(() => {
      const schema = String(this.#sql.schema.get())
      const indexes = this.#sql.indexes.all()
      this.#file.execute(`
        ${schema.replace('account_summaries', 'account_summaries_anew')};
        INSERT INTO account_summaries_anew SELECT * FROM account_summaries;
        DROP TABLE account_summaries;
        ALTER TABLE account_summaries_anew RENAME TO account_summaries;
        ${indexes.join(';')}`)
    })
    await this.#file.emptyWal()
  }

  async list({
    search = '',
    sort = 'account',
    descending = false,
    after,
    limit = PAGE_OF_ACCOUNTS,
  }: ListQuery = {}): Promise<readonly AccountSummary[]> {
    const sql = listing({ search, sort, descending, after })
    const values = { search: foldCase(search), limit, ...after }
    const rows = await this.#file.read(() => this.#file.prepare<[ListValues], SummaryRow>(sql).all(values))
    return rows.map(summaryOf)
  }
}

interface SummaryRow extends Omit<AccountSummary, 'owner' | 'watch'> {
  readonly owner: string | null
  readonly watch: string
}

const summaryOf = ({ owner, watch, ...summary }: SummaryRow): AccountSummary => ({
  ...summary,
  ...(owner !== null && { owner }),
  watch: JSON.parse(watch),
})

const rowOf = (summary: AccountSummary, generation: number) => ({
  ...summary,
  generation,
  owner: summary.owner ?? null,
  watch: JSON.stringify(summary.watch),
  name: sortKey(summary, 'name'),
  search: searchText(summary),
})

const COLUMNS = `account, owner, currency, balance, status, version, transactions,
  last_activity_at AS lastActivityAt, watch`

type ListValues = { readonly search: string; readonly limit: number } & Partial<Place>

interface Listing {
  readonly search: string
  readonly sort: Sort
  readonly descending: boolean
  readonly after: Place | undefined
}

/**
 * Goes along the index of the order asked for, from the place on. Where most are passed over because they are not what is
 * searched for, that takes longer than to look at all as they lie and to sort what is found: `+` says so to SQLite.
 */
const listing = ({ search, sort, descending, after }: Listing): string => {
  const [comparison, direction] = descending ? ['<', 'DESC'] : ['>', 'ASC']
  const column = `${search && '+'}${sort === 'activity' ? 'last_activity_at' : sort}`
  const order = sort === 'account' ? ['account'] : [column, 'account']
  const values = sort === 'account' ? '@account' : '@key, @account'
  const place = after ? `AND (${order.join(', ')}) ${comparison} (${values})` : ''
  return `SELECT ${COLUMNS} FROM account_summaries
    WHERE generation = (SELECT generation FROM projections WHERE is_active = 1)
      AND instr(search, @search) > 0 ${place}
    ORDER BY ${order.map((column) => `${column} ${direction}`).join(', ')} LIMIT @limit`
}

const prepareSummaries = (file: SqliteFile) => ({
  active: file.prepare<[], Generation>(
    'SELECT generation, fold_version AS foldVersion, position FROM projections WHERE is_active = 1',
  ),
  begin: file.prepare<[number], never>(
    'INSERT INTO projections (fold_version, position, is_active) VALUES (?, 0, 0)',
  ),
  get: file.prepare<[number, string], SummaryRow>(
    `SELECT ${COLUMNS} FROM account_summaries
    WHERE generation = ? AND account IN (SELECT value FROM json_each(?))`,
  ),
  advance: file.prepare<[Generation & { readonly to: number }], never>(
    `UPDATE projections SET position = @to
    WHERE generation = @generation AND fold_version = @foldVersion AND position = @position`,
  ),
  put: file.prepare<[ReturnType<typeof rowOf>], never>(
    `INSERT OR REPLACE INTO account_summaries VALUES (@generation, @account, @owner, @currency, @balance, @status,
      @version, @transactions, @lastActivityAt, @watch, @name, @search)`,
  ),
  activate: file.prepare<[number], never>('UPDATE projections SET is_active = 1 WHERE generation = ?'),
  dropOthers: file.prepare<[number], never>('DELETE FROM projections WHERE generation <> ?'),
  dropAbandoned: file.prepare<[], never>('DELETE FROM projections WHERE is_active = 0'),
  dropOrphans: file.prepare<[number], never>(
    `DELETE FROM account_summaries WHERE (generation, account) IN (
      SELECT generation, account FROM account_summaries
      WHERE generation NOT IN (SELECT generation FROM projections) LIMIT ?
    )`,
  ),
  schema: file.prepare<[], string>("SELECT sql FROM sqlite_schema WHERE name = 'account_summaries'").pluck(),
  indexes: file
    .prepare<[], string>(
      "SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'account_summaries' AND sql IS NOT NULL",
    )
    .pluck(),
})

export class SqliteCheckpoints implements Checkpoints {
  readonly #file: SqliteFile
  readonly #sql: ReturnType<typeof prepareCheckpoints>

  constructor(file: SqliteFile) {
    this.#file = file
    this.#sql = prepareCheckpoints(file)
  }

  async get(name: string): Promise<number> {
    return this.#file.read(() => this.#sql.get.get(name) ?? 0)
  }

  async advance(name: string, position: number): Promise<void> {
    await this.#file.write(() => this.#sql.advance.run(name, position))
  }
}

const prepareCheckpoints = (file: SqliteFile) => ({
  get: file.prepare<[string], number>('SELECT position FROM checkpoints WHERE name = ?').pluck(),
  advance: file.prepare<[string, number], never>(
    `INSERT INTO checkpoints (name, position) VALUES (?, ?)
    ON CONFLICT DO UPDATE SET position = excluded.position WHERE excluded.position > checkpoints.position`,
  ),
})
