/** Reads a store that nobody writes to any more: all that an audit wants to know of it. */

import type { RecordedEvent } from '../../src/events/event.ts'
import { verify } from '../../src/events/whole-log.ts'
import { catchUp, rebuild } from '../../src/projection/projector.ts'
import type { Storage } from '../../src/storage.ts'
import type { Findings, StreamReading, Summaries } from './audit.ts'

/** Moves the summaries on, and makes them anew. */
export const findingsIn = async (storage: Storage): Promise<Findings> => {
  const log = await readLog(storage)
  const { fault } = await verify(storage.log)
  const left = await summariesAfter(() => catchUp(storage), storage)
  const anew = await summariesAfter(() => rebuild(storage), storage)
  return { log, fault, summaries: { left, anew }, snapshots: await readSnapshots(storage, log) }
}

/** The whole of it, or what has come since what is known already. */
export const readLog = async (
  { events }: Pick<Storage, 'events'>,
  known: readonly RecordedEvent[] = [],
): Promise<readonly RecordedEvent[]> => {
  const log = [...known]
  for (;;) {
    const page = await events.readAll({ after: log.at(-1)?.position ?? 0 })
    if (page.length === 0) return log
    log.push(...page)
  }
}

const summariesAfter = async (work: () => Promise<unknown>, { summaries }: Storage): Promise<Summaries> => {
  try {
    await work()
    return await summaries.list()
  } catch (error) {
    return String(error)
  }
}

const readSnapshots = async (
  { snapshots }: Storage,
  log: readonly RecordedEvent[],
): Promise<readonly StreamReading[]> => {
  const found: StreamReading[] = []
  for (const stream of new Set(log.map((event) => event.stream))) {
    for (let version = log.length; ; ) {
      const reading = await snapshots.nearest(stream, version)
      if (!reading) break
      found.push({ stream, reading })
      version = reading.version - 1
    }
  }
  return found
}
