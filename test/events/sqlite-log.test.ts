import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import type { CommitPoint } from '../../src/events/event-log.ts'
import { StoreUnavailableError } from '../../src/events/event-log.ts'
import { ChainWalk } from '../../src/events/hash-chain.ts'
import { MemoryKeys } from '../../src/events/keys.ts'
import { LogEventStore } from '../../src/events/log-event-store.ts'
import { SqliteLog } from '../../src/events/sqlite-log.ts'
import type { ExpectedVersion } from '../../src/events/store.ts'
import { openLog, startProcess, temporaryPath } from '../support/sqlite.ts'
import { Collector, unexpected } from './collector.ts'
import { gate } from './gate.ts'
import { draft, drafts, idsOf, oneTo, positionsOf, versionsOf } from './sample-events.ts'

/** A log that counts its transactions. */
const countingLog = async () => {
  const points: CommitPoint[] = []
  const { file, log } = await openLog(temporaryPath(), { reached: (point) => points.push(point) })
  const transactions = () => points.filter((point) => point === 'after-commit').length
  return { file, log, points, transactions }
}

const expectUnbroken = async (log: SqliteLog, count: number): Promise<void> => {
  const walk = new ChainWalk()
  for (const event of await log.readAll({ limit: count + 1 })) expect(walk.next(event)).toBeUndefined()
  expect(walk.end(await log.head())).toBeUndefined()
  expect(walk.events).toBe(count)
}

describe('appends that come together', () => {
  it('are committed together', async () => {
    const { log, points } = await countingLog()
    const results = await Promise.all(
      oneTo(200).map((number) => log.append(`stream ${number % 50}`, drafts(1), 'any')),
    )
    expect(results.map(({ type }) => type)).toEqual(oneTo(200).map(() => 'appended'))
    expect(points).toEqual(['before-write', 'before-commit', 'after-commit'])
    await expectUnbroken(log, 200)
  })

  it('are committed about 250 events at a time', async () => {
    const { log, transactions } = await countingLog()
    await Promise.all(oneTo(10).map((number) => log.append(`stream ${number}`, drafts(75), 'any')))
    expect(transactions()).toBe(4)
    await expectUnbroken(log, 750)
  })

  it('see those before them, and each is refused for itself', async () => {
    const { log, transactions } = await countingLog()
    const event = draft()
    const results = await Promise.all([
      log.append('alice', [event], 'no-stream'),
      log.append('alice', drafts(2), 'no-stream'),
      log.append('bob', [event], 'any'),
      log.append('alice', drafts(3), 1),
      log.append('bob', drafts(1), 'stream-exists'),
      log.append('bob', drafts(1), 0),
    ])
    expect(results).toEqual([
      { type: 'appended', version: 1, position: 1 },
      { type: 'conflict', actual: 1 },
      { type: 'known' },
      { type: 'appended', version: 4, position: 4 },
      { type: 'conflict', actual: 0 },
      { type: 'appended', version: 1, position: 5 },
    ])
    expect(transactions()).toBe(1)
    await expectUnbroken(log, 5)
  })

  it('all fail if their transaction does, and nothing is stored; the next succeeds', async () => {
    const path = temporaryPath()
    const failure = new Error('The machine was unplugged.')
    let isFailing = true
    const { log } = await openLog(path, {
      reached: (point) => {
        if (isFailing && point === 'before-commit') throw failure
      },
    })
    const given = oneTo(5).map((number) => drafts(number))
    const results = await Promise.allSettled(given.map((each) => log.append('alice', each, 'any')))
    expect(results).toEqual(given.map(() => ({ status: 'rejected', reason: failure })))
    expect(await log.readAll()).toEqual([])
    expect(await log.find(idsOf(given.flat()))).toEqual([])
    expect(await log.head()).toBe(0)

    isFailing = false
    expect(await log.append('alice', given[0] ?? [], 'no-stream')).toMatchObject({ version: 1, position: 1 })
    await expectUnbroken(log, 1)
  })
})

it('tells of an append when it is committed, and not before', async () => {
  const path = temporaryPath()
  const { log: other } = await openLog(path)
  const seen: (readonly [CommitPoint, Promise<number>])[] = []
  let isTold = false
  const { log } = await openLog(path, {
    reached: (point) => {
      expect(isTold).toBe(false)
      seen.push([point, other.head()])
    },
  })
  await log.append('alice', drafts(3), 'any')
  isTold = true
  const heads = await Promise.all(seen.map(async ([point, head]) => [point, await head]))
  expect(heads).toEqual([
    ['before-write', 0],
    ['before-commit', 0],
    ['after-commit', 3],
  ])
})

it('has everything when it is opened again, and goes on from there', async () => {
  const path = temporaryPath()
  const first = await openLog(path)
  const [alices, bobs] = [drafts(3), drafts(2)]
  await first.log.append('alice', alices, 'any')
  await first.log.append('bob', bobs, 'any')
  const before = await first.log.readAll()
  await first.log.close()
  first.file.close()

  const { log } = await openLog(path)
  expect(await log.readAll()).toEqual(before)
  expect(await log.append('alice', alices, 'any')).toEqual({ type: 'known' })
  expect(await log.append('bob', drafts(1), 2)).toEqual({ type: 'appended', version: 3, position: 6 })
  await expectUnbroken(log, 6)
})

describe('closing', () => {
  it('waits for what was appended before, and refuses what comes after', async () => {
    const { log } = await openLog()
    const appended = [log.append('alice', drafts(1), 'any'), log.append('bob', drafts(1), 'any')]
    await log.close()
    expect(await log.head()).toBe(2)
    await Promise.all(appended)
    await expect(log.append('alice', drafts(1), 'any')).rejects.toThrow(StoreUnavailableError)
    await expect(log.restore([])).rejects.toThrow(StoreUnavailableError)
    expect(await log.head()).toBe(2)
  })

  it('leaves the file to those who share it', async () => {
    const { log, file } = await openLog()
    await log.append('alice', drafts(1), 'any')
    await log.close()
    expect(await new SqliteLog(file).head()).toBe(1)
  })
})

it('names an event that cannot be read any more', async () => {
  const { file, log } = await openLog()
  await log.append('alice', drafts(2), 'any')
  await file.write(() => file.prepare("UPDATE events SET data = '{' WHERE version = 2").run())
  const damaged = 'Event 2 of stream "alice" is not what was written there.'
  await expect(log.readAll()).rejects.toThrow(damaged)
  await expect(log.facts('alice')).rejects.toThrow(damaged)
})

it('tells who begins to listen, for they may have read before somebody else appended', async () => {
  const path = temporaryPath()
  const [{ log }, { log: other }] = [await openLog(path), await openLog(path)]
  expect(await log.head()).toBe(0)
  await other.append('alice', drafts(1), 'any')
  const told = gate()
  onTestFinished(log.onNews(told.open))
  await told.opened
})

interface Race {
  readonly expected: ExpectedVersion
  /** How many of the 40 may append. */
  readonly winners: number
}

describe('two connections to one file', () => {
  it.each<Race>([
    { expected: 2, winners: 1 },
    { expected: 'stream-exists', winners: 40 },
    { expected: 'any', winners: 40 },
    { expected: 3, winners: 0 },
    { expected: 'no-stream', winners: 0 },
  ])('that race to append expecting $expected: $winners of 40 do', async ({ expected, winners }) => {
    const path = temporaryPath()
    const logs = [(await openLog(path)).log, (await openLog(path)).log]
    await logs[0]?.append('alice', drafts(2), 'any')
    await expectRace(logs, expected, winners, 2)
  })

  it.each<Race>([
    { expected: 'no-stream', winners: 1 },
    { expected: 0, winners: 1 },
    { expected: 'any', winners: 40 },
    { expected: 'stream-exists', winners: 0 },
  ])('that race for a new stream expecting $expected: $winners of 40 do', async ({ expected, winners }) => {
    const path = temporaryPath()
    await expectRace([(await openLog(path)).log, (await openLog(path)).log], expected, winners, 0)
  })

  const expectRace = async (
    logs: readonly SqliteLog[],
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
})

describe('another process', () => {
  const outcome = z.object({ ids: z.array(z.string()) })

  const startAppending = async (path: string, stream: string, count: number) => {
    const other = startProcess('append', path, stream, String(count))
    expect(await other.says()).toBe('ready')
    return other
  }

  it('that appends is noticed by whoever listens here', async () => {
    const path = temporaryPath()
    const { log } = await openLog(path)
    const store = new LogEventStore(log, new MemoryKeys())
    onTestFinished(() => store.close())
    const collector = new Collector()
    const { says, goOn } = await startAppending(path, 'alice', 3)
    store.subscribe({ after: 0 }, collector.onEvents, unexpected)
    await log.append('bob', [draft()], 'any')
    await collector.has(1)

    goOn()
    await collector.has(4)
    expect(await says()).toMatchObject({ ids: idsOf(await store.read('alice')) })
    expect(positionsOf(collector.events)).toEqual([1, 2, 3, 4])
  })

  it('may append to the same stream at the same time: each event once, without a hole', async () => {
    const path = temporaryPath()
    const processes = await Promise.all([1, 2].map(() => startAppending(path, 'alice', 50)))
    for (const { goOn } of processes) goOn()
    const said = await Promise.all(processes.map(async ({ says }) => outcome.parse(await says())))

    const { log } = await openLog(path)
    const events = await log.read('alice')
    expect(versionsOf(events)).toEqual(oneTo(100))
    expect(idsOf(events).sort()).toEqual(said.flatMap(({ ids }) => ids).sort())
    await expectUnbroken(log, 100)
  })
})
