import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { StoreUnavailableError } from '../../src/events/event-log.ts'
import { ChainWalk } from '../../src/events/hash-chain.ts'
import { LogEventStore } from '../../src/events/log-event-store.ts'
import { PostgresKeys } from '../../src/events/postgres-keys.ts'
import { PostgresLog, type PostgresLogOptions } from '../../src/events/postgres-log.ts'
import { openPostgres } from '../../src/events/postgres-migrations.ts'
import { freshDatabase, type PostgresServer, rawConnection, startPostgres } from '../support/postgres.ts'
import { Collector } from './collector.ts'
import { gate } from './gate.ts'
import { deposited, idsOf, newEvent, oneTo, positionsOf } from './sample-events.ts'

/** For what ought to be done in a moment, on a machine that has much else to do. */
const SOON_MS = 4_000

const openStore = async (url: string, options?: PostgresLogOptions) => {
  const database = await openPostgres(url)
  const log = new PostgresLog(database, options)
  const store = new LogEventStore(log, new PostgresKeys(database))
  onTestFinished(async () => {
    await store.close()
    await database.close()
  })
  return { store, log }
}

let server: PostgresServer

beforeAll(async () => {
  server = await startPostgres()
})

const expectUnbroken = async (log: PostgresLog): Promise<void> => {
  const walk = new ChainWalk()
  for (const event of await log.readAll({ limit: 100_000 })) expect(walk.next(event)).toBeUndefined()
  expect(walk.end(await log.head())).toBeUndefined()
}

const isUnavailable = (error: unknown): boolean => error instanceof StoreUnavailableError

/** Does it again and again until it is done, as those do who know that it is safe. Gives how long it took. */
const persist = async <T>(work: () => Promise<T>): Promise<number> => {
  const start = performance.now()
  for (;;) {
    try {
      await work()
      return performance.now() - start
    } catch (error) {
      if (!isUnavailable(error)) throw error
    }
  }
}

describe('a database that is killed and started again', () => {
  it('is missed at once, and used again at once; nothing is lost, doubled or half done', async () => {
    const { store, log } = await openStore(await freshDatabase(server))
    const collector = new Collector()
    const errors: unknown[] = []
    store.subscribe({ after: 0 }, collector.onEvents, (error) => errors.push(error))
    const before = [newEvent(), newEvent()]
    await store.append('alice', before, { expected: 'no-stream' })
    await collector.has(2)

    await server.kill()
    const lost = oneTo(30).map((number) => ({
      stream: `stream ${number % 7}`,
      events: [newEvent(), newEvent()],
    }))
    const start = performance.now()
    for (const { stream, events } of lost) {
      await expect(store.append(stream, events, { expected: 'any' })).rejects.toThrow(StoreUnavailableError)
    }
    await expect(store.read('alice')).rejects.toThrow(StoreUnavailableError)
    await expect(store.head()).rejects.toThrow(/^The store is not reachable: /)
    expect(performance.now() - start).toBeLessThan(SOON_MS)

    await server.start()
    expect(await persist(() => store.head())).toBeLessThan(SOON_MS)
    expect(await store.head()).toBe(2)
    await Promise.all(lost.map(({ stream, events }) => store.append(stream, events, { expected: 'any' })))
    await collector.has(62)
    expect(positionsOf(collector.events)).toEqual(oneTo(62))
    expect(idsOf(collector.events).sort()).toEqual(
      idsOf([...before, ...lost.flatMap(({ events }) => events)]).sort(),
    )
    expect(errors.every(isUnavailable)).toBe(true)
    await expectUnbroken(log)
  })

  it('again and again, while it is written to: what was answered is there, and everything once', async () => {
    const { store, log } = await openStore(await freshDatabase(server))
    const collector = new Collector()
    store.subscribe({ after: 0 }, collector.onEvents, () => {})
    const answered: string[] = []
    let isOver = false
    const writers = oneTo(8).map(async (writer) => {
      while (!isOver) {
        const events = [newEvent(deposited(writer)), newEvent(deposited(writer))]
        await persist(() => store.append(`stream ${writer % 3}`, events, { expected: 'any' }))
        answered.push(...idsOf(events))
      }
    })
    for (const _ of oneTo(4)) {
      const count = answered.length
      await expect.poll(() => answered.length, { timeout: SOON_MS }).toBeGreaterThan(count + 40)
      await server.kill()
      await server.start()
    }
    isOver = true
    await Promise.all(writers)
    await collector.has(answered.length)
    expect(positionsOf(collector.events)).toEqual(oneTo(answered.length))
    expect(idsOf(collector.events).sort()).toEqual([...answered].sort())
    await expectUnbroken(log)
  })
})

describe('connections that are cut', () => {
  const cut = async (url: string, which = ''): Promise<void> => {
    const cut = await rawConnection(url)`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'passbook' AND datname = current_database() AND query ILIKE ${`${which}%`}`
    expect(cut.length).toBeGreaterThan(0)
  }

  it('are made anew, for questions as for what is told', async () => {
    const url = await freshDatabase(server)
    const [here, there] = [
      await openStore(url, { pollMs: 2_000_000_000 }),
      await openStore(url, { pollMs: 2_000_000_000 }),
    ]
    const collector = new Collector()
    here.store.subscribe({ after: 0 }, collector.onEvents, () => {})
    for (const round of oneTo(5)) {
      await persist(() => there.store.append('alice', [newEvent()], { expected: 'any' }))
      await persist(() => here.store.append('bob', [newEvent()], { expected: 'any' }))
      await cut(url)
      await persist(() => there.store.append('alice', [newEvent()], { expected: 'any' }))
      await collector.has(3 * round)
    }
    expect(positionsOf(collector.events)).toEqual(oneTo(15))
  })

  it('are noticed by who listens, also if it is that connection alone', async () => {
    const url = await freshDatabase(server)
    const [here, there] = [
      await openStore(url, { pollMs: 2_000_000_000 }),
      await openStore(url, { pollMs: 2_000_000_000 }),
    ]
    const collector = new Collector()
    const sql = rawConnection(url)
    const untilListening = () =>
      expect
        .poll(
          () =>
            sql`SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE 'listen %'`,
          {
            timeout: SOON_MS,
          },
        )
        .toHaveLength(1)
    here.store.subscribe({ after: 0 }, collector.onEvents, () => {})
    for (const round of oneTo(3)) {
      await untilListening()
      await cut(url, 'listen')
      await there.store.append('alice', [newEvent()], { expected: 'any' })
      await collector.has(round)
    }
  })
})

it('a listener that begins while the database is away hears of what comes when it is back', async () => {
  const url = await freshDatabase(server)
  const [here, there] = [await openStore(url), await openStore(url)]
  await server.kill()
  const collector = new Collector()
  const failed = gate()
  here.store.subscribe({ after: 0 }, collector.onEvents, (error) => isUnavailable(error) && failed.open())
  await failed.opened
  await server.start()
  await persist(() => there.store.append('alice', [newEvent()], { expected: 'any' }))
  await collector.has(1)
})
