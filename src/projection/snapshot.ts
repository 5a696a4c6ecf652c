/** Reads a stream page by page and folds it: the account, or all that is read of it, now or at a version. */
import type { RecordedEvent } from '../events/event.ts'
import { type EventStore, PAGE } from '../events/store.ts'
import { type Account, emptyAccount, evolve } from './account.ts'
import { emptyReading, type Reading, readOn } from './reading.ts'

/** A precomputed fold, and the version of the last event in it. Always disposable. */
export interface Snapshot {
  readonly account: Account
  readonly version: number
}

export const emptySnapshot: Snapshot = { account: emptyAccount, version: 0 }

type Store = Pick<EventStore, 'read'>
type To = { readonly version?: number }

/** The state after event `version`, or after the last; reads on from `from`, which must not lie beyond it. */
export const accountUntil = (
  store: Store,
  stream: string,
  to: To,
  { account, version }: Snapshot = emptySnapshot,
): Promise<Snapshot> => foldUntil(store, stream, to, { account, version }, evolveOn)

/** The same with all that is read beside the account. */
export const readingUntil = (
  store: Store,
  stream: string,
  to: To,
  from: Reading = emptyReading,
): Promise<Reading> => foldUntil(store, stream, to, from, readOn)

const foldUntil = async <State extends { readonly version: number }>(
  store: Store,
  stream: string,
  { version: to = Number.MAX_SAFE_INTEGER }: To,
  from: State,
  step: (state: State, event: RecordedEvent) => State,
): Promise<State> => {
  let state = from
  for (;;) {
    const page = await store.read(stream, { from: state.version + 1, to, limit: PAGE })
    for (const event of page) state = step(state, event)
    if (page.length < PAGE) return state
  }
}

/** The state after one more event. */
export const evolveOn = ({ account }: Snapshot, event: RecordedEvent): Snapshot => ({
  account: evolve(account, event),
  version: event.version,
})
