/** Writes every snapshot that is missing, from the first event on. */
import { type EventStore, PAGE } from '../events/store.ts'
import { evolve } from './account.ts'
import { emptySnapshot, type Snapshot } from './snapshot.ts'
import type { Snapshots, StreamSnapshot } from './snapshots.ts'

/** Resolves with how many there are then, of this version of the fold. Remembers one state an account. */
export const makeSnapshots = async (
  events: Pick<EventStore, 'readAll' | 'read'>,
  snapshots: Snapshots,
  onProgress?: (position: number) => void,
): Promise<number> => {
  const states = new Map<string, Snapshot>()
  let [position, count] = [0, 0]
  for (;;) {
    const page = await events.readAll({ after: position, limit: PAGE })
    const due: StreamSnapshot[] = []
    for (const event of page) {
      const { stream, version } = event
      const { account } = states.get(stream) ?? emptySnapshot
      const state = { account: evolve(account, event), version }
      states.set(stream, state)
      if (version % snapshots.every === 0) due.push({ stream, ...state })
      position = event.position
    }
    await snapshots.save(due, events)
    count += due.length
    if (page.length < PAGE) return count
    onProgress?.(position)
  }
}
