/** Reads a stream page by page and folds it: the account, or all that is read of it, now or at a version. */
import type { Fact } from '../events/event.ts'
import { type EventStore, type FactOptions, PAGE } from '../events/store.ts'
import { type Account, emptyAccount, evolve } from './account.ts'
import { emptyReading, type Reading, readOn } from './reading.ts'

/** A precomputed fold, and the version of the last event in it. Always disposable. */
export interface Snapshot {
  readonly account: Account
  readonly version: number
}

export const emptySnapshot: Snapshot = { account: emptyAccount, version: 0 }

type To = { readonly version?: number }

/** The state after event `version`, or after the last; reads on from `from`, which must not lie beyond it. */
export const accountUntil = (
  store: Pick<EventStore, 'facts'>,
  stream: string,
  to: To,
  { account, version }: Snapshot = emptySnapshot,
): Promise<Snapshot> =>
  foldUntil((options) => store.facts(stream, options), to, { account, version }, evolveOn)

/** The same with all that is read beside the account. */
export const readingUntil = (
  store: Pick<EventStore, 'read'>,
  stream: string,
  to: To,
  from: Reading = emptyReading,
): Promise<Reading> => foldUntil((options) => store.read(stream, options), to, from, readOn)

const foldUntil = async <State extends { readonly version: number }, Event>(
  read: (options: FactOptions) => Promise<readonly Event[]>,
  { version: to = Number.MAX_SAFE_INTEGER }: To,
  from: State,
  step: (state: State, event: Event) => State,
): Promise<State> => {
  let state = from
  for (;;) {
    const page = await read({ from: state.version + 1, to, limit: PAGE })
    for (const event of page) state = step(state, event)
    if (page.length < PAGE) return state
  }
}

/** The state after one more event. */
export const evolveOn = ({ account }: Snapshot, event: Fact): Snapshot => ({
  account: evolve(account, event),
  version: event.version,
})
