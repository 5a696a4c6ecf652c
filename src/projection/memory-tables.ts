/** Snapshots, summaries and checkpoints in maps, for the store in memory. */
import type { Checkpoints } from './checkpoints.ts'
import type { SnapshotRow, SnapshotTable } from './snapshots.ts'
import {
  type AccountSummary,
  foldCase,
  type Generation,
  type ListQuery,
  PAGE_OF_ACCOUNTS,
  type Place,
  placeOf,
  type SummaryTable,
  searchText,
} from './summary-table.ts'

export class MemorySnapshotTable implements SnapshotTable {
  readonly #byStream = new Map<string, SnapshotRow[]>()

  async nearest(stream: string, foldVersion: number, version: number): Promise<SnapshotRow | undefined> {
    const rows = this.#byStream.get(stream) ?? []
    return rows.findLast((row) => row.foldVersion === foldVersion && row.version <= version)
  }

  async save(rows: readonly SnapshotRow[]): Promise<void> {
    for (const row of rows) {
      const isOther = (kept: SnapshotRow) =>
        kept.foldVersion !== row.foldVersion || kept.version !== row.version
      const others = (this.#byStream.get(row.stream) ?? []).filter(isOther)
      this.#byStream.set(
        row.stream,
        [...others, row].sort((one, other) => one.version - other.version),
      )
    }
  }

  async clear(): Promise<void> {
    this.#byStream.clear()
  }
}

interface Making {
  state: Generation
  readonly summaries: Map<string, AccountSummary>
}

export class MemorySummaryTable implements SummaryTable {
  readonly #makings = new Map<number, Making>()
  #active: number | undefined
  #generations = 0

  async active(): Promise<Generation | undefined> {
    return this.#activeMaking()?.state
  }

  async begin(foldVersion: number): Promise<Generation> {
    const state = { generation: ++this.#generations, foldVersion, position: 0 }
    this.#makings.set(state.generation, { state, summaries: new Map() })
    return state
  }

  async get(generation: number, accounts: readonly string[]): Promise<readonly AccountSummary[]> {
    const summaries = this.#makings.get(generation)?.summaries
    return accounts.flatMap((account) => summaries?.get(account) ?? [])
  }

  async advance(from: Generation, to: number, summaries: readonly AccountSummary[]): Promise<boolean> {
    const making = this.#makings.get(from.generation)
    if (making?.state.position !== from.position) return false
    making.state = { ...making.state, position: to }
    for (const summary of summaries) making.summaries.set(summary.account, summary)
    return true
  }

  async activate(generation: number): Promise<boolean> {
    if (!this.#makings.has(generation)) return false
    this.#active = generation
    for (const other of this.#makings.keys()) if (other !== generation) this.#makings.delete(other)
    return true
  }

  async scrub(): Promise<void> {
    for (const generation of this.#makings.keys()) {
      if (generation !== this.#active) this.#makings.delete(generation)
    }
  }

  async list({
    search = '',
    sort = 'account',
    descending = false,
    after,
    limit = PAGE_OF_ACCOUNTS,
  }: ListQuery = {}): Promise<readonly AccountSummary[]> {
    const direction = descending ? -1 : 1
    const text = foldCase(search)
    return [...(this.#activeMaking()?.summaries.values() ?? [])]
      .filter((summary) => searchText(summary).includes(text))
      .map((summary) => ({ summary, place: placeOf(summary, sort) }))
      .filter(({ place }) => !after || direction * comparePlaces(place, after) > 0)
      .sort((one, other) => direction * comparePlaces(one.place, other.place))
      .slice(0, limit)
      .map(({ summary }) => summary)
  }

  /** Begins again, empty, at a position: for a log that was cleared. Whoever is just moving it on does not succeed. */
  async clear(position: number, foldVersion: number): Promise<void> {
    const { generation } = await this.begin(foldVersion)
    await this.activate(generation)
    await this.advance({ generation, foldVersion, position: 0 }, position, [])
  }

  #activeMaking(): Making | undefined {
    return this.#active === undefined ? undefined : this.#makings.get(this.#active)
  }
}

export class MemoryCheckpoints implements Checkpoints {
  readonly #positions = new Map<string, number>()

  async get(name: string): Promise<number> {
    return this.#positions.get(name) ?? 0
  }

  async advance(name: string, position: number): Promise<void> {
    this.#positions.set(name, Math.max(position, this.#positions.get(name) ?? 0))
  }
}

const comparePlaces = (one: Place, other: Place): number =>
  compare(one.key, other.key) || compare(one.account, other.account)

/** Numbers by their size, and text in the order of UTF-8 bytes, as the databases have it. */
const compare = (one: string | number, other: string | number): number =>
  typeof one === 'number' && typeof other === 'number'
    ? one - other
    : Buffer.compare(Buffer.from(String(one)), Buffer.from(String(other)))
