/** Reads a store that nobody writes to any more: all that an audit wants to know of it. */

import type { RecordedEvent } from '../../src/events/event.ts'
import { verify } from '../../src/events/whole-log.ts'
import { catchUp, rebuild } from '../../src/projection/projector.ts'
import type { Snapshot } from '../../src/projection/snapshot.ts'
import { SHARED } from '../../src/routes/account.tsx'
import type { Storage } from '../../src/storage.ts'
import type { Findings, Summaries } from './audit.ts'

/** Moves the summaries on, and makes them anew. */
export const findingsIn = async (storage: Storage): Promise<Findings> => {
  const log = await readLog(storage)
  const { fault } = await verify(storage.log)
  const left = await summariesAfter(() => catchUp(storage), storage)
  const anew = await summariesAfter(() => rebuild(storage), storage)
  return { log, fault, summaries: { left, anew }, snapshots: await readSnapshots(storage, log.length) }
}

const summariesAfter = async (work: () => Promise<unknown>, { summaries }: Storage): Promise<Summaries> => {
  try {
    await work()
    return await summaries.list()
  } catch (error) {
    return String(error)
  }
}

const readLog = async ({ events }: Storage): Promise<readonly RecordedEvent[]> => {
  const log: RecordedEvent[] = []
  for (;;) {
    const page = await events.readAll({ after: log.at(-1)?.position ?? 0 })
    if (page.length === 0) return log
    log.push(...page)
  }
}

const readSnapshots = async ({ snapshots }: Storage, newest: number): Promise<readonly Snapshot[]> => {
  const found: Snapshot[] = []
  for (let version = newest; ; ) {
    const snapshot = await snapshots.nearest(SHARED, version)
    if (!snapshot) return found
    found.push(snapshot)
    version = snapshot.version - 1
  }
}
