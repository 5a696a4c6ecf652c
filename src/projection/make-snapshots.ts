/** Writes every snapshot anew, or looks whether they are what the events say, from the first event on. */
import { isDeepStrictEqual } from 'node:util'
import { type EventStore, PAGE } from '../events/store.ts'
import { emptyReading, type Reading, readOn } from './reading.ts'
import { nameless, type Snapshots } from './snapshots.ts'

type Log = Pick<EventStore, 'readAll' | 'read'>
type OnProgress = (position: number) => void

interface StreamReading extends Reading {
  readonly stream: string
}

/** What the snapshots should be, page by page of the log. Remembers one reading an account. */
const snapshotsOf = async function* (
  events: Log,
  every: number,
  onProgress?: OnProgress,
): AsyncGenerator<readonly StreamReading[]> {
  const readings = new Map<string, Reading>()
  let position = 0
  for (;;) {
    const page = await events.readAll({ after: position, limit: PAGE })
    const due: StreamReading[] = []
    for (const event of page) {
      const { stream } = event
      const reading = readOn(readings.get(stream) ?? emptyReading, event)
      readings.set(stream, reading)
      if (reading.version % every === 0) due.push({ stream, ...reading })
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
): Promise<StreamReading | undefined> => {
  for await (const due of snapshotsOf(events, snapshots.every, onProgress)) {
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
