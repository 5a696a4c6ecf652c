/**
 * The newest state of every account in use, so that knowing a balance costs what is new and not the whole log.
 * Bounded: the account that was used longest ago goes first, and is folded again when it is asked for.
 */
import { LRUCache } from 'lru-cache'
import type { EventStore } from '../events/store.ts'
import { History, type Until } from './history.ts'
import type { Snapshot } from './snapshot.ts'
import type { Snapshots } from './snapshots.ts'

export class CurrentAccounts {
  readonly #history: History
  readonly #max: number
  #snapshots: LRUCache<string, Snapshot>

  constructor(
    store: Pick<EventStore, 'facts' | 'versionAt'>,
    { max = 10_000, snapshots }: { max?: number; snapshots?: Pick<Snapshots, 'nearest'> } = {},
  ) {
    this.#history = new History(store, snapshots)
    this.#max = max
    this.#snapshots = new LRUCache({ max })
  }

  /** What is known without asking the log, and so perhaps not the newest: good enough for a guarded append. */
  lastKnown(stream: string): Snapshot | undefined {
    return this.#snapshots.get(stream)
  }

  /** The account with every event that is in the log by now. */
  async current(stream: string): Promise<Snapshot> {
    const snapshots = this.#snapshots
    const snapshot = await this.#history.account(stream, {}, snapshots.get(stream))
    const kept = snapshots.get(stream)
    if (kept && kept.version >= snapshot.version) return kept
    if (snapshot.version > 0) snapshots.set(stream, snapshot)
    return snapshot
  }

  /** The account as it was, which is not kept. */
  past(stream: string, until: Until): Promise<Snapshot> {
    return this.#history.account(stream, until)
  }

  /** Keeps what a writer knows after its append, unless what it decided on is no longer what is kept. */
  advance(stream: string, before: Snapshot, after: Snapshot): void {
    if (this.#snapshots.get(stream) === before) this.#snapshots.set(stream, after)
  }

  /** For a stream that turns out to have fewer events than were known: a log that was cleared or restored. */
  forget(stream: string): void {
    this.#snapshots.delete(stream)
  }

  /** Forgets everything. A reading that is under way keeps its result to itself. */
  clear(): void {
    this.#snapshots = new LRUCache({ max: this.#max })
  }
}
