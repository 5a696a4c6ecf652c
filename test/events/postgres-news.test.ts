import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { chain, EMPTY_STREAM } from '../../src/events/hash-chain.ts'
import { PostgresDatabase } from '../../src/events/postgres-database.ts'
import { PostgresLog, type PostgresLogOptions } from '../../src/events/postgres-log.ts'
import { PostgresNews } from '../../src/events/postgres-news.ts'
import { freshDatabase, openDatabase, rawConnection } from '../support/postgres.ts'
import { gate } from './gate.ts'
import { draft, drafts, oneTo } from './sample-events.ts'

const NEVER = 2_000_000_000

const openLog = async (url: string, options: PostgresLogOptions): Promise<PostgresLog> => {
  const log = new PostgresLog(await openDatabase(url), options)
  onTestFinished(() => log.close())
  return log
}

/** Resolves when the server says that so many connections listen. */
const untilListening = async (url: string, count: number): Promise<void> => {
  const sql = rawConnection(url)
  await expect
    .poll(
      () =>
        sql`SELECT pid FROM pg_stat_activity WHERE query ILIKE 'listen %' AND datname = current_database()`,
    )
    .toHaveLength(count)
}

/** Resolves when the log tells of something that brings its head to this position. */
const toldOf = (log: PostgresLog, position: number): Promise<void> => {
  const { opened, open } = gate()
  onTestFinished(log.onNews(() => void log.head().then((head) => head === position && open())))
  return opened
}

describe('what another server appends', () => {
  it('is told at once, without looking', async () => {
    const url = await freshDatabase()
    const [log, other] = [await openLog(url, { pollMs: NEVER }), await openLog(url, { pollMs: NEVER })]
    const told = toldOf(log, 3)
    await untilListening(url, 1)
    await other.append('alice', drafts(3), 'any')
    await told
  })

  it('is found by looking if nobody tells', async () => {
    const url = await freshDatabase()
    const log = await openLog(url, { pollMs: 50 })
    const told = toldOf(log, 1)
    const events = chain('alice', EMPTY_STREAM, [draft()])
    const appends = JSON.stringify([{ stream: 'alice', expected: 'any', head: EMPTY_STREAM, events }])
    await rawConnection(url)`SELECT append_events(${appends}::text::jsonb)`
    await told
  })

  it('is told together if there is much of it', async () => {
    const url = await freshDatabase()
    const sql = rawConnection(url)
    const news = new PostgresNews(await openDatabase(url), NEVER)
    const heard: string[] = []
    const end = gate()
    await sql.listen('passbook', (text) => (text === 'the end' ? end.open() : heard.push(text)))
    for (const _ of oneTo(1_000)) news.tell()
    await news.close()
    await sql.notify('passbook', 'the end')
    await end.opened
    expect(heard).toEqual(['', ''])
  })
})

it('who listens here is told at once, whether the others can be told or not', async () => {
  const nowhere = new PostgresDatabase('postgres://passbook@127.0.0.1:1/nowhere')
  onTestFinished(() => nowhere.close())
  const news = new PostgresNews(nowhere, NEVER)
  const listener = vi.fn()
  news.listen(listener)
  news.tell()
  expect(listener).toHaveBeenCalledTimes(1)
  await news.close()
})

it('neither listens nor looks when nobody asked, nor any more when nobody asks', async () => {
  const url = await freshDatabase()
  const log = await openLog(url, { pollMs: 20 })
  const looked = vi.fn()
  await untilListening(url, 0)
  const stops = [log.onNews(looked), log.onNews(looked)]
  await untilListening(url, 1)
  await expect.poll(() => looked.mock.calls.length).toBeGreaterThan(4)
  for (const stop of stops) {
    stop()
    stop()
  }
  const calls = looked.mock.calls.length
  await untilListening(url, 0)
  expect(looked.mock.calls.length).toBe(calls)
})
