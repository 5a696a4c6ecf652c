import { describe, expect, it } from 'vitest'
import { chain, EMPTY_STREAM, hashOf } from '../../src/events/hash-chain.ts'
import type { StoredEvent } from '../../src/events/stored-event.ts'
import { at, deposited, draft, drafts, idsOf, oneTo } from '../events/sample-events.ts'
import type { WithLog } from './event-log.ts'
import { expectUnbroken, logShown } from './log-shown.ts'

/** An export of this many events of alice and bob, who took turns. */
const exported = (count: number): StoredEvent[] => {
  const [alices, bobs] = ['alice', 'bob'].map((stream) => chain(stream, EMPTY_STREAM, drafts(count)))
  return oneTo(count).flatMap((position) => {
    const event = (position % 2 === 1 ? alices : bobs)?.[Math.ceil(position / 2) - 1]
    return event ? [{ ...event, position }] : []
  })
}

/** One event of carol at this position. */
const carols = (position: number, parts: Partial<StoredEvent> = {}): StoredEvent[] =>
  chain('carol', EMPTY_STREAM, [draft()]).map((event) => ({ ...event, position, ...parts }))

interface Refusal {
  readonly what: string
  /** What is restored to a log that holds the four events given. */
  readonly events: (log: readonly StoredEvent[]) => readonly StoredEvent[]
}

const refusals: readonly Refusal[] = [
  { what: 'leaves a gap after the head', events: () => carols(6) },
  { what: 'begins at the head', events: () => carols(4) },
  { what: 'begins at the first position', events: (log) => log },
  {
    what: 'holds an id that is in the log',
    events: (log) => [...carols(5), ...carols(6, { stream: 'dave', id: log[0]?.id ?? '' })],
  },
  {
    what: 'holds an id twice',
    events: () => {
      const first = carols(5)
      return [...first, ...carols(6, { stream: 'dave', id: first[0]?.id ?? '' })]
    },
  },
  {
    what: 'holds a version that its stream has already',
    events: () => [...carols(5), ...carols(6, { stream: 'alice', version: 2 })],
  },
  { what: 'holds a version twice', events: () => [...carols(5), ...carols(6)] },
]

export const logRestoring = (withLog: WithLog) => {
  it(
    'what was exported as it was: positions, hashes and all',
    withLog(async ({ log }) => {
      const events = exported(10)
      await log.restore(events)
      expect(await log.readAll()).toEqual(events)
      expect(await log.read('bob')).toEqual(events.filter(({ stream }) => stream === 'bob'))
      expect(await log.find(idsOf(events).slice(2, 3))).toEqual(events.slice(2, 3))
      expect(await log.head()).toBe(10)
      await expectUnbroken(log)
    }),
  )

  it(
    'what would be written otherwise today, and whatever its hash: to judge that is the caller’s business',
    withLog(async ({ log }) => {
      const [odd] = carols(1, {
        type: 'MoneyDeposited',
        schemaVersion: 9,
        data: { id: 1, amount: 12.34, source: '', nested: { a: [null, true, 'Zoë 💶'] } },
        hash: 'f'.repeat(64),
      })
      if (!odd) throw new Error('There is nothing to restore.')
      await log.restore([odd])
      expect(await log.readAll()).toEqual([odd])
      expect(await log.find([odd.id])).toEqual([odd])
    }),
  )

  it(
    'in several parts, each right after the one before',
    withLog(async ({ log }) => {
      const events = exported(10)
      for (const [from, to] of [
        [0, 1],
        [1, 7],
        [7, 10],
      ])
        await log.restore(events.slice(from, to))
      expect(await log.readAll()).toEqual(events)
      expect(await log.head()).toBe(10)
    }),
  )

  it(
    'more than a page at once',
    withLog(async ({ log }) => {
      const events = exported(1_001)
      await log.restore(events)
      expect(await log.head()).toBe(1_001)
      expect(await log.readAll({ after: 1_000 })).toEqual(events.slice(1_000))
      expect(await log.read('alice', { from: 501 })).toEqual(events.slice(1_000))
    }),
  )

  it(
    'nothing, if there was nothing',
    withLog(async ({ log }) => {
      await log.restore([])
      expect(await log.head()).toBe(0)
      expect(await log.readAll()).toEqual([])
    }),
  )

  it(
    'after what was appended, if it fits',
    withLog(async ({ log }) => {
      await log.append('alice', drafts(4), 'any')
      await log.restore(carols(5))
      expect(await log.head()).toBe(5)
      expect(await log.read('carol')).toHaveLength(1)
      await expectUnbroken(log)
    }),
  )

  it(
    'so that appending goes on from there: version, position, hash and time',
    withLog(async ({ log }) => {
      const late = [draft(deposited(1), { occurredAt: at(60) })]
      const events = chain('alice', EMPTY_STREAM, late).map((event) => ({ ...event, position: 1 }))
      await log.restore(events)
      const early = draft(deposited(2), { occurredAt: at(1) })
      expect(await log.append('alice', [early], 1)).toEqual({ type: 'appended', version: 2, position: 2 })
      const [first, second] = await log.read('alice')
      expect(first).toEqual(events[0])
      expect(second).toMatchObject({ id: early.id, occurredAt: at(60) })
      expect(second?.hash).toBe(second && hashOf(second, first?.hash ?? ''))
      await expectUnbroken(log)
    }),
  )

  it(
    'so that what was restored is known, and expected versions hold',
    withLog(async ({ log }) => {
      const events = exported(4)
      await log.restore(events)
      const { id = '' } = events[0] ?? {}
      expect(await log.append('carol', [{ ...draft(), id }], 'any')).toEqual({ type: 'known' })
      expect(await log.append('alice', [draft()], 'no-stream')).toEqual({ type: 'conflict', actual: 2 })
      expect(await log.append('alice', [draft()], 2)).toMatchObject({ version: 3, position: 5 })
      expect(await log.versionAt('bob', at(0))).toBe(2)
    }),
  )

  describe('nothing at all when what comes', () => {
    it.each(refusals)('$what', ({ events }) =>
      withLog(async ({ log }) => {
        const there = exported(4)
        await log.restore(there)
        const refused = events(there)
        const streams = ['alice', 'bob', 'carol', 'dave']
        const ids = idsOf([...there, ...refused])
        const before = await logShown(log, streams, ids)

        await expect(log.restore(refused)).rejects.toThrow()

        expect(await logShown(log, streams, ids)).toEqual(before)
        expect(await log.append('carol', [draft()], 'no-stream')).toMatchObject({ version: 1, position: 5 })
        await expectUnbroken(log)
      })())
  })
}
