/** Writes every snapshot anew, or looks whether they are what the events say, from the first event on. */
import { isDeepStrictEqual } from 'node:util'
import { type EventStore, PAGE } from '../events/store.ts'
import { type Account, evolve } from './account.ts'
import { emptySnapshot, type Snapshot } from './snapshot.ts'
import type { Snapshots, StreamSnapshot } from './snapshots.ts'

type Log = Pick<EventStore, 'readAll' | 'read'>
type OnProgress = (position: number) => void

/** What the snapshots should be, page by page of the log. Remembers one state an account. */
const snapshotsOf = async function* (
  events: Log,
  every: number,
  onProgress?: OnProgress,
): AsyncGenerator<readonly StreamSnapshot[]> {
  const states = new Map<string, Snapshot>()
  let position = 0
  for (;;) {
    const page = await events.readAll({ after: position, limit: PAGE })
    const due: StreamSnapshot[] = []
    for (const event of page) {
      const { stream, version } = event
      const { account } = states.get(stream) ?? emptySnapshot
      const state = { account: evolve(account, event), version }
      states.set(stream, state)
      if (version % every === 0) due.push({ stream, ...state })
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
  for await (const due of snapshotsOf(events, snapshots.every, onProgress)) {
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
): Promise<StreamSnapshot | undefined> => {
  for await (const due of snapshotsOf(events, snapshots.every, onProgress)) {
    for (const expected of due) {
      const kept = await snapshots.nearest(expected.stream, expected.version)
      const isThere = kept?.version === expected.version
      if (isThere && !isDeepStrictEqual(nameless(kept.account), nameless(expected.account))) return expected
    }
  }
  return undefined
}

/** Without the owner, who may have been forgotten in between. */
const nameless = ({ owner: _owner, ...account }: Account) => account
