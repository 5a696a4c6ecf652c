import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Sql } from 'postgres'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { StoreUnavailableError } from '../../src/events/event-log.ts'
import { ChainWalk, chain, EMPTY_STREAM, hashOf } from '../../src/events/hash-chain.ts'
import { MemoryKeys } from '../../src/events/keys.ts'
import { LogEventStore } from '../../src/events/log-event-store.ts'
import { PostgresLog, type PostgresLogOptions } from '../../src/events/postgres-log.ts'
import { ConcurrencyError, type ExpectedVersion } from '../../src/events/store.ts'
import type { Draft } from '../../src/events/stored-event.ts'
import { freshDatabase, openDatabase, rawConnection } from '../support/postgres.ts'
import {
  at,
  deposited,
  draft,
  drafts,
  idsOf,
  newEvent,
  oneTo,
  positionsOf,
  versionsOf,
} from './sample-events.ts'

const openLog = async (url: string, options?: PostgresLogOptions): Promise<PostgresLog> => {
  const log = new PostgresLog(await openDatabase(url), options)
  onTestFinished(() => log.close())
  return log
}

/** A log that counts its statements. */
const countingLog = async (url: string) => {
  let statements = 0
  const reached = (point: string) => {
    if (point === 'before-write') statements++
  }
  const log = await openLog(url, { reached })
  return { log, statements: () => statements }
}

const expectUnbroken = async (log: PostgresLog, count: number): Promise<void> => {
  const walk = new ChainWalk()
  for (const event of await log.readAll({ limit: count + 1 })) expect(walk.next(event)).toBeUndefined()
  expect(walk.end(await log.head())).toBeUndefined()
  expect(walk.events).toBe(count)
}

/** Appends as a log does, on a connection of the test's own, perhaps in a transaction that is held open. */
const appendBy = async (sql: Sql, stream: string, events: readonly Draft[]): Promise<void> => {
  const appends = [
    { stream, expected: 'no-stream', head: EMPTY_STREAM, events: chain(stream, EMPTY_STREAM, events) },
  ]
  await sql`SELECT append_events(${JSON.stringify(appends)}::text::jsonb)`
}

/** Writes an event as nobody should: past the lock, and without counting it. */
const writeBy = async (sql: Sql, stream: string, event: Draft, position: number): Promise<void> => {
  const [{ version, hash } = EMPTY_STREAM] = chain(stream, EMPTY_STREAM, [event])
  const { id, type, schemaVersion, data, metadata, occurredAt } = event
  await sql`
    INSERT INTO events (position, stream, version, id, type, schema_version, data, metadata, occurred_at, hash)
    VALUES (${position}, ${stream}, ${version}, ${id}, ${type}, ${schemaVersion}, ${JSON.stringify(data)}::text::jsonb,
      ${JSON.stringify(metadata)}::text::jsonb, ${occurredAt}, ${hash})`
}

/** Resolves when a statement of a log waits: for the log's lock, or for the transaction that wrote past it. */
const untilOneWaits = async (sql: Sql, event: 'advisory' | 'transactionid'): Promise<void> => {
  await expect
    .poll(
      () =>
        sql`SELECT pid FROM pg_stat_activity WHERE application_name = 'passbook' AND wait_event = ${event}`,
    )
    .toHaveLength(1)
}

/** What the database prefers, for connections that say nothing else. */
const settings = async (url: string, values: Readonly<Record<string, string>>): Promise<void> => {
  const sql = rawConnection(url)
  for (const [name, value] of Object.entries(values)) {
    await sql.unsafe(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET ${name} = '${value}'`)
  }
}

describe('a reader that goes on from the last position it saw', () => {
  it('loses an event for good if positions come from a sequence: it is given out before it is seen', async () => {
    const url = await freshDatabase()
    const [alice, bob, reader] = [rawConnection(url), rawConnection(url), rawConnection(url)]
    await reader`CREATE TABLE naive (position bigserial PRIMARY KEY, stream text NOT NULL)`
    const seen: string[] = []
    let last = '0'
    const readOn = async () => {
      for (const row of await reader`SELECT * FROM naive WHERE position > ${last} ORDER BY position`) {
        seen.push(row.stream)
        last = row.position
      }
    }

    await alice`BEGIN`
    await alice`INSERT INTO naive (stream) VALUES ('alice')`
    await bob`INSERT INTO naive (stream) VALUES ('bob')`
    await readOn()
    await alice`COMMIT`
    await readOn()
    await readOn()
    expect(seen).toEqual(['bob'])
    expect(await reader`SELECT stream FROM naive ORDER BY position`).toEqual([
      { stream: 'alice' },
      { stream: 'bob' },
    ])
  })

  it('misses none of this log, in the same course of things: the second append waits for the first', async () => {
    const url = await freshDatabase()
    const { log, statements } = await countingLog(url)
    const reader = await openLog(url)
    const [alice, observer] = [rawConnection(url), rawConnection(url)]
    const seen: string[] = []
    const positions: number[] = []
    const readOn = async () => {
      for (const { stream, position } of await reader.readAll({ after: positions.at(-1) ?? 0 })) {
        seen.push(stream)
        positions.push(position)
      }
    }

    await alice`BEGIN`
    await appendBy(alice, 'alice', [draft()])
    const appended = log.append('bob', [draft()], 'no-stream')
    await untilOneWaits(observer, 'advisory')
    await readOn()
    expect(seen).toEqual([])
    await alice`COMMIT`
    expect(await appended).toEqual({ type: 'appended', version: 1, position: 2 })
    expect(statements()).toBe(1)
    await readOn()
    expect(seen).toEqual(['alice', 'bob'])
    expect(positions).toEqual([1, 2])
    await expectUnbroken(reader, 2)
  })

  it('finds what was appended meanwhile: an append looks after it has waited', async () => {
    const url = await freshDatabase()
    const { log, statements } = await countingLog(url)
    const [other, observer] = [rawConnection(url), rawConnection(url)]
    await other`BEGIN`
    await appendBy(other, 'alice', drafts(3))
    const appended = Promise.all([
      log.append('alice', [draft()], 'no-stream'),
      log.append('alice', [draft()], 'any'),
    ])
    await untilOneWaits(observer, 'advisory')
    await other`COMMIT`
    expect(await appended).toEqual([
      { type: 'conflict', actual: 3 },
      { type: 'appended', version: 4, position: 4 },
    ])
    expect(statements()).toBe(2)
    await expectUnbroken(log, 4)
  })

  it('finds no hole where an append was taken back', async () => {
    const url = await freshDatabase()
    const log = await openLog(url)
    const [other, observer] = [rawConnection(url), rawConnection(url)]
    await other`BEGIN`
    await appendBy(other, 'alice', drafts(3))
    const appended = log.append('bob', [draft()], 'any')
    await untilOneWaits(observer, 'advisory')
    await other`ROLLBACK`
    expect(await appended).toEqual({ type: 'appended', version: 1, position: 1 })
    await expectUnbroken(log, 1)
  })
})

describe('appends that come together', () => {
  it('are one statement, to new streams as to those that are known here', async () => {
    const { log, statements } = await countingLog(await freshDatabase())
    for (const round of [1, 2]) {
      const results = await Promise.all(
        oneTo(50).map((number) => log.append(`stream ${number}`, drafts(2), 'any')),
      )
      expect(results.map(({ type }) => type)).toEqual(oneTo(50).map(() => 'appended'))
      expect(statements()).toBe(round)
    }
    await expectUnbroken(log, 200)
  })

  it('to one stream are one statement, each chained on to the one before', async () => {
    const { log, statements } = await countingLog(await freshDatabase())
    const given = oneTo(50).map((number) => drafts((number % 3) + 1))
    const results = await Promise.all(given.map((each) => log.append('alice', each, 'any')))
    expect(results.map(({ type }) => type)).toEqual(given.map(() => 'appended'))
    expect(statements()).toBe(1)
    expect(idsOf(await log.read('alice'))).toEqual(idsOf(given.flat()))
    await expectUnbroken(log, given.flat().length)
  })

  it('are one statement more if somebody else moved their streams on, however many', async () => {
    const url = await freshDatabase()
    const { log, statements } = await countingLog(url)
    const other = await openLog(url)
    const streams = oneTo(20).map((number) => `stream ${number}`)
    await Promise.all(streams.map((stream) => other.append(stream, drafts(2), 'no-stream')))
    const results = await Promise.all(streams.map((stream) => log.append(stream, drafts(1), 2)))
    expect(results.map(({ type }) => type)).toEqual(streams.map(() => 'appended'))
    expect(statements()).toBe(2)
    await expectUnbroken(log, 60)
  })

  it('stay in their order when that happens, so that each finds what it expects', async () => {
    const url = await freshDatabase()
    const [log, other] = [await openLog(url), await openLog(url)]
    await other.append('alice', drafts(2), 'no-stream')
    const given = drafts(3)
    const results = await Promise.all(given.map((each, index) => log.append('alice', [each], 2 + index)))
    expect(results).toMatchObject([{ version: 3 }, { version: 4 }, { version: 5 }])
    expect(idsOf(await log.read('alice', { from: 3 }))).toEqual(idsOf(given))
    await expectUnbroken(log, 5)
  })

  it('see those before them, and each is refused for itself', async () => {
    const { log, statements } = await countingLog(await freshDatabase())
    const event = draft()
    const results = await Promise.all([
      log.append('alice', [event], 'no-stream'),
      log.append('alice', drafts(2), 'no-stream'),
      log.append('bob', [event], 'any'),
      log.append('carol', drafts(3), 0),
      log.append('bob', drafts(1), 'stream-exists'),
      log.append('bob', drafts(1), 0),
    ])
    expect(results).toEqual([
      { type: 'appended', version: 1, position: 1 },
      { type: 'conflict', actual: 1 },
      { type: 'known' },
      { type: 'appended', version: 3, position: 4 },
      { type: 'conflict', actual: 0 },
      { type: 'appended', version: 1, position: 5 },
    ])
    expect(statements()).toBeLessThanOrEqual(2)
    await expectUnbroken(log, 5)
  })

  it('fail alone if PostgreSQL does not take what is in them', async () => {
    const log = await openLog(await freshDatabase())
    const odd = { ...draft(), data: { text: 'a\u0000b' } }
    const results = await Promise.allSettled([
      log.append('alice', drafts(1), 'any'),
      log.append('bob', [odd], 'any'),
      log.append('alice', drafts(2), 1),
      log.append('carol', drafts(1), 'no-stream'),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    expect(await log.read('bob')).toEqual([])
    await expectUnbroken(log, 4)
  })

  it('are told when they are committed, and not before', async () => {
    const url = await freshDatabase()
    const other = await openLog(url)
    const seen: (readonly [string, Promise<number>])[] = []
    let isTold = false
    const log = await openLog(url, {
      reached: (point) => {
        expect(isTold).toBe(false)
        seen.push([point, other.head()])
      },
    })
    await log.append('alice', drafts(3), 'any')
    isTold = true
    expect(seen.map(([point]) => point)).toEqual(['before-write', 'after-commit'])
    expect(await seen[1]?.[1]).toBe(3)
  })
})

interface Race {
  readonly expected: ExpectedVersion
  /** How many of the 40 may append. */
  readonly winners: number
}

describe('two servers on one log', () => {
  it.each<Race>([
    { expected: 2, winners: 1 },
    { expected: 'stream-exists', winners: 40 },
    { expected: 'any', winners: 40 },
    { expected: 3, winners: 0 },
    { expected: 'no-stream', winners: 0 },
  ])('that race to append expecting $expected: $winners of 40 do', async ({ expected, winners }) => {
    const url = await freshDatabase()
    const logs = [await openLog(url), await openLog(url)]
    await logs[0]?.append('alice', drafts(2), 'any')
    await expectRace(logs, expected, winners, 2)
  })

  it.each<Race>([
    { expected: 'no-stream', winners: 1 },
    { expected: 0, winners: 1 },
    { expected: 'any', winners: 40 },
    { expected: 'stream-exists', winners: 0 },
  ])('that race for a new stream expecting $expected: $winners of 40 do', async ({ expected, winners }) => {
    const url = await freshDatabase()
    await expectRace([await openLog(url), await openLog(url)], expected, winners, 0)
  })

  const expectRace = async (
    logs: readonly PostgresLog[],
    expected: ExpectedVersion,
    winners: number,
    before: number,
  ): Promise<void> => {
    const attempts = oneTo(20).flatMap(() => logs.map((log) => ({ log, events: drafts(2) })))
    const results = await Promise.all(
      attempts.map(({ log, events }) => log.append('alice', events, expected)),
    )
    const won = attempts.filter((_, index) => results[index]?.type === 'appended')
    expect(won).toHaveLength(winners)
    for (const log of logs) {
      const events = await log.read('alice')
      expect(versionsOf(events)).toEqual(oneTo(before + 2 * winners))
      expect(idsOf(events.slice(before)).sort()).toEqual(idsOf(won.flatMap(({ events }) => events)).sort())
      await expectUnbroken(log, before + 2 * winners)
    }
  }

  it('in two processes, that append to the same stream: each event once, without a hole', async () => {
    const url = await freshDatabase()
    const log = await openLog(url)
    const processes = await Promise.all([1, 2].map(() => startAppending(url, 'alice', 100)))
    const said = await Promise.all(processes.map((goOn) => goOn()))
    const events = await log.read('alice')
    expect(versionsOf(events)).toEqual(oneTo(200))
    expect(idsOf(events).sort()).toEqual(said.flat().sort())
    await expectUnbroken(log, 200)
  })

  /** Gives how to have it go on, which gives the ids of what it appended. */
  const startAppending = async (
    url: string,
    stream: string,
    count: number,
  ): Promise<() => Promise<string[]>> => {
    const script = fileURLToPath(new URL('../support/postgres-process.ts', import.meta.url))
    const child = fork(script, [url, stream, String(count)], { execArgv: ['--import', 'tsx'] })
    onTestFinished(() => ended(child))
    await once(child, 'message')
    return async () => {
      child.send('go on')
      const [said] = await once(child, 'message')
      return z.object({ ids: z.array(z.string()) }).parse(said).ids
    }
  }

  const ended = async (child: ChildProcess): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill()
    await exit
  }
})

describe('an event that somebody wrote past the lock', () => {
  it('is a conflict for who expected the stream without it, and for nobody else', async () => {
    const url = await freshDatabase()
    const [intruder, observer] = [rawConnection(url), rawConnection(url)]
    const log = await openLog(url)
    const store = new LogEventStore(log, new MemoryKeys())
    await intruder`BEGIN`
    await writeBy(intruder, 'alice', draft(), 1_000)
    const appended = Promise.allSettled([
      store.append('bob', [newEvent()], { expected: 'no-stream' }),
      store.append('alice', [newEvent()], { expected: 0 }),
      store.append('alice', [newEvent()], { expected: 'any' }),
      store.append('carol', [newEvent()], { expected: 'no-stream' }),
    ])
    await untilOneWaits(observer, 'transactionid')
    await intruder`COMMIT`
    const [bob, alice, anyway, carol] = await appended
    expect(alice).toMatchObject({ status: 'rejected', reason: expect.any(ConcurrencyError) })
    expect(alice).toMatchObject({ reason: { stream: 'alice', expected: 0, actual: 1 } })
    expect(bob).toMatchObject({ status: 'fulfilled', value: { version: 1 } })
    expect(anyway).toMatchObject({ status: 'fulfilled', value: { version: 2 } })
    expect(carol).toMatchObject({ status: 'fulfilled', value: { version: 1 } })
    expect(positionsOf(await log.readAll())).toEqual([1, 2, 3, 1_000])
    expect(await log.head()).toBe(3)
  })

  it('is known, if it is the one that is appended', async () => {
    const url = await freshDatabase()
    const [intruder, observer] = [rawConnection(url), rawConnection(url)]
    const log = await openLog(url)
    const event = draft()
    await intruder`BEGIN`
    await writeBy(intruder, 'alice', event, 1_000)
    const appended = log.append('bob', [event], 'any')
    await untilOneWaits(observer, 'transactionid')
    await intruder`COMMIT`
    expect(await appended).toEqual({ type: 'known' })
  })

  it('in the place of the next is an error that nobody takes for a conflict, and nothing is written', async () => {
    const url = await freshDatabase()
    const log = await openLog(url)
    await writeBy(rawConnection(url), 'alice', draft(), 1)
    await expect(log.append('bob', [draft()], 'any')).rejects.toThrow('events_pkey')
    expect(await log.read('bob')).toEqual([])
    expect(await log.head()).toBe(0)
  })
})

describe('what is stored', () => {
  it('is JSON that SQL can look into', async () => {
    const url = await freshDatabase()
    const log = await openLog(url)
    await log.append('alice', [draft(deposited(130_000))], 'any')
    const sql = rawConnection(url)
    expect(
      await sql`SELECT data->>'amount' AS amount, metadata->>'actor' AS actor, jsonb_typeof(data) AS type FROM events`,
    ).toEqual([{ amount: '130000', actor: 'Ada', type: 'object' }])
  })

  it('has its time to the millisecond, in every year and wherever the database stands', async () => {
    const url = await freshDatabase()
    await settings(url, { timezone: 'Asia/Kathmandu', datestyle: 'SQL, DMY' })
    const log = await openLog(url)
    const times = [
      '0001-01-01T00:00:00.000Z',
      '0001-12-31T23:59:59.999Z',
      '1883-11-18T17:00:00.001Z',
      '1969-12-31T23:59:59.999Z',
      '1970-01-01T00:00:00.000Z',
      '2024-02-29T12:00:00.120Z',
      '2026-10-25T01:30:00.100Z',
      '9999-12-31T23:59:59.999Z',
    ]
    for (const occurredAt of times) {
      await log.append(occurredAt, [draft(deposited(1), { occurredAt })], 'no-stream')
      const [event] = await log.read(occurredAt)
      expect(event?.occurredAt).toBe(occurredAt)
      expect(event && hashOf(event, '')).toBe(event?.hash)
      expect(await log.versionAt(occurredAt, occurredAt)).toBe(1)
      const next = draft(deposited(1), { occurredAt })
      expect(await log.append(occurredAt, [next], 1)).toMatchObject({ version: 2 })
    }
    const other = await openLog(url)
    for (const occurredAt of times) await other.append(occurredAt, [draft()], 2)
    await expectUnbroken(log, 3 * times.length)
  })
})

it('appends at READ COMMITTED, whatever the database prefers, and does not without', async () => {
  const url = await freshDatabase()
  await settings(url, { default_transaction_isolation: 'serializable' })
  const log = await openLog(url)
  expect(await log.append('alice', [draft()], 'any')).toMatchObject({ type: 'appended' })
  const stubborn = await openLog(`${url}?default_transaction_isolation=serializable`)
  await expect(stubborn.append('alice', [draft()], 'any')).rejects.toThrow('READ COMMITTED')
})

describe('closing', () => {
  it('waits for what was appended before, and refuses what comes after', async () => {
    const url = await freshDatabase()
    const log = await openLog(url)
    const appended = [log.append('alice', drafts(1), 'any'), log.append('bob', drafts(1), 'any')]
    await log.close()
    expect(await log.head()).toBe(2)
    await Promise.all(appended)
    await expect(log.append('alice', drafts(1), 'any')).rejects.toThrow(StoreUnavailableError)
    await expect(log.restore([])).rejects.toThrow(StoreUnavailableError)
  })

  it('leaves the database to those who share it', async () => {
    const database = await openDatabase(await freshDatabase())
    const log = new PostgresLog(database)
    await log.append('alice', [draft(deposited(1), { occurredAt: at(1) })], 'any')
    await log.close()
    expect(await new PostgresLog(database).head()).toBe(1)
  })
})
