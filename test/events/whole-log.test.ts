import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { InvalidEventError, UnknownEventTypeError } from '../../src/events/event.ts'
import { chain, EMPTY_STREAM } from '../../src/events/hash-chain.ts'
import { MemoryEventStore, MemoryLog } from '../../src/events/memory-store.ts'
import { PAGE } from '../../src/events/store.ts'
import type { Draft, StoredEvent } from '../../src/events/stored-event.ts'
import {
  checkedEvents,
  eventsOf,
  ImportError,
  presentIn,
  restoreAll,
  verify,
} from '../../src/events/whole-log.ts'
import { deposits, draft, drafts, oneTo, positionsOf } from './sample-events.ts'
import { type Log, logOfStreams, renumbered, replaced, swapped, without } from './tampering.ts'

const logHolding = async (events: readonly StoredEvent[]): Promise<MemoryLog> => {
  const log = new MemoryLog()
  await log.restore(events)
  return log
}

const streaming = (events: readonly StoredEvent[]): AsyncIterable<StoredEvent> => Readable.from(events)

const all = (events: AsyncIterable<StoredEvent>): Promise<StoredEvent[]> => Readable.from(events).toArray()

/** This many events of two accounts that take turns. */
const manyEvents = (count: number): Log =>
  logOfStreams(...oneTo(count).map((number) => (number % 2 === 1 ? 'alice' : 'bob')))

/** A log whose chains hold, with this at its end. */
const endingWith = (last: Draft): StoredEvent[] =>
  chain('alice', EMPTY_STREAM, [...drafts(2), last]).map((event, index) => ({
    ...event,
    position: index + 1,
  }))

const five = logOfStreams('alice', 'bob', 'alice', 'bob', 'alice')
const nth = (position: number): StoredEvent => {
  const event = five[position - 1]
  if (!event) throw new Error(`There is no event at ${position}.`)
  return event
}
const [first, second, third, fourth, fifth] = [nth(1), nth(2), nth(3), nth(4), nth(5)]

describe('the events of a whole log', () => {
  it.each([
    0,
    1,
    PAGE - 1,
    PAGE,
    PAGE + 1,
    2 * PAGE,
  ])('are all there is, as it is stored: %d', async (count) => {
    const events = manyEvents(count)
    expect(await all(eventsOf(await logHolding(events)))).toEqual(events)
  })

  it('come after a position', async () => {
    const events = manyEvents(PAGE + 2)
    expect(await all(eventsOf(await logHolding(events), PAGE))).toEqual(events.slice(PAGE))
  })

  it('end where the log ends by the time that is reached', async () => {
    const log = await logHolding(manyEvents(PAGE))
    const seen: StoredEvent[] = []
    for await (const event of eventsOf(log)) {
      if (event.position === 1) await log.append('carol', drafts(3), 'any')
      seen.push(event)
    }
    expect(positionsOf(seen)).toEqual(oneTo(PAGE + 3))
  })
})

describe('verifying', () => {
  it.each([0, 1, PAGE, PAGE + 1])('finds nothing wrong with a log of %d events', async (count) => {
    const log = await logHolding(manyEvents(count))
    const { digest, ...found } = await verify(log)
    expect(found).toEqual({ events: count, streams: Math.min(count, 2), fault: undefined })
    expect(digest).toEqual(count === 0 ? undefined : expect.stringMatching(`^${count}:[0-9a-f]{64}$`))
  })

  describe('against a digest that was noted down', () => {
    const digestOf = async (events: readonly StoredEvent[]) => {
      const [position, digest = ''] = (await verify(await logHolding(events))).digest?.split(':') ?? []
      return { position: Number(position), digest }
    }

    it('finds nothing wrong with a log that has only grown', async () => {
      const expected = await digestOf(five.slice(0, 3))
      expect((await verify(await logHolding(five), { expected })).fault).toBeUndefined()
    })

    it('sees that all hashes were worked out anew', async () => {
      const expected = await digestOf(five)
      const forged = manyEvents(5)
      expect((await verify(await logHolding(forged))).fault).toBeUndefined()
      expect((await verify(await logHolding(forged), { expected })).fault).toEqual({
        position: 5,
        message: 'The log up to position 5 is not what it was when its digest was noted down.',
      })
    })

    it('sees that the end was cut off', async () => {
      const expected = await digestOf(five)
      const { fault } = await verify(await logHolding(five.slice(0, 4)), { expected })
      expect(fault?.position).toBe(5)
    })
  })

  it('tells how far it has come after each page', async () => {
    const positions: number[] = []
    await verify(await logHolding(manyEvents(2 * PAGE + 1)), {
      onProgress: (position) => positions.push(position),
    })
    expect(positions).toEqual([PAGE, 2 * PAGE, 2 * PAGE + 1])
  })

  it('names the first event that is not what was written, and what held before it', async () => {
    const log = await logHolding(replaced(five, third, { ...third, data: { amount: 1_000_000 } }))
    expect(await verify(log)).toMatchObject({
      events: 3,
      streams: 2,
      fault: {
        position: 3,
        message: 'Event 2 of "alice" (position 3) does not fit its hash: changed, put in, or moved.',
      },
    })
  })

  it('misses the last event, too', async () => {
    const log = await logHolding(without(five, fifth))
    const lost = { readAll: log.readAll.bind(log), head: async () => 5 }
    expect((await verify(lost)).fault).toEqual({
      position: 5,
      message: 'The event at position 5 is missing: 5 events were written.',
    })
  })

  it('of a log that grows meanwhile finds nothing wrong', async () => {
    const store = new MemoryEventStore()
    await store.append('alice', deposits(PAGE), { expected: 'any' })
    const grow = async <T>(result: Promise<T>): Promise<T> => {
      const value = await result
      if ((await store.head()) < 3 * PAGE) await store.append('bob', deposits(100), { expected: 'any' })
      return value
    }
    const { events, fault } = await verify({
      head: () => grow(store.log.head()),
      readAll: (options) => grow(store.log.readAll(options)),
    })
    expect(fault).toBeUndefined()
    expect(events).toBe(3 * PAGE)
  })
})

describe('checked events', () => {
  it.each([0, 1, PAGE + 1])('are the same events, if nothing is wrong with them: %d', async (count) => {
    const events = manyEvents(count)
    expect(await all(checkedEvents(streaming(events)))).toEqual(events)
  })

  it.each([
    [
      'changed',
      replaced(five, third, { ...third, data: { amount: 7 } }),
      'Event 2 of "alice" (position 3) does not fit its hash: changed, put in, or moved.',
      2,
    ],
    ['lost', without(five, fourth), 'The event at position 4 is missing: the next is at 5.', 3],
    ['lost, the first', without(five, first), 'The event at position 1 is missing: the next is at 2.', 0],
    [
      'lost, and those after it moved up',
      renumbered(without(five, second)),
      'Event 1 of "bob" is missing: after event 0 comes 2.',
      2,
    ],
    [
      'there twice',
      [...five, fifth],
      'Event 3 of "alice" (position 5) comes after position 5: put in, or moved.',
      5,
    ],
    ['moved down', [first, third, second], 'The event at position 2 is missing: the next is at 3.', 1],
    [
      'in the place of another',
      swapped(five, first, third, 'position'),
      'Event 1 of "alice" is missing: after event 0 comes 2.',
      0,
    ],
  ])('are given on up to one that is %s', async (_, events, message, count) => {
    const given: StoredEvent[] = []
    const giving = async () => {
      for await (const event of checkedEvents(streaming(events))) given.push(event)
    }
    await expect(giving()).rejects.toThrow(new ImportError(message))
    expect(given).toEqual(events.slice(0, count))
  })

  it.each([
    ['of a type that nobody knows', { type: 'stolen' }, UnknownEventTypeError],
    ['of a shape that nobody knows', { schemaVersion: 9 }, UnknownEventTypeError],
    ['of less than nothing', { data: { amount: -1 } }, InvalidEventError],
    ['of a part of a cent', { data: { amount: 1.5 } }, InvalidEventError],
  ])('are not given on where one is %s, in spite of its hash', async (_, parts, kind) => {
    const reading = all(checkedEvents(streaming(endingWith({ ...draft(), ...parts }))))
    const error = await reading.catch((error: unknown) => error)
    expect(error).toBeInstanceOf(kind)
    expect(String(error)).toContain('Event 3 of stream "alice"')
  })

  it('may hold sealed text, for which no key is needed', async () => {
    const store = new MemoryEventStore()
    const text = { type: 'withdrawn', data: { amount: 1, reason: 'a bicycle' } } as const
    await store.append(
      'alice',
      deposits(1).map((event) => ({ ...event, ...text })),
      { expected: 'any' },
    )
    expect(await all(checkedEvents(eventsOf(store.log)))).toEqual(await store.log.readAll())
  })
})

describe('what is present of a log', () => {
  it.each([
    [0, 5],
    [3, 5],
    [5, 5],
    [5, 3],
    [PAGE, PAGE + 1],
    [PAGE + 1, PAGE + 2],
    [3, 0],
  ])('is known by its position: of a log that holds %d events, when %d are to come', async (there, coming) => {
    const events = manyEvents(Math.max(there, coming))
    const log = await logHolding(events.slice(0, there))
    expect(await presentIn(log, streaming(events.slice(0, coming)))).toBe(Math.min(there, coming))
  })

  it.each([
    ['another first event', [logOfStreams('carol')[0] ?? first], 1],
    ['another event at the end', [first, second, third, ...logOfStreams('a', 'b', 'c', 'd').slice(3)], 4],
    ['a hole', [first, third], 2],
  ])('is nothing to go on from if the log holds %s', async (_, there, position) => {
    const reason = `The store holds another event at position ${position}. Import into an empty one.`
    const readAll = async ({ after = 0 } = {}) => there.filter((event) => event.position > after)
    await expect(presentIn({ readAll }, streaming(five))).rejects.toThrow(new ImportError(reason))
  })
})

describe('restoring a log', () => {
  it.each([0, 1, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE + 1])('puts back all of it: %d events', async (count) => {
    const events = manyEvents(count)
    const log = new MemoryLog()
    const positions: number[] = []
    const onProgress = (position: number) => positions.push(position)
    expect(await restoreAll(streaming(events), log, { onProgress })).toBe(count)
    expect(await all(eventsOf(log))).toEqual(events)
    expect(positions).toEqual(oneTo(count))
  })

  it.each([1, PAGE, PAGE + 1, PAGE + 3])('goes on after what is there: %d events', async (after) => {
    const events = manyEvents(PAGE + 3)
    const log = await logHolding(events.slice(0, after))
    expect(await restoreAll(streaming(events), log, { after })).toBe(events.length - after)
    expect(await all(eventsOf(log))).toEqual(events)
  })

  it('says so if somebody else wrote to the log meanwhile, and leaves what that was', async () => {
    class Refusing extends MemoryLog {
      override restore = () => Promise.reject(new RangeError('Event 3 has position 5, but the next is 6.'))
    }
    const reason = 'Somebody else wrote to the store meanwhile. Event 3 has position 5, but the next is 6.'
    await expect(restoreAll(streaming(five), new Refusing())).rejects.toThrow(new ImportError(reason))
  })

  it('leaves errors of the store as they are', async () => {
    const trouble = new Error('The disk is full.')
    class Failing extends MemoryLog {
      override restore = () => Promise.reject(trouble)
    }
    await expect(restoreAll(streaming(five), new Failing())).rejects.toBe(trouble)
  })
})
