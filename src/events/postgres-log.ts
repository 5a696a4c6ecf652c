/**
 * The log in PostgreSQL, for many servers at once. A group of appends is one statement, which takes a lock before it
 * looks: so positions come to be seen in their order, and who reads on from a position never misses an event.
 */
import { LRUCache } from 'lru-cache'
import postgres from 'postgres'
import { type AppendResult, type EventLog, StoreUnavailableError } from './event-log.ts'
import { GroupCommit } from './group-commit.ts'
import { chain, EMPTY_STREAM, type StreamHead } from './hash-chain.ts'
import type { PostgresDatabase } from './postgres-database.ts'
import { PostgresNews } from './postgres-news.ts'
import { type ExpectedVersion, type FactOptions, PAGE, type ReadOptions } from './store.ts'
import type { Draft, StoredEvent, StoredFact } from './stored-event.ts'

export interface PostgresLogOptions {
  /** For tests, which crash there: a group is about to be sent; it is committed, but nobody was told. */
  readonly reached?: (point: 'before-write' | 'after-commit') => void
  /** How often to look for what nobody told of, while somebody listens. */
  readonly pollMs?: number
}

interface Append {
  readonly stream: string
  readonly drafts: readonly Draft[]
  readonly expected: ExpectedVersion
}

/** To one append. What was `stale` was chained on to a head that was not the stream's; this is. */
type Answer =
  | Exclude<AppendResult, { type: 'conflict' }>
  | { readonly type: 'conflict' | 'stale'; readonly head: StreamHead }
  | { readonly type: 'failed'; readonly error: unknown }

/** How often an append is chained on anew while other servers are always faster. Then it is a conflict. */
const MAX_ROUNDS = 100

const UNIQUE_VIOLATION = '23505'

export class PostgresLog implements EventLog {
  readonly #database: PostgresDatabase
  readonly #reached: (point: 'before-write' | 'after-commit') => void
  readonly #news: PostgresNews
  readonly #appends = new GroupCommit((appends: readonly Append[]) => this.#appendAll(appends), {
    weigh: ({ drafts }) => drafts.length,
  })
  /** Where streams ended when we last heard of them. Other servers may have moved them on. */
  readonly #heads = new LRUCache<string, StreamHead>({ max: 10_000 })
  #isClosed = false

  /** The database stays its owner's: closing the log leaves it open. */
  constructor(database: PostgresDatabase, { reached = () => {}, pollMs = 1_000 }: PostgresLogOptions = {}) {
    this.#database = database
    this.#reached = reached
    this.#news = new PostgresNews(database, pollMs)
  }

  async append(stream: string, drafts: readonly Draft[], expected: ExpectedVersion): Promise<AppendResult> {
    this.#assertOpen()
    const answer = await this.#appends.add({ stream, drafts, expected })
    switch (answer.type) {
      case 'failed':
        throw answer.error
      case 'conflict':
      case 'stale':
        return { type: 'conflict', actual: answer.head.version }
      default:
        return answer
    }
  }

  async restore(events: readonly StoredEvent[]): Promise<void> {
    this.#assertOpen()
    const [first] = events
    if (!first) return
    assertInPlace(events, first.position)
    const [met] = await this.#database.query<{ head: number }>`
      SELECT restore_events(${JSON.stringify(events)}::text::jsonb) AS head`
    assertInPlace(events, (met?.head ?? 0) + 1)
    this.#heads.clear()
    this.#news.tell()
  }

  async read(
    stream: string,
    { from = 1, to = Number.MAX_SAFE_INTEGER, limit = PAGE, direction = 'forward' }: ReadOptions = {},
  ): Promise<readonly StoredEvent[]> {
    return direction === 'forward'
      ? this.#database.query<StoredEvent>`
          SELECT * FROM stored_events WHERE stream = ${stream} AND version BETWEEN ${from}::bigint AND ${to}::bigint
          ORDER BY version LIMIT ${limit}`
      : this.#database.query<StoredEvent>`
          SELECT * FROM stored_events WHERE stream = ${stream} AND version BETWEEN ${from}::bigint AND ${to}::bigint
          ORDER BY version DESC LIMIT ${limit}`
  }

  async facts(
    stream: string,
    { from = 1, to = Number.MAX_SAFE_INTEGER, limit = PAGE }: FactOptions = {},
  ): Promise<readonly StoredFact[]> {
    return this.#database.query<StoredFact>`
      SELECT version, id, type, schema_version AS "schemaVersion", data
      FROM events WHERE stream = ${stream} AND version BETWEEN ${from}::bigint AND ${to}::bigint
      ORDER BY version LIMIT ${limit}`
  }

  async readAll({ after = 0, limit = PAGE } = {}): Promise<readonly StoredEvent[]> {
    return this.#database.query<StoredEvent>`
      SELECT * FROM stored_events WHERE position > ${after} ORDER BY position LIMIT ${limit}`
  }

  async find(ids: readonly string[]): Promise<readonly StoredEvent[]> {
    return this.#database.query<StoredEvent>`
      SELECT * FROM stored_events
      WHERE id IN (SELECT jsonb_array_elements_text(${JSON.stringify(ids)}::text::jsonb)::uuid)`
  }

  async versionAt(stream: string, at: string): Promise<number> {
    const [found] = await this.#database.query<{ version: number }>`
      SELECT version_at(${stream}, ${at}::text::timestamptz) AS version`
    return found?.version ?? 0
  }

  async head(): Promise<number> {
    const [head] = await this.#database.query<{ position: number }>`SELECT position FROM head`
    return head?.position ?? 0
  }

  onNews(listener: () => void): () => void {
    return this.#news.listen(listener)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#appends.idle()
    await this.#news.close()
  }

  /** What turned out to be stale goes again, chained on to the head that there was. */
  async #appendAll(appends: readonly Append[], round = 1): Promise<readonly Answer[]> {
    const answers = await this.#send(appends)
    const stale = appends.filter((_, index) => answers[index]?.type === 'stale')
    if (stale.length === 0 || round === MAX_ROUNDS) return answers
    const later = [...(await this.#appendAll(stale, round + 1))]
    return answers.map((answer) => (answer.type === 'stale' ? (later.shift() ?? answer) : answer))
  }

  /**
   * If the database refuses a group, each append is sent by itself, so that only the one at fault fails; and once more
   * if it met an event that was written without our lock, which the next look will see.
   */
  async #send(appends: readonly Append[], isAgain = false): Promise<readonly Answer[]> {
    try {
      return await this.#ask(appends)
    } catch (error) {
      for (const { stream } of appends) this.#heads.delete(stream)
      const isAlone = appends.length === 1
      const isFinal = isAlone && (isAgain || !isUniqueViolation(error))
      if (isFinal || error instanceof StoreUnavailableError) {
        return appends.map(() => ({ type: 'failed', error }))
      }
      const answers: Answer[] = []
      for (const append of appends) answers.push(...(await this.#send([append], isAlone)))
      return answers
    }
  }

  /** One statement, and one transaction. */
  async #ask(appends: readonly Append[]): Promise<readonly Answer[]> {
    const chained = this.#chain(appends)
    this.#reached('before-write')
    const rows = await this.#database.query<{ answer: Answer }>`
      SELECT append_events(${JSON.stringify(chained)}::text::jsonb) AS answer`
    this.#reached('after-commit')
    const answers = rows.map(({ answer }) => answer)
    for (const [index, { stream, events }] of chained.entries()) {
      const head = headAfter(answers[index], events)
      if (head) this.#heads.set(stream, head)
    }
    if (answers.some(({ type }) => type === 'appended')) this.#news.tell()
    return answers
  }

  /** On to where the streams end as far as we know; what comes for the same stream, one upon the other. */
  #chain(appends: readonly Append[]) {
    const heads = new Map<string, StreamHead>()
    return appends.map(({ stream, drafts, expected }) => {
      const head = heads.get(stream) ?? this.#heads.get(stream) ?? EMPTY_STREAM
      const events = chain(stream, head, drafts)
      heads.set(stream, headOf(events.at(-1) ?? head))
      return { stream, expected, head, events }
    })
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new StoreUnavailableError(`the log in ${this.#database.place} is closed.`)
  }
}

const headOf = ({ version, hash, occurredAt }: StreamHead): StreamHead => ({ version, hash, occurredAt })

/** What an answer says of where the stream ends. */
const headAfter = (answer: Answer | undefined, events: readonly StreamHead[]): StreamHead | undefined => {
  const last = events.at(-1)
  if (answer?.type === 'appended') return last && headOf(last)
  return answer && 'head' in answer ? answer.head : undefined
}

const isUniqueViolation = (error: unknown): boolean =>
  error instanceof postgres.PostgresError && error.code === UNIQUE_VIOLATION

const assertInPlace = (events: readonly StoredEvent[], first: number): void => {
  const index = events.findIndex(({ position }, index) => position !== first + index)
  const event = events[index]
  if (!event) return
  const place = `Event ${event.version} of stream "${event.stream}" has position ${event.position}`
  throw new RangeError(`${place}, but the next in this log is ${first + index}.`)
}
