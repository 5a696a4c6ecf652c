/** Reads a stream page by page and folds it: the account now, at a version, or at a moment of the past. */
import { type EventStore, PAGE } from '../events/store.ts'
import { type Account, emptyAccount, evolve } from './account.ts'

/** A precomputed fold, and the version of the last event in it. Always disposable. */
export interface Snapshot {
  readonly account: Account
  readonly version: number
}

export const emptySnapshot: Snapshot = { account: emptyAccount, version: 0 }

/** Bounds are inclusive; `at` is a UTC instant as `Date.toISOString` writes it. Without a bound: until now. */
export type Until = { readonly version?: number; readonly at?: string }

/** The state after the last event that `until` admits; reads on from `from`, which must not lie beyond it. */
export const accountUntil = async (
  store: Pick<EventStore, 'read'>,
  stream: string,
  until: Until,
  from: Snapshot = emptySnapshot,
): Promise<Snapshot> => {
  const { version: to = Number.MAX_SAFE_INTEGER, at } = until
  let { account, version } = from
  for (;;) {
    const page = await store.read(stream, { from: version + 1, to, limit: PAGE })
    for (const event of page) {
      if (at !== undefined && event.occurredAt > at) return { account, version }
      account = evolve(account, event)
      version = event.version
    }
    if (page.length < PAGE) return { account, version }
  }
}
