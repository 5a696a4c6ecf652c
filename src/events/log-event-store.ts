/**
 * The event store on any log: what goes in is checked and sealed, what comes out is opened and read in today's shape.
 * Everything that could differ between two logs and must not is here.
 */
import {
  type AccountEvent,
  assertStreamName,
  checked,
  type Fact,
  type NewEvent,
  PERSONAL_FIELDS,
  type RecordedEvent,
  SCHEMA_VERSIONS,
} from './event.ts'
import type { EventLog } from './event-log.ts'
import { type Follower, follow } from './follow.ts'
import type { Key, KeyStore } from './keys.ts'
import { keysOf, sealFields, unsealFields } from './sealing.ts'
import {
  type Appended,
  ConcurrencyError,
  type EventStore,
  type ExpectedVersion,
  type FactOptions,
  IdempotencyConflictError,
  type OnEvents,
  PAGE,
  type ReadOptions,
  repetitionOf,
  type Subscription,
} from './store.ts'
import type { Draft, StoredEvent, StoredFact } from './stored-event.ts'
import { upcast } from './upcasters.ts'

export class LogEventStore implements EventStore {
  readonly #log: EventLog
  readonly #keys: KeyStore
  readonly #followers = new Set<Follower>()
  /** What followers read last. They are mostly at the same place, and then read it once. No news since. */
  #page: { readonly after: number; readonly events: Promise<readonly RecordedEvent[]> } | undefined

  constructor(log: EventLog, keys: KeyStore) {
    this.#log = log
    this.#keys = keys
  }

  async append(
    stream: string,
    events: readonly NewEvent[],
    { expected }: { expected: ExpectedVersion },
  ): Promise<Appended> {
    if (events.length === 0) throw new RangeError('append needs at least one event')
    assertStreamName(stream)
    const facts = events.map(checked)
    const ids = facts.map(({ id }) => id)
    if (new Set(ids).size < ids.length) {
      const twin = ids.find((id, index) => ids.indexOf(id) !== index)
      throw new IdempotencyConflictError(stream, String(twin))
    }

    const result = await this.#log.append(stream, await this.#seal(stream, facts), expected)
    switch (result.type) {
      case 'appended':
        return { version: result.version, position: result.position, repeated: false }
      case 'conflict':
        throw new ConcurrencyError(stream, expected, result.actual)
      case 'known':
        return repetitionOf(stream, facts, await this.find(ids))
    }
  }

  async read(stream: string, options?: ReadOptions): Promise<readonly RecordedEvent[]> {
    return this.#open(await this.#log.read(stream, options))
  }

  async facts(stream: string, options?: FactOptions): Promise<readonly Fact[]> {
    const stored = await this.#log.facts(stream, options)
    const keys = await this.#keysFor(stored.filter(isOpening))
    return stored.map((fact) => ({
      version: fact.version,
      ...factIn(stream, fact, isOpening(fact) ? keys : NO_KEYS),
    }))
  }

  async readAll(options?: { after?: number; limit?: number }): Promise<readonly RecordedEvent[]> {
    return this.#open(await this.#log.readAll(options))
  }

  async find(ids: readonly string[]): Promise<ReadonlyMap<string, RecordedEvent>> {
    const found = await this.#open(await this.#log.find(ids))
    return new Map(found.map((event) => [event.id, event]))
  }

  versionAt(stream: string, at: string): Promise<number> {
    return this.#log.versionAt(stream, at)
  }

  head(): Promise<number> {
    return this.#log.head()
  }

  subscribe(
    { after }: { after: number },
    onEvents: OnEvents,
    onError: (error: unknown) => void,
  ): Subscription {
    // Nobody may have been listening to the news since it was read.
    this.#page = undefined
    const follower = follow({ readAll: (options) => this.#readOnce(options) }, { after }, onEvents, onError)
    const stopListening = this.#log.onNews(() => {
      this.#page = undefined
      follower.wake()
    })
    this.#followers.add(follower)
    return {
      stop: () => {
        stopListening()
        this.#followers.delete(follower)
        return follower.stop()
      },
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#followers].map((follower) => follower.stop()))
    this.#followers.clear()
    await this.#log.close()
    await this.#keys.close()
  }

  #readOnce({ after = 0, limit = PAGE } = {}): Promise<readonly RecordedEvent[]> {
    if (this.#page?.after === after) return this.#page.events
    const events = this.readAll({ after, limit })
    const page = { after, events }
    this.#page = page
    events.catch(() => {
      if (this.#page === page) this.#page = undefined
    })
    return events
  }

  async #seal(stream: string, events: readonly NewEvent[]): Promise<Draft[]> {
    const isPersonal = events.some(({ type, data }) => PERSONAL_FIELDS[type].some((name) => name in data))
    const key = isPersonal ? await this.#keys.keyFor(stream) : undefined
    return events.map(({ type, data, id, metadata, occurredAt }) => ({
      id,
      type,
      schemaVersion: SCHEMA_VERSIONS[type],
      data: key ? sealFields(data, PERSONAL_FIELDS[type], key, placeOf(stream, id)) : data,
      metadata,
      occurredAt,
    }))
  }

  async #open(stored: readonly StoredEvent[]): Promise<readonly RecordedEvent[]> {
    const keys = await this.#keysFor(stored)
    return stored.map((event) => opened(event, keys))
  }

  async #keysFor(stored: readonly StoredFact[]): Promise<ReadonlyMap<string, Key>> {
    const ids = new Set<string>()
    for (const { data } of stored) for (const id of keysOf(data)) ids.add(id)
    return ids.size > 0 ? this.#keys.find([...ids]) : NO_KEYS
  }
}

const NO_KEYS: ReadonlyMap<string, Key> = new Map()

/** Also in the shapes of the past, which were called `AccountOpened` and `Opened`. */
const isOpening = ({ type }: StoredFact): boolean => type.endsWith('pened')

/** Where a sealed text belongs, and opens. */
const placeOf = (stream: string, id: string): string => `${stream}/${id}`

/** A stored event in today's shape, with as much of its text as these keys open. */
export const opened = (stored: StoredEvent, keys: ReadonlyMap<string, Key>): RecordedEvent => {
  const { position, stream, version, id, occurredAt, hash } = stored
  const { type, data } = factIn(stream, stored, keys)
  return Object.freeze({
    type,
    data: Object.freeze(data),
    id,
    metadata: Object.freeze(stored.metadata),
    occurredAt,
    stream,
    version,
    position,
    schemaVersion: SCHEMA_VERSIONS[type],
    hash,
  }) as RecordedEvent
}

const factIn = (stream: string, stored: StoredFact, keys: ReadonlyMap<string, Key>): AccountEvent => {
  const { type, schemaVersion, version, id } = stored
  const data = unsealFields(stored.data, keys, placeOf(stream, id))
  return upcast({ type, schemaVersion, data }, { stream, version })
}
