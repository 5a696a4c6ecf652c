/** The log in arrays: for the demos, for tests, and for trying Passbook out. It is gone when the process ends. */
import { type AppendResult, type EventLog, isExpected } from './event-log.ts'
import { chain, EMPTY_STREAM } from './hash-chain.ts'
import { type KeyStore, MemoryKeys } from './keys.ts'
import { lastUntil } from './last-until.ts'
import { LogEventStore } from './log-event-store.ts'
import { News } from './news.ts'
import { type ExpectedVersion, type FactOptions, PAGE, type ReadOptions } from './store.ts'
import type { Draft, StoredEvent, StoredFact } from './stored-event.ts'

export class MemoryLog implements EventLog {
  #log: StoredEvent[] = []
  #position = 0
  readonly #streams = new Map<string, StoredEvent[]>()
  readonly #byId = new Map<string, StoredEvent>()
  readonly #news = new News()

  /** Checks first and then writes, without giving up the thread in between: that is what makes it atomic. */
  async append(stream: string, drafts: readonly Draft[], expected: ExpectedVersion): Promise<AppendResult> {
    if (drafts.some(({ id }) => this.#byId.has(id))) return { type: 'known' }
    const head = this.#streams.get(stream)?.at(-1) ?? EMPTY_STREAM
    if (!isExpected(expected, head.version)) return { type: 'conflict', actual: head.version }

    const events = chain(stream, head, drafts)
    for (const event of events) this.#keep({ position: this.#position + 1, ...event })
    this.#news.tell()
    return { type: 'appended', version: head.version + events.length, position: this.#position }
  }

  async restore(events: readonly StoredEvent[]): Promise<void> {
    const ids = new Set<string>()
    const versions = new Map<string, number>()
    for (const [index, { stream, version, position, id }] of events.entries()) {
      const last = versions.get(stream) ?? this.#streams.get(stream)?.at(-1)?.version ?? 0
      const isNew = !ids.has(id) && !this.#byId.has(id)
      if (position !== this.#position + 1 + index || version !== last + 1 || !isNew) {
        throw new RangeError(
          `Event ${version} of stream "${stream}" does not fit into this log at position ${position}.`,
        )
      }
      ids.add(id)
      versions.set(stream, version)
    }
    for (const event of events) this.#keep(event)
    this.#news.tell()
  }

  #keep(event: StoredEvent): void {
    const kept = Object.freeze(event)
    const stream = this.#streams.get(kept.stream) ?? []
    this.#streams.set(kept.stream, stream)
    stream.push(kept)
    this.#log.push(kept)
    this.#byId.set(kept.id, kept)
    this.#position = kept.position
  }

  async read(
    stream: string,
    { from = 1, to = Number.POSITIVE_INFINITY, limit = PAGE, direction = 'forward' }: ReadOptions = {},
  ): Promise<readonly StoredEvent[]> {
    const events = this.#streams.get(stream) ?? []
    const start = Math.max(from - 1, 0)
    const end = Math.max(Math.min(to, events.length), start)
    return direction === 'forward'
      ? events.slice(start, Math.min(end, start + limit))
      : events.slice(Math.max(start, end - limit), end).reverse()
  }

  async facts(stream: string, options?: FactOptions): Promise<readonly StoredFact[]> {
    return this.read(stream, options)
  }

  async readAll({ after = 0, limit = PAGE } = {}): Promise<readonly StoredEvent[]> {
    const start = Math.max(after - (this.#position - this.#log.length), 0)
    return this.#log.slice(start, start + limit)
  }

  async find(ids: readonly string[]): Promise<readonly StoredEvent[]> {
    return ids.flatMap((id) => this.#byId.get(id) ?? [])
  }

  async versionAt(stream: string, at: string): Promise<number> {
    const events = this.#streams.get(stream) ?? []
    return lastUntil(at, events.length, (version) => events[version - 1]?.occurredAt)
  }

  async head(): Promise<number> {
    return this.#position
  }

  onNews(listener: () => void): () => void {
    return this.#news.listen(listener)
  }

  async close(): Promise<void> {}

  /** Forgets every event; positions are not given out again. */
  clear(): void {
    this.#log = []
    this.#streams.clear()
    this.#byId.clear()
    this.#news.tell()
  }
}

/** The whole store in memory. */
export class MemoryEventStore extends LogEventStore {
  readonly log: MemoryLog
  readonly keys: KeyStore

  constructor(log = new MemoryLog(), keys: KeyStore = new MemoryKeys()) {
    super(log, keys)
    this.log = log
    this.keys = keys
  }

  /** Forgets every event, as the demo's Reset does. Only this store can; positions are not given out again. */
  clear(): void {
    this.log.clear()
  }
}
