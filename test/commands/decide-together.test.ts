import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Answer, decideTogether, eventId, type Request } from '../../src/commands/decide-together.ts'
import type { NewEvent, RecordedEvent } from '../../src/events/event.ts'
import { checked } from '../../src/events/event.ts'
import { emptyAccount, fold } from '../../src/projection/account.ts'
import type { Snapshot } from '../../src/projection/snapshot.ts'
import { amountOf, at } from '../events/sample-events.ts'
import { accepted, deposit, idTaken, insufficient, withdraw } from './requests.ts'

const usd = (balance: number, version: number): Snapshot => ({
  account: { ...emptyAccount, balance },
  version,
})

interface Known {
  /** What is in the log already. */
  readonly earlier?: readonly RecordedEvent[]
  readonly recalled?: Readonly<Record<string, Answer>>
}

const deciding = (before: Snapshot, requests: readonly Request[], known: Known = {}) =>
  decideTogether(
    'alice',
    before,
    requests,
    new Map(known.earlier?.map((event) => [event.id, event])),
    (id) => known.recalled?.[id],
    at(5),
  )

/** An event as the log keeps it. */
const kept = (event: NewEvent, stream: string, version: number): RecordedEvent => ({
  ...event,
  stream,
  version,
  position: version,
  schemaVersion: 1,
  hash: '',
})

/** The events of an accepted request, as the log keeps them. */
const logged = (request: Request, stream: string, version: number): readonly RecordedEvent[] =>
  decideTogether(stream, usd(1_000, version - 1), [request], new Map(), () => undefined, at(1)).events.map(
    (event) => kept(event, stream, version),
  )

const amountsOf = (events: readonly NewEvent[]) => events.map((event) => [event.type, amountOf(event)])

describe('commands that wait together', () => {
  it('are none: nothing happens', () => {
    expect(deciding(usd(7, 3), [])).toEqual({ outcomes: [], events: [], after: usd(7, 3) })
  })

  it('are each decided on what those before them did', () => {
    const { outcomes, events, after } = deciding(usd(100, 4), [
      withdraw('a', 80),
      withdraw('b', 30),
      deposit('c', 10),
      withdraw('d', 30),
    ])
    expect(outcomes).toEqual([accepted(5), insufficient('$0.20'), accepted(6), accepted(7)])
    expect(amountsOf(events)).toEqual([
      ['withdrawn', 80],
      ['deposited', 10],
      ['withdrawn', 30],
    ])
    expect(after).toEqual(usd(0, 7))
  })

  it('make events that say where they come from, and when', () => {
    const { events } = deciding(usd(0, 1), [deposit('a', 5)])
    expect(events).toEqual([
      {
        type: 'deposited',
        data: { amount: 5 },
        id: eventId('a'),
        metadata: { commandId: 'a', correlationId: 'a', causationId: 'a', actor: 'Ada' },
        occurredAt: at(5),
      },
    ])
    for (const event of events) checked(event)
  })
})

describe('the id of an event', () => {
  it('is the same for the same command and index, and for no other', () => {
    const ids = [eventId('a'), eventId('a', 1), eventId('b'), eventId('b', 1), eventId('1:a'), eventId('a:1')]
    expect(new Set(ids).size).toBe(ids.length)
    expect(eventId('a')).toBe(eventId('a', 0))
  })

  it('stays what it was, for the log remembers it', () => {
    expect(eventId('a')).toBe('84469259-a8f0-5640-b3a4-fc948013de5a')
    expect(eventId('a', 1)).toBe('10fdd2cb-440d-5dd5-9584-a173685efe98')
  })
})

describe('a command that comes twice', () => {
  it('in one line happens once and is answered twice', () => {
    const { outcomes, events, after } = deciding(usd(100, 1), [
      withdraw('a', 80),
      deposit('b', 1),
      withdraw('a', 80),
    ])
    expect(outcomes).toEqual([accepted(2), accepted(3), accepted(2)])
    expect(events).toHaveLength(2)
    expect(after).toEqual(usd(21, 3))
  })

  it('in one line is rejected twice for the same reason, even when there is money by then', () => {
    const { outcomes, events } = deciding(usd(0, 1), [withdraw('a', 5), deposit('b', 10), withdraw('a', 5)])
    expect(outcomes).toEqual([insufficient('$0.00'), accepted(2), insufficient('$0.00')])
    expect(events).toHaveLength(1)
  })

  it('is answered by the log if it was done before, even when there is no money any more', () => {
    const known = { earlier: logged(withdraw('a', 80), 'alice', 2) }
    expect(deciding(usd(20, 9), [withdraw('a', 80)], known)).toEqual({
      outcomes: [accepted(2)],
      events: [],
      after: usd(20, 9),
    })
  })

  it.each([
    'frozen',
    'closed',
  ] as const)('is answered by the log if it was done before the account was %s', (status) => {
    const before: Snapshot = { account: { ...emptyAccount, balance: 20, status }, version: 9 }
    const known = { earlier: logged(withdraw('a', 80), 'alice', 2) }
    const { outcomes, events } = deciding(before, [withdraw('a', 80), deposit('b', 5)], known)
    expect(outcomes).toMatchObject([accepted(2), { type: 'rejected', rejection: { code: status } }])
    expect(events).toEqual([])
  })

  it('is answered from memory if it was rejected before, even when there is money by now', () => {
    const answer = { command: withdraw('a', 5).command, outcome: insufficient('$0.01') }
    expect(deciding(usd(100, 9), [withdraw('a', 5)], { recalled: { a: answer } })).toEqual({
      outcomes: [insufficient('$0.01')],
      events: [],
      after: usd(100, 9),
    })
  })

  it('is answered by the log rather than from memory: elsewhere it may have been accepted later', () => {
    const known = {
      earlier: logged(withdraw('a', 5), 'alice', 4),
      recalled: { a: { command: withdraw('a', 5).command, outcome: insufficient('$0.01') } },
    }
    expect(deciding(usd(100, 9), [withdraw('a', 5)], known).outcomes).toEqual([accepted(4)])
  })
})

describe('an id that belongs to another command is taken', () => {
  it('by one before it in the line, accepted or rejected', () => {
    const { outcomes, events } = deciding(usd(10, 1), [
      withdraw('a', 5),
      withdraw('a', 6),
      deposit('a', 5),
      withdraw('b', 500),
      withdraw('b', 1),
    ])
    expect(outcomes).toEqual([accepted(2), idTaken, idTaken, insufficient('$0.05'), idTaken])
    expect(events).toHaveLength(1)
  })

  it.each([
    ['of another amount', withdraw('a', 6), 'alice'],
    ['of another type', deposit('a', 5), 'alice'],
    ['on another account', withdraw('a', 5), 'bob'],
  ])('by one in the log %s', (_, done, stream) => {
    const known = { earlier: logged(done, stream, 2) }
    expect(deciding(usd(100, 9), [withdraw('a', 5)], known)).toEqual({
      outcomes: [idTaken],
      events: [],
      after: usd(100, 9),
    })
  })

  it('by one that was rejected before', () => {
    const answer = { command: withdraw('a', 5).command, outcome: insufficient('$0.01') }
    const known = { recalled: { a: answer } }
    expect(deciding(usd(100, 9), [withdraw('a', 4)], known).outcomes).toEqual([idTaken])
  })

  it('but not from the rejected command to which it belongs, whoever tried to use it just before', () => {
    const answer = { command: withdraw('a', 5).command, outcome: insufficient('$0.01') }
    const known = { recalled: { a: answer } }
    const { outcomes } = deciding(usd(100, 9), [withdraw('a', 6), withdraw('a', 5), withdraw('a', 6)], known)
    expect(outcomes).toEqual([idTaken, insufficient('$0.01'), idTaken])
  })

  it('but not from the accepted command to which it belongs, whoever tried to use it just before', () => {
    const known = { earlier: logged(withdraw('a', 5), 'alice', 2) }
    const { outcomes } = deciding(usd(100, 9), [withdraw('a', 6), withdraw('a', 5), withdraw('a', 6)], known)
    expect(outcomes).toEqual([idTaken, accepted(2), idTaken])
  })
})

it('any line is told and does what its commands would one at a time', () => {
  const request = fc
    .record({ id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), isDeposit: fc.boolean(), amount: fc.nat(4) })
    .map(({ id, isDeposit, amount }) => (isDeposit ? deposit(id, amount) : withdraw(id, amount)))
  fc.assert(
    fc.property(fc.array(request, { maxLength: 15, size: 'max' }), fc.nat(5), (requests, balance) => {
      const together = deciding(usd(balance, 3), requests)

      let one: Snapshot = usd(balance, 3)
      const earlier: RecordedEvent[] = []
      const recalled: Record<string, Answer> = {}
      const outcomes = requests.map((request) => {
        const { outcomes, events, after } = deciding(one, [request], { earlier, recalled })
        for (const [index, event] of events.entries()) {
          const version = one.version + index + 1
          earlier.push(kept(event, 'alice', version))
        }
        const [outcome] = outcomes
        if (outcome?.type === 'rejected') recalled[request.id] ??= { command: request.command, outcome }
        one = after
        return outcome
      })
      expect(together.outcomes).toEqual(outcomes)
      expect(together.after).toEqual(one)
      expect(together.events.map(({ id }) => id)).toEqual(earlier.map(({ id }) => id))
      expect(together.after.account).toEqual(fold(together.events, { ...emptyAccount, balance }))
    }),
    { numRuns: 500 },
  )
})
