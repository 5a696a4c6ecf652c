/**
 * A server that answers a moment before it commits, as one would that does not wait for its disk. As long as it lives
 * nobody notices, for whoever reads waits until all is written; the crash test has to find it out.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { readConfig } from '../../src/config.ts'
import { crashAt } from '../../src/crash-point.ts'
import type { EventStore } from '../../src/events/store.ts'
import { serve } from '../../src/serve.ts'
import { openStorage } from '../../src/storage.ts'
import { storeWith } from '../commands/store-with.ts'

const LAG_MS = 250

/** But for new accounts: of one that is gone nothing could be asked. */
const lying = (store: EventStore): EventStore => {
  let written: Promise<unknown> = Promise.resolve()
  const truly = async <T>(call: () => Promise<T>): Promise<T> => {
    await written
    return call()
  }
  return storeWith(store, {
    append: async (stream, events, options) => {
      const { expected } = options
      const known = await truly(() => store.find(events.map(({ id }) => id)))
      const isHonest = known.size > 0 || events.some(({ type }) => type === 'opened')
      if (isHonest || typeof expected !== 'number') return store.append(stream, events, options)
      written = delay(LAG_MS).then(() => store.append(stream, events, options))
      return { version: expected + events.length, position: 0, repeated: false }
    },
    read: (stream, options) => truly(() => store.read(stream, options)),
    find: (ids) => truly(() => store.find(ids)),
    head: () => truly(() => store.head()),
    close: () => truly(() => store.close()),
  })
}

const { PASSBOOK_STORE: store, PORT: port, HOST: host, PASSBOOK_CRASH_AT } = process.env
const config = readConfig({ store, port, host })
const storage = await openStorage(config.store, { create: true, reached: crashAt(PASSBOOK_CRASH_AT) })
await serve({ ...storage, events: lying(storage.events) }, config)
