/** Any state of an account, now or in the past, from the nearest snapshot and the few events after it. */
import type { EventStore } from '../events/store.ts'
import { accountUntil, emptySnapshot, type Snapshot } from './snapshot.ts'
import type { Snapshots } from './snapshots.ts'

/** Bounds are inclusive; `at` is a UTC instant as `Date.toISOString` writes it. Without a bound: until now. */
export type Until = { readonly version?: number; readonly at?: string }

/** The highest version that `until` admits; there may be no event that has it. */
export const lastVersion = async (
  events: Pick<EventStore, 'versionAt'>,
  stream: string,
  { version = Number.MAX_SAFE_INTEGER, at }: Until,
): Promise<number> => (at === undefined ? version : Math.min(version, await events.versionAt(stream, at)))

export class History {
  readonly #events: Pick<EventStore, 'facts' | 'versionAt'>
  readonly #snapshots: Pick<Snapshots, 'nearest'> | undefined

  /** Without snapshots every reading starts at the first event, and ends in the same state. */
  constructor(events: Pick<EventStore, 'facts' | 'versionAt'>, snapshots?: Pick<Snapshots, 'nearest'>) {
    this.#events = events
    this.#snapshots = snapshots
  }

  /** The state after the last event that `until` admits. `known` is a state that must not lie beyond it. */
  async account(stream: string, until: Until = {}, known: Snapshot = emptySnapshot): Promise<Snapshot> {
    const version = await lastVersion(this.#events, stream, until)
    const nearest = known.version > 0 ? undefined : await this.#snapshots?.nearest(stream, version)
    return accountUntil(this.#events, stream, { version }, nearest ?? known)
  }
}
