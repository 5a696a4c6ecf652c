/** Writes every snapshot anew, or looks whether they are what the events say, from the first event on. */
import { isDeepStrictEqual } from 'node:util'
import type { RecordedEvent } from '../events/event.ts'
import { type EventStore, PAGE } from '../events/store.ts'
import { emptyReading, type Reading, readOn } from './reading.ts'
import { emptySnapshot, evolveOn, type Snapshot } from './snapshot.ts'
import { nameless, type Snapshots } from './snapshots.ts'

type Log = Pick<EventStore, 'readAll' | 'read'>
type OnProgress = (position: number) => void

/** How to come from one state of an account to the next. */
interface Fold<State extends Snapshot> {
  readonly empty: State
  readonly next: (state: State, event: RecordedEvent) => State
}

type OfStream<State> = State & { readonly stream: string }

const READING: Fold<Reading> = { empty: emptyReading, next: readOn }

const STATE: Fold<Snapshot> = { empty: emptySnapshot, next: evolveOn }

/** What the snapshots should be, page by page of the log. Remembers one state an account. */
const snapshotsOf = async function* <State extends Snapshot>(
  events: Log,
  every: number,
  { empty, next }: Fold<State>,
  onProgress?: OnProgress,
): AsyncGenerator<readonly OfStream<State>[]> {
  const states = new Map<string, State>()
  let position = 0
  for (;;) {
    const page = await events.readAll({ after: position, limit: PAGE })
    const due: OfStream<State>[] = []
    for (const event of page) {
      const { stream } = event
      const state = next(states.get(stream) ?? empty, event)
      states.set(stream, state)
      if (state.version % every === 0) due.push({ stream, ...state })
      position = event.position
    }
    yield due
    if (page.length < PAGE) return
    onProgress?.(position)
  }
}

/** Resolves with how many there are then, of this version of the fold. */
export const makeSnapshots = async (
  events: Log,
  snapshots: Snapshots,
  onProgress?: OnProgress,
): Promise<number> => {
  let count = 0
  for await (const due of snapshotsOf(events, snapshots.every, STATE, onProgress)) {
    await snapshots.save(due, events)
    count += due.length
  }
  return count
}

/** The first snapshot that is not what the events up to it say, if there is one. A missing one is none. */
export const findWrongSnapshot = async (
  events: Log,
  snapshots: Snapshots,
  onProgress?: OnProgress,
): Promise<OfStream<Reading> | undefined> => {
  for await (const due of snapshotsOf(events, snapshots.every, READING, onProgress)) {
    for (const { stream, ...expected } of due) {
      const kept = await snapshots.nearest(stream, expected.version)
      const isThere = kept?.version === expected.version
      if (isThere && !isSame(kept, expected)) return { stream, ...expected }
    }
  }
  return undefined
}

/** But for the owner. */
const isSame = (one: Reading, other: Reading): boolean =>
  isDeepStrictEqual(
    { ...one, account: nameless(one.account) },
    { ...other, account: nameless(other.account) },
  )
