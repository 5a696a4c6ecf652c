/** Readings of accounts, now or in the past, from the nearest snapshot and the few events after it. */
import { LRUCache } from 'lru-cache'
import type { EventStore } from '../events/store.ts'
import { lastVersion, type Until } from './history.ts'
import type { Reading } from './reading.ts'
import { readingUntil } from './snapshot.ts'
import type { Snapshots } from './snapshots.ts'

type Events = Pick<EventStore, 'read' | 'versionAt'>

export class Readings {
  readonly #events: Events
  readonly #snapshots: Pick<Snapshots, 'nearest'> | undefined
  readonly #max: number
  #current: LRUCache<string, Reading>

  /** Keeps the newest reading of so many accounts; without snapshots one that is not kept starts at the first event. */
  constructor(
    events: Events,
    { max = 1_000, snapshots }: { max?: number; snapshots?: Pick<Snapshots, 'nearest'> } = {},
  ) {
    this.#events = events
    this.#snapshots = snapshots
    this.#max = max
    this.#current = new LRUCache({ max })
  }

  /** With every event that is in the log by now. */
  async current(stream: string): Promise<Reading> {
    const kept = this.#current
    const reading = await this.#read(stream, Number.MAX_SAFE_INTEGER, kept.get(stream))
    const other = kept.get(stream)
    if (other && other.version >= reading.version) return other
    kept.set(stream, reading)
    return reading
  }

  /** As it was, which is not kept. Bounds are inclusive. */
  async past(stream: string, until: Until): Promise<Reading> {
    return this.#read(stream, await lastVersion(this.#events, stream, until))
  }

  /** Forgets everything, for a log that was cleared. */
  clear(): void {
    this.#current = new LRUCache({ max: this.#max })
  }

  async #read(stream: string, version: number, known?: Reading): Promise<Reading> {
    const from = known ?? (await this.#snapshots?.nearest(stream, version))
    return readingUntil(this.#events, stream, { version }, from)
  }
}
