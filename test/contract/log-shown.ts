/** Everything that a log shows, for comparing it before and after; and whether its chain holds. */
import { expect } from 'vitest'
import type { EventLog } from '../../src/events/event-log.ts'
import { ChainWalk } from '../../src/events/hash-chain.ts'

export const logShown = async (log: EventLog, streams: readonly string[], ids: readonly string[]) => ({
  head: await log.head(),
  all: await log.readAll(),
  streams: await Promise.all(streams.map((stream) => log.read(stream))),
  found: (await log.find(ids)).map(({ id }) => id).sort(),
})

/** The whole log, which must be one page long at most, is as it was written. */
export const expectUnbroken = async (log: EventLog): Promise<void> => {
  const walk = new ChainWalk()
  for (const event of await log.readAll()) expect(walk.next(event)).toBeUndefined()
  expect(walk.end(await log.head())).toBeUndefined()
}
