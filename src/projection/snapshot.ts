/** Reads a stream page by page and folds it: the account now, or at a version. */
import { type EventStore, PAGE } from '../events/store.ts'
import { type Account, emptyAccount, evolve } from './account.ts'

/** A precomputed fold, and the version of the last event in it. Always disposable. */
export interface Snapshot {
  readonly account: Account
  readonly version: number
}

export const emptySnapshot: Snapshot = { account: emptyAccount, version: 0 }

/** The state after event `version`, or after the last; reads on from `from`, which must not lie beyond it. */
export const accountUntil = async (
  store: Pick<EventStore, 'read'>,
  stream: string,
  { version: to = Number.MAX_SAFE_INTEGER }: { readonly version?: number },
  from: Snapshot = emptySnapshot,
): Promise<Snapshot> => {
  let { account, version } = from
  for (;;) {
    const page = await store.read(stream, { from: version + 1, to, limit: PAGE })
    for (const event of page) {
      account = evolve(account, event)
      version = event.version
    }
    if (page.length < PAGE) return { account, version }
  }
}
