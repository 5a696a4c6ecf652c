/** The log in a SQLite file. The appends of many streams are committed together, and each is told when that is durable. */
import {
  type AppendResult,
  type CommitPoint,
  DamagedEventError,
  type EventLog,
  isExpected,
  StoreUnavailableError,
} from './event-log.ts'
import { GroupCommit } from './group-commit.ts'
import { chain, EMPTY_STREAM, type StreamHead } from './hash-chain.ts'
import { lastUntil } from './last-until.ts'
import { News } from './news.ts'
import type { SqliteFile } from './sqlite-file.ts'
import { type ExpectedVersion, type FactOptions, PAGE, type ReadOptions } from './store.ts'
import type { Draft, StoredEvent, StoredFact } from './stored-event.ts'

interface Append {
  readonly stream: string
  readonly drafts: readonly Draft[]
  readonly expected: ExpectedVersion
}

export class SqliteLog implements EventLog {
  readonly #file: SqliteFile
  readonly #sql: ReturnType<typeof prepare>
  readonly #reached: (point: CommitPoint) => void
  readonly #appends: GroupCommit<Append, AppendResult>
  /** What other processes append is noticed by looking, as long as somebody listens. */
  readonly #news: News
  #dataVersion: number | undefined
  #isClosed = false

  /** The file stays its owner's: closing the log leaves it open. `reached` is for tests, which fail or crash there. */
  constructor(file: SqliteFile, { reached = (_point: CommitPoint): void => {}, pollMs = 100 } = {}) {
    this.#file = file
    this.#sql = prepare(file)
    this.#reached = reached
    this.#news = new News(() => this.#startLooking(pollMs))
    this.#appends = new GroupCommit((appends) => this.#commit(appends), {
      weigh: ({ drafts }) => drafts.length,
    })
  }

  async append(stream: string, drafts: readonly Draft[], expected: ExpectedVersion): Promise<AppendResult> {
    this.#assertOpen()
    return this.#appends.add({ stream, drafts, expected })
  }

  async restore(events: readonly StoredEvent[]): Promise<void> {
    this.#assertOpen()
    await this.#file.write(() => {
      let position = this.#position()
      for (const event of events) {
        position += 1
        if (event.position !== position) throw new RangeError(outOfPlace(event, position))
        this.#insert(event)
      }
      this.#sql.setHead.run(position)
    })
    this.#news.tell()
  }

  async read(
    stream: string,
    { from = 1, to = Number.MAX_SAFE_INTEGER, limit = PAGE, direction = 'forward' }: ReadOptions = {},
  ): Promise<readonly StoredEvent[]> {
    return this.#page(() => this.#sql[direction].all(stream, from, to, limit))
  }

  async facts(
    stream: string,
    { from = 1, to = Number.MAX_SAFE_INTEGER, limit = PAGE }: FactOptions = {},
  ): Promise<readonly StoredFact[]> {
    try {
      return factsIn(await this.#file.read(() => this.#sql.facts.get(stream, from, to, limit) ?? '[]'))
    } catch (error) {
      if (!(error instanceof Error && error.message === 'malformed JSON')) throw error
      // To read them one by one tells which it is.
      return this.read(stream, { from, to, limit })
    }
  }

  async readAll({ after = 0, limit = PAGE } = {}): Promise<readonly StoredEvent[]> {
    return this.#page(() => this.#sql.after.all(after, limit))
  }

  async find(ids: readonly string[]): Promise<readonly StoredEvent[]> {
    return this.#page(() => this.#sql.find.all(JSON.stringify(ids)))
  }

  async versionAt(stream: string, at: string): Promise<number> {
    return this.#file.read(() => {
      const last = this.#sql.streamHead.get(stream)?.version ?? 0
      return lastUntil(at, last, (version) => this.#sql.occurredAt.get(stream, version))
    })
  }

  async head(): Promise<number> {
    return this.#file.read(() => this.#position())
  }

  onNews(listener: () => void): () => void {
    return this.#news.listen(listener)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#news.sleep()
    await this.#appends.idle()
  }

  async #commit(appends: readonly Append[]): Promise<readonly AppendResult[]> {
    this.#reached('before-write')
    const results = await this.#file.write(() => {
      const results = this.#appendAll(appends)
      this.#reached('before-commit')
      return results
    })
    this.#reached('after-commit')
    if (results.some(({ type }) => type === 'appended')) this.#news.tell()
    return results
  }

  /** Each append sees those before it, and one that is refused writes nothing. */
  #appendAll(appends: readonly Append[]): AppendResult[] {
    const start = this.#position()
    let position = start
    const results = appends.map(({ stream, drafts, expected }): AppendResult => {
      if (drafts.some(({ id }) => this.#sql.isKnown.get(id) !== undefined)) return { type: 'known' }
      const head = this.#sql.streamHead.get(stream) ?? EMPTY_STREAM
      if (!isExpected(expected, head.version)) return { type: 'conflict', actual: head.version }
      for (const event of chain(stream, head, drafts)) this.#insert({ position: ++position, ...event })
      return { type: 'appended', version: head.version + drafts.length, position }
    })
    if (position > start) this.#sql.setHead.run(position)
    return results
  }

  #insert(event: StoredEvent): void {
    this.#sql.insert.run(
      event.position,
      event.stream,
      event.version,
      event.id,
      event.type,
      event.schemaVersion,
      JSON.stringify(event.data),
      JSON.stringify(event.metadata),
      event.occurredAt,
      event.hash,
    )
  }

  #position(): number {
    return this.#sql.head.get() ?? 0
  }

  async #page(rows: () => Row[]): Promise<readonly StoredEvent[]> {
    return (await this.#file.read(rows)).map(storedEvent)
  }

  /** The first look has nothing to compare with, and tells: between reading and listening something may have come. */
  #look(): void {
    try {
      const seen = this.#dataVersion
      this.#dataVersion = this.#sql.dataVersion.get()
      if (this.#dataVersion !== seen) this.#news.tell()
    } catch {
      this.#dataVersion = undefined
    }
  }

  #startLooking(everyMs: number): () => void {
    this.#dataVersion = undefined
    const poll = setInterval(() => this.#look(), everyMs).unref()
    return () => clearInterval(poll)
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new StoreUnavailableError(`the log in ${this.#file.path} is closed.`)
  }
}

type Row = Omit<StoredEvent, 'data' | 'metadata'> & { readonly data: string; readonly metadata: string }

const storedEvent = (row: Row): StoredEvent => {
  try {
    return { ...row, data: JSON.parse(row.data), metadata: JSON.parse(row.metadata) }
  } catch (cause) {
    const place = `Event ${row.version} of stream "${row.stream}"`
    throw new DamagedEventError(`${place} is not what was written there.`, { cause })
  }
}

type FactRow = readonly [
  version: number,
  id: string,
  type: string,
  schemaVersion: number,
  data: StoredFact['data'],
]

/** From one text of JSON for a whole page: that is parsed much faster than many short ones. */
const factsIn = (page: string): StoredFact[] => {
  const rows: readonly FactRow[] = JSON.parse(page)
  return rows.map(([version, id, type, schemaVersion, data]) => ({ version, id, type, schemaVersion, data }))
}

const outOfPlace = ({ stream, version, position }: StoredEvent, expected: number): string =>
  `Event ${version} of stream "${stream}" has position ${position}, but the next in this log is ${expected}.`

const COLUMNS = `position, stream, version, id, type, schema_version AS schemaVersion, data, metadata,
  occurred_at AS occurredAt, hash`

const prepare = (file: SqliteFile) => ({
  head: file.prepare<[], number>('SELECT position FROM head').pluck(),
  setHead: file.prepare<[number], never>('UPDATE head SET position = ?'),
  isKnown: file.prepare<[string], unknown>('SELECT 1 FROM events WHERE id = ?'),
  streamHead: file.prepare<[string], StreamHead>(
    `SELECT version, hash, occurred_at AS occurredAt FROM events WHERE stream = ? ORDER BY version DESC LIMIT 1`,
  ),
  insert: file.prepare<(string | number)[], never>(
    `INSERT INTO events
      (position, stream, version, id, type, schema_version, data, metadata, occurred_at, hash)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ),
  forward: file.prepare<[string, number, number, number], Row>(
    `SELECT ${COLUMNS} FROM events WHERE stream = ? AND version BETWEEN ? AND ? ORDER BY version LIMIT ?`,
  ),
  backward: file.prepare<[string, number, number, number], Row>(
    `SELECT ${COLUMNS} FROM events WHERE stream = ? AND version BETWEEN ? AND ? ORDER BY version DESC LIMIT ?`,
  ),
  facts: file
    .prepare<[string, number, number, number], string>(
      `SELECT json_group_array(json_array(version, id, type, schema_version, json(data))) FROM (
        SELECT version, id, type, schema_version, data
        FROM events WHERE stream = ? AND version BETWEEN ? AND ? ORDER BY version LIMIT ?
      )`,
    )
    .pluck(),
  after: file.prepare<[number, number], Row>(
    `SELECT ${COLUMNS} FROM events WHERE position > ? ORDER BY position LIMIT ?`,
  ),
  find: file.prepare<[string], Row>(
    `SELECT ${COLUMNS} FROM events WHERE id IN (SELECT value FROM json_each(?))`,
  ),
  occurredAt: file
    .prepare<[string, number], string>('SELECT occurred_at FROM events WHERE stream = ? AND version = ?')
    .pluck(),
  dataVersion: file.prepare<[], number>('PRAGMA data_version').pluck(),
})
