/** The log in arrays: for the demos, for tests, and for trying Passbook out. It is gone when the process ends. */
import { checked, type NewEvent, type RecordedEvent, SCHEMA_VERSIONS } from './event.ts'
import { type Follower, follow } from './follow.ts'
import {
  type Appended,
  assertExpected,
  type EventStore,
  type ExpectedVersion,
  type OnEvents,
  PAGE,
  type ReadOptions,
  repetitionOf,
  type Subscription,
} from './store.ts'

export class MemoryEventStore implements EventStore {
  #log: RecordedEvent[] = []
  #position = 0
  readonly #streams = new Map<string, RecordedEvent[]>()
  readonly #byId = new Map<string, RecordedEvent>()
  readonly #followers = new Set<Follower>()

  /** Checks first and then writes, without giving up the thread in between: that is what makes it atomic. */
  async append(
    stream: string,
    events: readonly NewEvent[],
    { expected }: { expected: ExpectedVersion },
  ): Promise<Appended> {
    if (events.length === 0) throw new RangeError('append needs at least one event')
    const facts = events.map(checked)
    const repeated = repetitionOf(stream, facts, (id) => this.#byId.get(id))
    if (repeated) return repeated

    const recorded = this.#streams.get(stream) ?? []
    assertExpected(stream, expected, recorded.length)
    this.#streams.set(stream, recorded)
    for (const event of facts) this.#record(stream, recorded, event)
    for (const follower of this.#followers) follower.wake()
    return { version: recorded.length, position: this.#position, repeated: false }
  }

  #record(stream: string, recorded: RecordedEvent[], event: NewEvent): void {
    const previous = recorded.at(-1)
    const entry: RecordedEvent = Object.freeze({
      ...event,
      stream,
      version: recorded.length + 1,
      position: ++this.#position,
      schemaVersion: SCHEMA_VERSIONS[event.type],
      occurredAt: previous && previous.occurredAt > event.occurredAt ? previous.occurredAt : event.occurredAt,
    })
    recorded.push(entry)
    this.#log.push(entry)
    this.#byId.set(entry.id, entry)
  }

  async read(
    stream: string,
    { from = 1, to = Number.POSITIVE_INFINITY, limit = PAGE, direction = 'forward' }: ReadOptions = {},
  ): Promise<readonly RecordedEvent[]> {
    const recorded = this.#streams.get(stream) ?? []
    const start = Math.max(from - 1, 0)
    const end = Math.max(Math.min(to, recorded.length), start)
    return direction === 'forward'
      ? recorded.slice(start, Math.min(end, start + limit))
      : recorded.slice(Math.max(start, end - limit), end).reverse()
  }

  async readAll({ after = 0, limit = PAGE } = {}): Promise<readonly RecordedEvent[]> {
    const start = Math.max(after - (this.#position - this.#log.length), 0)
    return this.#log.slice(start, start + limit)
  }

  async find(ids: readonly string[]): Promise<ReadonlyMap<string, RecordedEvent>> {
    const found = new Map<string, RecordedEvent>()
    for (const id of ids) {
      const event = this.#byId.get(id)
      if (event) found.set(id, event)
    }
    return found
  }

  async head(): Promise<number> {
    return this.#position
  }

  subscribe(
    { after }: { after: number },
    onEvents: OnEvents,
    onError: (error: unknown) => void,
  ): Subscription {
    const follower = follow(this, { after }, onEvents, onError)
    this.#followers.add(follower)
    return {
      stop: () => {
        this.#followers.delete(follower)
        return follower.stop()
      },
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#followers].map((follower) => follower.stop()))
    this.#followers.clear()
  }

  /** Forgets every event, as the demo's Reset does. Only this store can; positions are not given out again. */
  clear(): void {
    this.#log = []
    this.#streams.clear()
    this.#byId.clear()
  }
}
