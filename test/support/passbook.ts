// Passbook inside the test's own process, on a real socket, for tests that look behind the web.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { NewEvent } from '../../src/events/event.ts'
import { MemoryEventStore } from '../../src/events/memory-store.ts'
import { type EventStore, PAGE } from '../../src/events/store.ts'
import { createPassbook, type PassbookOptions } from '../../src/passbook.ts'
import { balanceOf } from '../../src/projection/account.ts'
import { memoryStorage } from '../../src/storage.ts'
import { deposited, newEvent } from '../events/sample-events.ts'

export interface TestPassbook {
  readonly url: string
  readonly account: string
  readonly store: EventStore
  /** The balance by the log, in cents. */
  readonly balance: () => Promise<number>
  readonly stop: () => Promise<void>
  readonly close: () => Promise<void>
}

export interface TestOptions extends PassbookOptions {
  /** False for a store that cannot be cleared, as those that last. */
  readonly canReset?: boolean
}

export const servePassbook = async (
  { canReset = true, ...options }: TestOptions = {},
  wrap: (memory: MemoryEventStore) => EventStore = (memory) => memory,
): Promise<TestPassbook> => {
  const memory = new MemoryEventStore()
  const { clear, ...storage } = memoryStorage(memory)
  const passbook = await createPassbook(
    { ...storage, events: wrap(memory), ...(canReset && clear && { clear }) },
    options,
  )
  const server = createServer(getRequestListener(passbook.app.fetch)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  const url = `http://127.0.0.1:${address.port}`
  return {
    url,
    account: `${url}/accounts/shared`,
    store: memory,
    balance: async () => balanceOf(await memory.read('shared', { limit: PAGE * PAGE })),
    stop: passbook.stop,
    close: async () => {
      await passbook.stop()
      server.closeAllConnections()
      server.close()
    },
  }
}

/** Appends behind the back of the web, as another server does. */
export const record = async (
  { store }: Pick<TestPassbook, 'store'>,
  stream: string,
  ...events: readonly NewEvent[]
): Promise<void> => {
  await store.append(stream, events, { expected: 'any' })
}

/** Appends deposits of one dollar. */
export const grow = async (
  passbook: Pick<TestPassbook, 'store'>,
  count: number,
  stream = 'shared',
): Promise<void> => {
  const occurredAt = new Date().toISOString()
  for (let left = count; left > 0; left -= 1_000) {
    const some = Array.from({ length: Math.min(left, 1_000) }, () => newEvent(deposited(100), { occurredAt }))
    await record(passbook, stream, ...some)
  }
}
