import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { forget } from '../../src/commands/forget.ts'
import type { AccountEvent, NewEvent, RecordedEvent } from '../../src/events/event.ts'
import type { EventStore, ReadOptions } from '../../src/events/store.ts'
import { balanceOf, emptyAccount, fold } from '../../src/projection/account.ts'
import { CurrentAccounts } from '../../src/projection/current-accounts.ts'
import { EVENT_TYPES } from '../../src/projection/event-words.ts'
import { type LogFilter, matches, noFilter } from '../../src/projection/log-filter.ts'
import {
  BUDGET,
  continueLog,
  type LogWindow,
  readLog,
  WINDOW,
  type WindowOptions,
} from '../../src/projection/log-window.ts'
import { Readings } from '../../src/projection/readings.ts'
import { storeWith } from '../commands/store-with.ts'
import { at, deposited, deposits, newEvent, newEvents, oneTo, withdrawn } from '../events/sample-events.ts'
import { recorded, statement } from './statement.ts'

/** Reads windows of a log of these events. */
const logOf = async (events: readonly NewEvent[]) => {
  const { store, log } = await recorded(events)
  const accounts = new CurrentAccounts(store)
  const windowOf = (options: WindowOptions = {}) => readLog(store, accounts, 'alice', options)
  return { store, log, windowOf, windowBefore: (before: number) => windowOf({ before }) }
}

const versionsOf = ({ rows }: LogWindow): number[] => rows.map(({ event }) => event.version)

/** `newest`, `newest` - 1, ... down to `oldest`. */
const down = (newest: number, oldest: number): number[] =>
  oneTo(newest)
    .slice(oldest - 1)
    .reverse()

const withReason = (reason: string): AccountEvent => ({ type: 'withdrawn', data: { amount: 1, reason } })
const WORDS = ['Rent', 'rent of the hall', 'stamps']
const filterBy = (filter: Partial<LogFilter>): LogFilter => ({ ...noFilter, ...filter })

/** A log of which a filter finds some events, at times that are seconds apart or equal. */
const talk = fc
  .array(
    fc.record({
      event: fc.oneof(
        fc.integer({ min: 1, max: 1_000 }).map(deposited),
        fc.integer({ min: 1, max: 1_000 }).map(withdrawn),
        fc.constantFrom(...WORDS).map(withReason),
      ),
      pause: fc.nat(2),
    }),
    { maxLength: 4 * WINDOW, size: 'max' },
  )
  .map((moves) => {
    let seconds = 0
    return moves.map(({ event, pause }) => {
      seconds += pause
      return newEvent(event, { occurredAt: at(seconds) })
    })
  })

const someTime = fc.nat(2 * WINDOW).map(at)
const anyFilter: fc.Arbitrary<LogFilter> = fc.record(
  {
    types: fc.subarray([...EVENT_TYPES]),
    search: fc.constantFrom('', '', 'RENT', 'stamps', 'nothing'),
    from: someTime,
    until: someTime,
  },
  { requiredKeys: ['types', 'search'] },
)

describe('a window of the whole log', () => {
  it('shows the newest events if it is not told where to look', async () => {
    const { windowOf } = await logOf(deposits(3 * WINDOW))
    expect(versionsOf(await windowOf())).toEqual(down(3 * WINDOW, 2 * WINDOW + 1))
  })

  it('shows the events right before a version', async () => {
    const { log, windowBefore } = await logOf(deposits(3 * WINDOW))
    const window = await windowBefore(2 * WINDOW + 1)
    expect(versionsOf(window)).toEqual(down(2 * WINDOW, WINDOW + 1))
    expect(window.rows[0]?.balance).toBe(balanceOf(log.slice(0, 2 * WINDOW)))
  })

  it('shows what there is, if that is less than a window', async () => {
    const { windowOf, windowBefore } = await logOf(deposits(5))
    expect(versionsOf(await windowOf())).toEqual([5, 4, 3, 2, 1])
    expect(versionsOf(await windowBefore(3))).toEqual([2, 1])
  })

  it.each([1, 0, -1])('shows nothing before version %i', async (before) => {
    const { windowBefore } = await logOf(deposits(5))
    expect(await windowBefore(before)).toMatchObject({
      rows: [],
      account: { ...emptyAccount, balance: 15 },
      version: 5,
    })
  })

  it('shows nothing of an empty log', async () => {
    const { windowOf, windowBefore } = await logOf([])
    const empty = { rows: [], account: emptyAccount, version: 0 }
    expect(await windowOf()).toMatchObject(empty)
    expect(await windowBefore(7)).toMatchObject(empty)
  })

  it.each([
    6, 7, 1_000,
  ])('shows the newest events of five, if asked for those before version %i', async (before) => {
    const { windowBefore } = await logOf(deposits(5))
    const window = await windowBefore(before)
    expect(versionsOf(window)).toEqual([5, 4, 3, 2, 1])
    expect(window.rows[0]?.balance).toBe(15)
  })

  it('tells the account as it is now, however far back the window lies', async () => {
    const { log, windowBefore } = await logOf(deposits(2 * WINDOW))
    const { account, version } = await windowBefore(3)
    expect({ account, version }).toEqual({ account: fold(log), version: 2 * WINDOW })
  })

  it('says where the windows beside it are', async () => {
    const { windowOf, windowBefore } = await logOf(deposits(3 * WINDOW))
    const beside = ({ older, newer }: LogWindow) => [older, newer]
    expect(beside(await windowOf())).toEqual([2 * WINDOW + 1, undefined])
    expect(beside(await windowBefore(2 * WINDOW + 1))).toEqual([WINDOW + 1, undefined])
    expect(beside(await windowBefore(WINDOW + 1))).toEqual([undefined, 2 * WINDOW + 1])
  })

  it('pages through the whole log, every event once, each with its balance', async () => {
    await fc.assert(
      fc.asyncProperty(statement({ maxLength: 3 * WINDOW }), async (events) => {
        const { log, windowOf, windowBefore } = await logOf(events)
        const rows: LogWindow['rows'][number][] = []
        for (let window = await windowOf(); window.rows.length > 0; ) {
          rows.push(...window.rows)
          window = await windowBefore(rows.at(-1)?.event.version ?? 0)
        }
        expect(rows.map(({ event }) => event)).toEqual([...log].reverse())
        for (const { event, balance } of rows) expect(balance).toBe(balanceOf(log.slice(0, event.version)))
      }),
      { numRuns: 15 },
    )
  })

  it('has rows and balance of the same moment, even if somebody writes in between', async () => {
    const { store } = await recorded(deposits(3))
    let written = false
    const read: EventStore['read'] = async (stream: string, options?: ReadOptions) => {
      const page = await store.read(stream, options)
      if (!written) {
        written = true
        await store.append('alice', deposits(2), { expected: 'any' })
      }
      return page
    }
    const log = storeWith(store, { read })
    const window = await readLog(log, new CurrentAccounts(log), 'alice')
    expect(window).toMatchObject({ version: 3, account: { balance: 6 } })
    expect(window.rows.map(({ event, balance }) => [event.version, balance])).toEqual([
      [3, 6],
      [2, 3],
      [1, 1],
    ])
  })

  it('is of the moment that the caller knows the account at', async () => {
    const { store, log } = await logOf(deposits(5))
    const now = { account: fold(log.slice(0, 4)), version: 4 }
    const window = await readLog(store, new Readings(store), 'alice', { now })
    expect(versionsOf(window)).toEqual([4, 3, 2, 1])
    expect(window.rows[0]?.balance).toBe(10)
  })
})

describe('a window of the past', () => {
  it('ends at the version that it is bounded to, with the balance of then', async () => {
    const { log, windowOf } = await logOf(deposits(3 * WINDOW))
    const window = await windowOf({ upTo: 2 * WINDOW })
    expect(versionsOf(window)).toEqual(down(2 * WINDOW, WINDOW + 1))
    expect(window.rows[0]?.balance).toBe(balanceOf(log.slice(0, 2 * WINDOW)))
    expect(window).toMatchObject({ version: 3 * WINDOW, older: WINDOW + 1 })
  })

  it('knows no window that is newer than its bound', async () => {
    const { windowOf } = await logOf(deposits(4 * WINDOW))
    const before = WINDOW + 1
    expect((await windowOf({ before })).newer).toBe(2 * WINDOW + 1)
    expect((await windowOf({ before, upTo: 2 * WINDOW - 1 })).newer).toBeUndefined()
  })

  it('is empty at version 0', async () => {
    const { windowOf } = await logOf(deposits(3))
    expect(await windowOf({ upTo: 0 })).toMatchObject({ rows: [], version: 3 })
  })
})

describe('a window of what a filter finds', () => {
  it('pages through all that matches, every event once, each with its balance', async () => {
    await fc.assert(
      fc.asyncProperty(talk, anyFilter, fc.option(fc.nat(4 * WINDOW)), async (events, filter, bound) => {
        const { log, windowOf } = await logOf(events)
        const upTo = bound === null ? {} : { upTo: bound }
        const windows = [await windowOf({ filter, ...upTo })]
        for (let older = windows[0]?.older; older !== undefined; older = windows.at(-1)?.older) {
          windows.push(await windowOf({ filter, before: older, ...upTo }))
        }
        const rows = windows.flatMap((window) => window.rows)
        const expected = log.slice(0, bound ?? log.length).filter((event) => matches(filter, event))
        expect(rows.map(({ event }) => event)).toEqual(expected.reverse())
        for (const { event, change, balance } of rows) {
          expect(balance).toBe(balanceOf(log.slice(0, event.version)))
          expect(balance - change).toBe(balanceOf(log.slice(0, event.version - 1)))
        }
        for (const window of windows.slice(0, -1)) expect(window.rows).toHaveLength(WINDOW)
      }),
      { numRuns: 25 },
    )
  })

  it('leads back to newer matches by the windows that led to it', async () => {
    const moves = oneTo(6 * WINDOW).map((n) => (n % 2 === 0 ? withReason('rent') : deposited(1)))
    const { windowOf } = await logOf(newEvents(...moves))
    const filter = filterBy({ search: 'rent' })
    const first = await windowOf({ filter })
    const second = await windowOf({ filter, before: first.older ?? 0 })
    const third = await windowOf({ filter, before: second.older ?? 0 })
    expect(third.older).toBeUndefined()
    const back = await windowOf({ filter, before: third.newer ?? 0 })
    expect(versionsOf(back)).toEqual(versionsOf(second))
    expect(second.newer).toBeUndefined()
  })

  it('offers nothing older when all that matches is shown', async () => {
    const moves = oneTo(WINDOW).map(() => withReason('rent'))
    const { windowOf } = await logOf([...deposits(10), ...newEvents(...moves)])
    const window = await windowOf({ filter: filterBy({ search: 'rent' }) })
    expect(window.rows).toHaveLength(WINDOW)
    expect(window.older).toBeUndefined()
  })
})

/** A long log that nobody has to write: deposits of one cent, of which those `isRent` says have a source. */
const longLog = (length: number, isRent: (version: number) => boolean) => {
  const event = (version: number): RecordedEvent => ({
    ...newEvent({ type: 'deposited', data: { amount: 1, ...(isRent(version) && { source: 'rent' }) } }),
    stream: 'alice',
    version,
    position: version,
    schemaVersion: 1,
    hash: '',
  })
  let [reads, events] = [0, 0]
  const state = (version: number) => ({ account: { ...emptyAccount, balance: version }, version })
  const store: Pick<EventStore, 'read' | 'versionAt'> = {
    read: async (_stream, { from = 1, to = length, limit = 1, direction } = {}) => {
      const count = Math.min(to - from + 1, limit)
      reads += 1
      events += count
      return Array.from({ length: count }, (_, n) => event(direction === 'backward' ? to - n : from + n))
    },
    versionAt: async () => length,
  }
  const accounts = {
    current: async () => state(length),
    past: async (_stream: string, until: { version?: number }) => state(until.version ?? length),
  }
  return {
    windowOf: (options: WindowOptions) => readLog(store, accounts, 'alice', options),
    cost: () => ({ reads, events }),
  }
}

describe('a window of a long log', () => {
  const filter = filterBy({ search: 'rent' })

  it('is looked for in so many events and no more, and says in which', async () => {
    const { windowOf, cost } = longLog(20_000, (version) => version === 3 || version === 19_000)
    const window = await windowOf({ filter })
    expect(versionsOf(window)).toEqual([19_000])
    expect(window.rows[0]?.balance).toBe(19_000)
    expect(window.lookedThrough).toEqual({ newest: 20_000, oldest: 20_000 - BUDGET + 1 })
    expect(window.older).toBe(20_000 - BUDGET + 1)
    expect(cost().events).toBe(BUDGET)
  })

  it('goes on where the one before it ended, until all is looked through', async () => {
    const { windowOf } = longLog(12_000, (version) => version === 3)
    const found: number[] = []
    let window = await windowOf({ filter })
    while (window.older !== undefined) {
      found.push(window.older)
      window = await windowOf({ filter, before: window.older })
    }
    expect(found).toEqual([7_001, 2_001])
    expect(versionsOf(window)).toEqual([3])
    expect(window.lookedThrough).toBeUndefined()
  })

  it('leads on, though all that it found on its way fits into it', async () => {
    const { windowOf } = longLog(1_000, (version) => version > 950 || version === 3)
    const window = await windowOf({ filter })
    expect(versionsOf(window)).toEqual(down(1_000, 951))
    expect(window.older).toBe(951)
  })

  it('looks through no more events for what is newer', async () => {
    const { windowOf, cost } = longLog(20_000, () => false)
    expect((await windowOf({ filter, before: 2 })).newer).toBe(BUDGET + 2)
    expect(cost().events).toBe(BUDGET + 1)
  })

  it('costs one read of little more than its rows if every event matches', async () => {
    const { windowOf, cost } = longLog(20_000, () => false)
    await windowOf({})
    expect(cost()).toEqual({ reads: 1, events: WINDOW + 1 })
    await windowOf({ filter: filterBy({ until: at(1) }) })
    expect(cost()).toEqual({ reads: 2, events: 2 * (WINDOW + 1) })
  })
})

describe('a window that goes on', () => {
  it('is what a new reading would be', async () => {
    await fc.assert(
      fc.asyncProperty(talk, anyFilter, fc.nat(4 * WINDOW), async (events, filter, split) => {
        const { log, windowOf } = await logOf(events)
        const then = log.slice(0, split)
        const now = { account: fold(then), version: then.length }
        const previous = await windowOf({ filter, now })
        expect(continueLog(previous, log.slice(split))).toEqual(await windowOf({ filter }))
      }),
      { numRuns: 25 },
    )
  })

  it('passes over events that are in it already, and those of other accounts', async () => {
    const { log, windowOf } = await logOf(deposits(3))
    const window = await windowOf()
    const other = log.map((event) => ({ ...event, stream: 'bob', version: 4 }))
    expect(continueLog(window, [...log, ...other])).toEqual(window)
  })

  it('does not go on if an event is missing in between', async () => {
    const { log, windowOf } = await logOf(deposits(5))
    const window = await windowOf({ now: { account: fold(log.slice(0, 3)), version: 3 } })
    expect(() => continueLog(window, log.slice(4))).toThrow(RangeError)
  })

  it.each([{ before: 3 }, { upTo: 2 }])('keeps the rows of the past: %j', async (bound) => {
    const { log, windowOf } = await logOf(deposits(5))
    const window = await windowOf({ ...bound, now: { account: fold(log.slice(0, 4)), version: 4 } })
    const next = continueLog(window, log)
    expect(next).toMatchObject({ version: 5, account: { balance: 15 } })
    expect(versionsOf(next)).toEqual([2, 1])
  })

  it('says of more events that they were looked through, as long as it is not full', async () => {
    const { windowOf } = longLog(10_000, (version) => version === 10_000)
    const { store } = await logOf([])
    const window = await windowOf({ filter: filterBy({ search: 'rent' }) })
    await store.append('alice', newEvents(withReason('rent')), { expected: 'any' })
    const [event] = await store.read('alice')
    if (!event) throw new Error('Nothing was appended.')
    const next = continueLog(window, [{ ...event, version: 10_001 }])
    expect(versionsOf(next)).toEqual([10_001, 10_000])
    expect(next).toMatchObject({ lookedThrough: { newest: 10_001, oldest: 5_001 }, older: 5_001 })

    const more = oneTo(WINDOW).map((n) => ({ ...event, version: 10_001 + n }))
    const full = continueLog(next, more)
    expect(versionsOf(full)).toEqual(down(10_051, 10_002))
    expect(full.older).toBe(10_002)
    expect(full.lookedThrough).toBeUndefined()
  })

  it('no longer shows what was forgotten, and no longer finds it', async () => {
    const { store, windowOf } = await logOf(newEvents(deposited(9), withReason('rent')))
    const [all, found] = [await windowOf(), await windowOf({ filter: filterBy({ search: 'rent' }) })]
    expect(versionsOf(found)).toEqual([2])
    await forget({ events: store, log: store.log, keys: store.keys }, 'alice', { actor: 'Ada' })
    const news = await store.read('alice', { from: 3 })
    expect(continueLog(all, news)).toEqual(await windowOf())
    expect(continueLog(found, news).rows).toEqual([])
  })
})
