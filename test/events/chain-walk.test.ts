import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ChainWalk, chain, EMPTY_STREAM, hashOf } from '../../src/events/hash-chain.ts'
import type { StoredEvent } from '../../src/events/stored-event.ts'
import { at, deposited, draft, drafts } from './sample-events.ts'
import {
  anyLog,
  faultOf,
  type Log,
  logOfStreams,
  renumbered,
  replaced,
  swapped,
  without,
} from './tampering.ts'

const pick = (log: Log, index: number): StoredEvent => {
  const event = log[index % log.length]
  if (!event) throw new Error('The log is empty.')
  return event
}

const streamOf = (log: Log, { stream }: StoredEvent): Log => log.filter((event) => event.stream === stream)

/** Any log, and one of its events. */
const anyEvent = fc.tuple(anyLog(), fc.nat()).map(([log, index]) => ({ log, event: pick(log, index) }))

/** Any log, and two events of one stream, in their order. */
const anyTwo = fc
  .tuple(anyLog({ minLength: 4 }), fc.nat(), fc.nat())
  .map(([log, index, otherIndex]) => {
    const one = pick(log, index)
    const other = pick(streamOf(log, one), otherIndex)
    return one.version < other.version ? { log, one, other } : { log, one: other, other: one }
  })
  .filter(({ one, other }) => one !== other)

describe('a walk through a log as it was written', () => {
  it('finds nothing wrong, and knows what it saw', () => {
    fc.assert(
      fc.property(anyLog(), (log) => {
        const walk = new ChainWalk()
        for (const event of log) expect(walk.next(event)).toBeUndefined()
        expect(walk.end(log.length)).toBeUndefined()
        expect(walk.events).toBe(log.length)
        expect(walk.streams).toBe(new Set(log.map(({ stream }) => stream)).size)
        for (const event of log) {
          const { version, hash, occurredAt } = pick(streamOf(log, event), streamOf(log, event).length - 1)
          expect(walk.headOf(event.stream)).toMatchObject({ version, hash, occurredAt })
        }
      }),
    )
  })

  it('finds nothing wrong in an empty one', () => {
    expect(faultOf([], 0)).toBeUndefined()
    expect(new ChainWalk().headOf('alice')).toEqual(EMPTY_STREAM)
  })
})

describe('a change', () => {
  type Change = (event: StoredEvent) => Partial<StoredEvent>

  const changes: readonly (readonly [string, Change])[] = [
    ['the id', () => ({ id: '6f1f6a3e-6b0e-4f0a-9a52-2a3a4f5f8d11' })],
    ['the type', ({ type }) => ({ type: type === 'deposited' ? 'withdrawn' : 'deposited' })],
    ['the schema version', ({ schemaVersion }) => ({ schemaVersion: schemaVersion + 1 })],
    ['the amount', ({ data }) => ({ data: { amount: Number(data.amount) + 1 } })],
    ['the amount, as text', ({ data }) => ({ data: { amount: String(data.amount) } })],
    ['an amount without end', () => ({ data: { amount: Number.POSITIVE_INFINITY } })],
    ['data that was not there', ({ data }) => ({ data: { ...data, note: null } })],
    ['all data', () => ({ data: {} })],
    ['text with half of a surrogate pair', ({ data }) => ({ data: { ...data, note: '\ud83d' } })],
    ['who did it', ({ metadata }) => ({ metadata: { ...metadata, actor: 'Mallory' } })],
    ['which command it was', ({ metadata }) => ({ metadata: { ...metadata, commandId: 'c-2' } })],
    ['the correlation', ({ metadata }) => ({ metadata: { ...metadata, correlationId: 'r-2' } })],
    ['the cause', ({ metadata }) => ({ metadata: { ...metadata, causationId: 'k-2' } })],
    ['the time', () => ({ occurredAt: at(1_000) })],
    ['the time, to an earlier one', () => ({ occurredAt: at(-1_000) })],
    ['the hash', ({ hash }) => ({ hash: (hash.startsWith('0') ? '1' : '0') + hash.slice(1) })],
    ['the hash, to capitals', () => ({ hash: 'F'.repeat(64) })],
  ]

  it.each(changes)('of %s of any event is found, at that event', (_, change) => {
    fc.assert(
      fc.property(anyEvent, ({ log, event }) => {
        const fault = faultOf(replaced(log, event, { ...event, ...change(event) }), log.length)
        const { version, stream, position } = event
        expect(fault).toEqual({
          position,
          message: `Event ${version} of "${stream}" (position ${position}) does not fit its hash: changed, put in, or moved.`,
        })
      }),
    )
  })

  it.each(['alice', 'bob', 'carol', 'dave'])('of the stream to %s is found, at that event', (stream) => {
    fc.assert(
      fc.property(anyEvent, ({ log, event }) => {
        fc.pre(event.stream !== stream)
        const fault = faultOf(replaced(log, event, { ...event, stream }), log.length)
        expect(fault?.position).toBe(event.position)
        expect(fault?.message).toContain(`of "${stream}"`)
      }),
    )
  })

  it.each([-3, -1, 1, 2])('of the version by %i is found, at that event', (off) => {
    fc.assert(
      fc.property(anyEvent, ({ log, event }) => {
        const { stream, position } = event
        const version = event.version + off
        const fault = faultOf(replaced(log, event, { ...event, version }), log.length)
        const message =
          off > 0
            ? `Event ${event.version} of "${stream}" is missing: after event ${event.version - 1} comes ${version}.`
            : `Event ${version} of "${stream}" (position ${position}) comes after event ${event.version - 1}: put in, or moved.`
        expect(fault).toEqual({ position, message })
      }),
    )
  })

  it('of the hash of an event to one that fits something else is found at the event after it at the latest', () => {
    const log = logOfStreams('alice', 'alice', 'alice')
    const [first, second] = log
    if (!first || !second) throw new Error('The log is too short.')
    const forged = { ...second, data: { amount: 666 } }
    const hash = hashOf(forged, first.hash)
    expect(faultOf(replaced(log, second, { ...forged, hash }), 3)).toEqual({
      position: 3,
      message: 'Event 3 of "alice" (position 3) does not fit its hash: changed, put in, or moved.',
    })
  })

  it('of a time to before the one before is found, even if its hash was made to fit', () => {
    const [first, second] = chain('alice', EMPTY_STREAM, [
      draft(deposited(1), { occurredAt: at(10) }),
      draft(deposited(1), { occurredAt: at(20) }),
    ])
    if (!first || !second) throw new Error('The log is too short.')
    const early = { ...second, occurredAt: at(5) }
    const forged = { ...early, hash: hashOf(early, first.hash) }
    const log = [first, forged].map((event, index) => ({ ...event, position: index + 1 }))
    expect(faultOf(log, 2)).toEqual({
      position: 2,
      message: 'Event 2 of "alice" (position 2) is earlier than the one before it.',
    })
  })
})

describe('a removal', () => {
  it('of any event that others of its stream follow is found, and that event is named', () => {
    fc.assert(
      fc.property(anyTwo, ({ log, one: { version, stream, position }, one }) => {
        expect(faultOf(without(log, one), log.length)).toEqual({
          position,
          message: `Event ${version} of "${stream}" is missing: after event ${version - 1} comes ${version + 1}.`,
        })
      }),
    )
  })

  it('of several events of one stream, one after the other, is found, and the first of them is named', () => {
    const log = logOfStreams('alice', 'bob', 'alice', 'bob', 'bob', 'alice', 'bob')
    const [, first, , second, third] = log
    if (!first || !second || !third) throw new Error('The log is too short.')
    expect(faultOf(without(log, first, second, third), 7)).toEqual({
      position: 2,
      message: 'Event 1 of "bob" is missing: after event 0 comes 4.',
    })
  })

  it('of the last event of a stream is found by the position that is missing', () => {
    const log = logOfStreams('alice', 'bob', 'alice', 'bob')
    expect(faultOf(log.slice(0, 2).concat(log.slice(3)), 4)).toEqual({
      position: 3,
      message: 'The event at position 3 is missing: the next is at 4.',
    })
  })

  it('of the last events of the log is found, if it is known how many there were', () => {
    fc.assert(
      fc.property(anyEvent, ({ log, event: { position } }) => {
        expect(faultOf(log.slice(0, position - 1), log.length)).toEqual({
          position,
          message: `The event at position ${position} is missing: ${log.length} events were written.`,
        })
      }),
    )
  })

  it('of any events of any streams is found, at the first that is missing', () => {
    fc.assert(
      fc.property(anyLog({ minLength: 3 }), fc.nat(), fc.nat(), (log, a, b) => {
        const gone = [pick(log, a), pick(log, b)]
        const first = Math.min(...gone.map(({ position }) => position))
        expect(faultOf(without(log, ...gone), log.length)?.position).toBe(first)
      }),
    )
  })

  it('of events of two streams does not have the one named at the other’s position', () => {
    const log = logOfStreams('bob', 'alice', 'bob', 'bob')
    const [, alices, bobs] = log
    if (!alices || !bobs) throw new Error('The log is too short.')
    expect(faultOf(without(log, alices, bobs), 4)).toEqual({
      position: 2,
      message: 'The event at position 2 is missing: the next is at 4.',
    })
  })

  it('is found at the event that was removed, also when a later one was changed', () => {
    const log = logOfStreams('alice', 'bob', 'alice', 'bob')
    const fourth = pick(log, 3)
    const changed = replaced(without(log, pick(log, 2)), fourth, { ...fourth, data: { amount: 666 } })
    expect(faultOf(changed, 4)).toMatchObject({ position: 3 })
  })

  it('that was covered up by renumbering what comes after is found at the next event of the stream', () => {
    fc.assert(
      fc.property(anyTwo, ({ log, one, one: { stream, version } }) => {
        const successor = streamOf(log, one)[version]
        expect(faultOf(renumbered(without(log, one)), log.length - 1)).toEqual({
          position: (successor?.position ?? 0) - 1,
          message: `Event ${version} of "${stream}" is missing: after event ${version - 1} comes ${version + 1}.`,
        })
      }),
    )
  })
})

describe('an insertion', () => {
  /** The log with an event more right after this one, linked to it as it should be; all others move up. */
  const inserted = (log: Log, { stream, version, hash, occurredAt, position }: StoredEvent): Log => {
    const put = chain(stream, { version, hash, occurredAt }, [draft(deposited(1_000_000))])
    return renumbered([
      ...log.slice(0, position),
      ...put.map((event) => ({ ...event, position })),
      ...log.slice(position),
    ])
  }

  it('of an event that fits the one before it is found at the one after it', () => {
    fc.assert(
      fc.property(anyTwo, ({ log, one }) => {
        const after = streamOf(log, one)[one.version]
        const fault = faultOf(inserted(log, one), log.length + 1)
        expect(fault).toEqual({
          position: (after?.position ?? 0) + 1,
          message:
            `Event ${one.version + 1} of "${one.stream}" (position ${(after?.position ?? 0) + 1}) ` +
            `comes after event ${one.version + 1}: put in, or moved.`,
        })
      }),
    )
  })

  it('at the end of a stream is found, if it is known how many events there were', () => {
    fc.assert(
      fc.property(anyEvent, ({ log, event }) => {
        const last = pick(streamOf(log, event), streamOf(log, event).length - 1)
        const { length } = log
        expect(faultOf(inserted(log, last), length)).toEqual({
          position: length + 1,
          message: `The event at position ${length + 1} was put in: ${length} were written.`,
        })
      }),
    )
  })

  it('of an event a second time is found', () => {
    fc.assert(
      fc.property(anyEvent, fc.nat(), ({ log, event }, index) => {
        const place = event.position + (index % (log.length - event.position + 1))
        const twice = renumbered([...log.slice(0, place), event, ...log.slice(place)])
        expect(faultOf(twice, log.length + 1)?.position).toBe(place + 1)
      }),
    )
  })

  it('at a position that is taken is found, and the second there is named', () => {
    const log = logOfStreams('alice', 'bob', 'alice')
    const [second] = chain('carol', EMPTY_STREAM, drafts(1))
    if (!second) throw new Error('There is nothing to put in.')
    const crowded = [...log.slice(0, 2), { ...second, position: 2 }, ...log.slice(2)]
    expect(faultOf(crowded, 3)).toEqual({
      position: 2,
      message: 'Event 1 of "carol" (position 2) comes after position 2: put in, or moved.',
    })
  })
})

describe('a new order', () => {
  it.each(['version', 'position'] as const)('by a swapped %s of two events of a stream is found', (field) => {
    fc.assert(
      fc.property(anyTwo, ({ log, one, other }) => {
        expect(faultOf(swapped(log, one, other, field), log.length)).toEqual({
          position: one.position,
          message: `Event ${one.version} of "${one.stream}" is missing: after event ${one.version - 1} comes ${other.version}.`,
        })
      }),
    )
  })

  it('in a file, whose positions go back, is found where they do', () => {
    const log = logOfStreams('alice', 'bob', 'alice', 'bob')
    const [first, second, third, fourth] = log
    if (!first || !second || !third || !fourth) throw new Error('The log is too short.')
    expect(faultOf([second, first, third, fourth], 4)?.position).toBe(1)
    expect(faultOf([first, second, third, second, fourth], 4)).toEqual({
      position: 2,
      message: 'Event 1 of "bob" (position 2) comes after position 3: put in, or moved.',
    })
  })

  it('of neighbours of different streams is not found: each stream is still what it was', () => {
    const log = logOfStreams('alice', 'bob', 'carol')
    expect(faultOf(swapped(log, pick(log, 0), pick(log, 1), 'position'), 3)).toBeUndefined()
  })
})
