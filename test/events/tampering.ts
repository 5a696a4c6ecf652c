/** Random logs of several streams, and what may be done to them that nobody should do. */
import fc from 'fast-check'
import { ChainWalk, chain, EMPTY_STREAM, type Fault, type StreamHead } from '../../src/events/hash-chain.ts'
import type { StoredEvent } from '../../src/events/stored-event.ts'
import { at, deposited, draft, withdrawn } from './sample-events.ts'

export type Log = readonly StoredEvent[]

interface Move {
  readonly stream: string
  readonly amount: number
  readonly pause: number
}

/** The log that comes of these moves, one after the other. */
const logOf = (moves: readonly Move[]): Log => {
  const heads = new Map<string, StreamHead>()
  let seconds = 0
  return moves.flatMap(({ stream, amount, pause }, index) => {
    seconds += pause
    const fact = amount > 0 ? deposited(amount) : withdrawn(1 - amount)
    const events = chain(stream, heads.get(stream) ?? EMPTY_STREAM, [
      draft(fact, { occurredAt: at(seconds) }),
    ])
    for (const event of events) heads.set(stream, event)
    return events.map((event) => ({ ...event, position: index + 1 }))
  })
}

export const anyLog = ({ minLength = 1 } = {}): fc.Arbitrary<Log> =>
  fc
    .array(
      fc.record({
        stream: fc.constantFrom('alice', 'bob', 'carol'),
        amount: fc.integer({ min: -100, max: 100 }),
        pause: fc.integer({ min: -2, max: 5 }),
      }),
      { minLength, maxLength: 25, size: 'max' },
    )
    .map(logOf)

/** A log of these streams' events, in this order. */
export const logOfStreams = (...streams: readonly string[]): Log =>
  logOf(streams.map((stream, index) => ({ stream, amount: index + 1, pause: 1 })))

/** What a walk through the log finds, if `head` events were written to it. */
export const faultOf = (log: Log, head: number): Fault | undefined => {
  const walk = new ChainWalk()
  for (const event of log) {
    const fault = walk.next(event)
    if (fault) return fault
  }
  return walk.end(head)
}

/** The log with one event put in another's place. */
export const replaced = (log: Log, event: StoredEvent, other: StoredEvent): Log =>
  log.map((one) => (one === event ? other : one))

export const without = (log: Log, ...events: readonly StoredEvent[]): Log =>
  log.filter((event) => !events.includes(event))

/** At positions 1, 2, 3, ..., as if nothing had been put in or taken out. */
export const renumbered = (log: Log): Log => log.map((event, index) => ({ ...event, position: index + 1 }))

/** Two events that have swapped these fields. */
export const swapped = (log: Log, one: StoredEvent, other: StoredEvent, field: 'position' | 'version'): Log =>
  log
    .map((event) => {
      if (event === one) return { ...one, [field]: other[field] }
      return event === other ? { ...other, [field]: one[field] } : event
    })
    .sort((a, b) => a.position - b.position)
