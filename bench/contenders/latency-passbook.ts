/** The product on the store in memory, pushing as it does. */
import type { NewEvent } from '../../src/events/event.ts'
import { MemoryEventStore } from '../../src/events/memory-store.ts'
import type { Appended, ExpectedVersion } from '../../src/events/store.ts'
import { memoryStorage } from '../../src/storage.ts'
import { now } from '../clients/client.ts'
import type { Open } from '../contest.ts'
import { type Commit, type LatencyOptions, latency } from './latency.ts'
import { DEPOSIT_PATH, STREAM_PATH, servePassbook } from './passbook-server.ts'

/** Takes down when each append was done. */
class TimedStore extends MemoryEventStore {
  readonly commits: Commit[] = []

  override async append(
    stream: string,
    events: readonly NewEvent[],
    options: { expected: ExpectedVersion },
  ): Promise<Appended> {
    const appended = await super.append(stream, events, options)
    this.commits.push([appended.version, now()])
    return appended
  }
}

export const open: Open<LatencyOptions> = async (options) => {
  const store = new TimedStore()
  const served = await servePassbook(memoryStorage(store))
  return latency(options, {
    ...served,
    streamPath: STREAM_PATH,
    depositPath: DEPOSIT_PATH,
    version: await store.head(),
    commits: store.commits,
  })
}
