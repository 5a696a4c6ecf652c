import { expect, it } from 'vitest'
import { MemoryKeys } from '../../src/events/keys.ts'
import { LogEventStore } from '../../src/events/log-event-store.ts'
import type { ExpectedVersion } from '../../src/events/store.ts'
import type { Draft } from '../../src/events/stored-event.ts'
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
} from '../events/sample-events.ts'
import type { WithLog } from './event-log.ts'
import { expectUnbroken, logShown } from './log-shown.ts'

interface Known {
  readonly what: string
  /** What is appended after alice's log holds three events. */
  readonly again: (log: readonly Draft[]) => readonly Draft[]
  readonly stream?: string
  readonly expected?: ExpectedVersion
}

const known: readonly Known[] = [
  { what: 'the same events', again: (log) => log },
  { what: 'the same events at the version they are at', again: (log) => log, expected: 3 },
  { what: 'the same events at a version that they are not at', again: (log) => log, expected: 99 },
  { what: 'the same events, where there should be no stream', again: (log) => log, expected: 'no-stream' },
  { what: 'one of the events', again: (log) => log.slice(1, 2) },
  { what: 'a new event before an old one', again: (log) => [draft(), ...log.slice(0, 1)] },
  { what: 'a new event after an old one', again: (log) => [...log.slice(0, 1), draft()] },
  { what: 'another event with an old id', again: ([first]) => [{ ...draft(), id: first?.id ?? '' }] },
  { what: 'an old event, in another stream', again: (log) => log.slice(0, 1), stream: 'bob' },
  {
    what: 'an old event, in a stream that is not there but should be',
    again: (log) => log.slice(0, 1),
    stream: 'nobody',
    expected: 'stream-exists',
  },
]

export const logAppending = (withLog: WithLog) => {
  it(
    'and gives the version and position of the last event',
    withLog(async ({ log }) => {
      expect(await log.append('alice', drafts(2), 'no-stream')).toEqual({
        type: 'appended',
        version: 2,
        position: 2,
      })
      expect(await log.append('bob', drafts(1), 0)).toEqual({ type: 'appended', version: 1, position: 3 })
      expect(await log.append('alice', drafts(3), 2)).toEqual({ type: 'appended', version: 5, position: 6 })
      expect(positionsOf(await log.readAll())).toEqual(oneTo(6))
      expect(versionsOf(await log.read('alice'))).toEqual(oneTo(5))
      expect(await log.head()).toBe(6)
    }),
  )

  it.each(known)('$what: the ids are known, and nothing changes', ({
    again,
    stream = 'alice',
    expected = 'any',
  }) =>
    withLog(async ({ log }) => {
      const old = drafts(3)
      await log.append('alice', old, 'any')
      await log.append('bob', drafts(1), 'any')
      const events = again(old)
      const ids = idsOf([...old, ...events])
      const before = await logShown(log, ['alice', 'bob', 'nobody'], ids)
      expect(await log.append(stream, events, expected)).toEqual({ type: 'known' })
      expect(await logShown(log, ['alice', 'bob', 'nobody'], ids)).toEqual(before)
    })())

  it.each<{ readonly expected: ExpectedVersion; readonly actual: number }>([
    { expected: 0, actual: 2 },
    { expected: 1, actual: 2 },
    { expected: 3, actual: 2 },
    { expected: 'no-stream', actual: 2 },
    { expected: 'stream-exists', actual: 0 },
    { expected: 1, actual: 0 },
  ])('new events, expecting $expected: a conflict with $actual, and nothing changes', ({
    expected,
    actual,
  }) =>
    withLog(async ({ log }) => {
      await log.append('bob', drafts(5), 'any')
      if (actual > 0) await log.append('alice', drafts(actual), 'any')
      const refused = drafts(2)
      const before = await logShown(log, ['alice', 'bob'], idsOf(refused))
      expect(await log.append('alice', refused, expected)).toEqual({ type: 'conflict', actual })
      expect(await logShown(log, ['alice', 'bob'], idsOf(refused))).toEqual(before)
    })())

  it(
    'the same events from many callers at once: once, and for the others they are known',
    withLog(async ({ log }) => {
      const events = drafts(3)
      const results = await Promise.all(oneTo(20).map(() => log.append('alice', events, 0)))
      expect(results.map(({ type }) => type).sort()).toEqual(['appended', ...oneTo(19).map(() => 'known')])
      expect(idsOf(await log.readAll())).toEqual(idsOf(events))
    }),
  )

  it(
    'one event to many streams at once: to one of them',
    withLog(async ({ log }) => {
      const event = draft()
      const results = await Promise.all(oneTo(20).map((number) => log.append(`s${number}`, [event], 'any')))
      expect(results.filter(({ type }) => type === 'appended')).toHaveLength(1)
      expect(results.filter(({ type }) => type === 'known')).toHaveLength(19)
      expect(await log.readAll()).toHaveLength(1)
    }),
  )

  it(
    'from many callers at once: a chain without a fault, and nothing that was refused',
    withLog(async ({ log }) => {
      const asked = oneTo(60).map((number) => ({
        stream: `s${number % 4}`,
        events: drafts((number % 3) + 1),
        expected: number % 5 === 0 ? number % 7 : ('any' as const),
      }))
      const results = await Promise.all(
        asked.map(({ stream, events, expected }) => log.append(stream, events, expected)),
      )
      const appended = asked.filter((_, index) => results[index]?.type === 'appended')
      expect(idsOf(await log.readAll()).sort()).toEqual(
        idsOf(appended.flatMap(({ events }) => events)).sort(),
      )
      for (const [index, { stream, events }] of asked.entries()) {
        const result = results[index]
        if (result?.type !== 'appended') continue
        const last = (await log.read(stream, { from: result.version, limit: 1 }))[0]
        expect(last).toMatchObject({ id: events.at(-1)?.id, position: result.position })
      }
      await expectUnbroken(log)
    }),
  )

  it(
    'what it is given as it is, of whatever type and shape, and hashes that',
    withLog(async ({ log }) => {
      const odd: Draft = {
        ...draft(deposited(1), { occurredAt: at(0.123) }),
        type: 'MoneyMoved',
        schemaVersion: 17,
        data: {
          amount: 12.34,
          tiny: 1e-7,
          huge: Number.MAX_SAFE_INTEGER,
          nothing: null,
          yes: true,
          empty: '',
          nested: { list: [1, [2, { three: 3 }], 'four'], b: 1, a: 2 },
          text: 'Zoë O’Hara "\\\u2028 💶',
        },
      }
      await log.append('alice', [odd, draft()], 'any')
      const { id, type, schemaVersion, data, metadata, occurredAt } = odd
      expect((await log.read('alice'))[0]).toEqual({
        position: 1,
        stream: 'alice',
        version: 1,
        id,
        type,
        schemaVersion,
        data,
        metadata,
        occurredAt,
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      })
      expect(await log.readAll()).toEqual(await log.read('alice'))
      expect(await log.find([id])).toEqual((await log.read('alice')).slice(0, 1))
      await expectUnbroken(log)
    }),
  )

  it(
    'what people wrote sealed: it is in none of the readings',
    withLog(async ({ log }) => {
      const secrets = ['Ada Lovelace', 'a birthday', 'a bicycle', 'a suspicion', 'a mistake', 'goodbye']
      const store = new LogEventStore(log, new MemoryKeys())
      const [owner = '', source = '', reason = '', suspicion = '', mistake = '', goodbye = ''] = secrets
      const events = [
        newEvent({ type: 'opened', data: { owner, currency: 'USD', openingBalance: 100 } }),
        newEvent({ type: 'deposited', data: { amount: 5, source } }),
        newEvent({ type: 'withdrawn', data: { amount: 3, reason } }),
        newEvent({ type: 'frozen', data: { reason: suspicion } }),
        newEvent({ type: 'unfrozen', data: { reason: mistake } }),
        newEvent({ type: 'closed', data: { reason: goodbye } }),
      ]
      await store.append('alice', events, { expected: 'no-stream' })

      const readings = [await log.read('alice'), await log.readAll(), await log.find(idsOf(events))]
      for (const stored of readings) {
        expect(stored).toHaveLength(6)
        for (const secret of secrets) expect(JSON.stringify(stored)).not.toContain(secret)
      }
      const sealed = { key: expect.any(String), sealed: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/) }
      expect((await log.read('alice')).map(({ type, data }) => [type, data])).toEqual([
        ['opened', { owner: sealed, currency: 'USD', openingBalance: 100 }],
        ['deposited', { amount: 5, source: sealed }],
        ['withdrawn', { amount: 3, reason: sealed }],
        ['frozen', { reason: sealed }],
        ['unfrozen', { reason: sealed }],
        ['closed', { reason: sealed }],
      ])
      await expectUnbroken(log)
    }),
  )

  it(
    'and finds by id those that are there',
    withLog(async ({ log }) => {
      const [a, b, missing] = [draft(), draft(), draft()]
      await log.append('alice', [a], 'any')
      await log.append('bob', [b], 'any')
      expect(idsOf(await log.find([missing.id, b.id, a.id])).sort()).toEqual([a.id, b.id].sort())
      expect(await log.find([])).toEqual([])
      expect(await log.find([missing.id])).toEqual([])
    }),
  )
}
