import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AccountEvent, RecordedEvent } from '../../src/events/event.ts'
import { balanceOf, changeOf, fold } from '../../src/projection/account.ts'
import { FEATURES, FeatureFold, type Features } from '../../src/projection/features.ts'
import { at, deposited, frozen, newEvent, opened, withdrawn } from '../events/sample-events.ts'
import { recorded } from './statement.ts'

const HOUR = 3_600
const DAY = 86_400

/** What happened, and how many seconds after eleven o'clock. */
type Moment = readonly [seconds: number, event: AccountEvent]

const logOf = async (moments: readonly Moment[]): Promise<readonly RecordedEvent[]> => {
  const events = moments.map(([seconds, event]) => newEvent(event, { occurredAt: at(seconds) }))
  return (await recorded(events)).log
}

const rowsOf = (log: readonly RecordedEvent[]): Features[] => {
  const rows = new FeatureFold()
  return log.map((event) => rows.next(event))
}

const given = async (...moments: readonly Moment[]): Promise<Features[]> => rowsOf(await logOf(moments))

/** Deposits, so many seconds after eleven o'clock. */
const depositedAt = (...seconds: readonly number[]): Moment[] =>
  seconds.map((second) => [second, deposited(10)])

describe('a row of the training data', () => {
  it('says what one event did, and when', async () => {
    const [, row] = await given([0, opened(100, 'EUR')], [1.5, withdrawn(30)])
    expect(row).toEqual({
      version: 2,
      type: 'withdrawn',
      occurredAt: at(1.5),
      currency: 'EUR',
      amount: 30,
      change: -30,
      balanceBefore: 100,
      balanceAfter: 70,
      secondsSincePrevious: 1.5,
      eventsInLastHour: 1,
      eventsInLastDay: 1,
    })
  })

  it('has the opening balance as an amount, in the currency that the account has from then on', async () => {
    const [row] = await given([0, opened(100, 'KWD')])
    expect(row).toMatchObject({ amount: 100, change: 100, balanceBefore: 0, currency: 'KWD' })
  })

  it('has no amount for an event that moves no money', async () => {
    const [, row] = await given([0, deposited(100)], [1, frozen])
    expect(row).toMatchObject({ amount: 0, change: 0, balanceBefore: 100, balanceAfter: 100 })
  })

  it('knows no event before the first', async () => {
    const [row] = await given([0, deposited(100)])
    expect(row).toMatchObject({ secondsSincePrevious: null, eventsInLastHour: 0, eventsInLastDay: 0 })
  })

  it('counts the events before it, also those of the same moment, and not itself', async () => {
    const rows = await given(...depositedAt(0, 0, 0))
    expect(rows.map((row) => row.eventsInLastHour)).toEqual([0, 1, 2])
    expect(rows.map((row) => row.secondsSincePrevious)).toEqual([null, 0, 0])
  })

  it('no longer counts an event that is just an hour old', async () => {
    const rows = await given(...depositedAt(0, HOUR - 0.001, HOUR))
    expect(rows.map((row) => row.eventsInLastHour)).toEqual([0, 1, 1])
    expect(rows.map((row) => row.eventsInLastDay)).toEqual([0, 1, 2])
  })

  it('no longer counts an event that is just a day old', async () => {
    const rows = await given(...depositedAt(0, DAY - 0.001, DAY))
    expect(rows.map((row) => row.eventsInLastDay)).toEqual([0, 1, 1])
    expect(rows.map((row) => row.eventsInLastHour)).toEqual([0, 0, 1])
  })

  it('has the columns that are documented, in their order', async () => {
    const [row = {}] = await given([0, deposited(100)])
    expect(FEATURES.map(({ name }) => name)).toEqual(Object.keys(row))
  })

  it('has columns that are each documented in one line', () => {
    for (const { meaning } of FEATURES) expect(meaning).toMatch(/^[A-Z].{10,}\.$/)
  })
})

describe('for any log, the training data', () => {
  const event = fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 1, max: 1_000 }).map(deposited) },
    { weight: 5, arbitrary: fc.integer({ min: 1, max: 1_000 }).map(withdrawn) },
    { weight: 1, arbitrary: fc.constantFrom(frozen, opened(500, 'EUR')) },
  )
  const pause = fc.constantFrom(0, 0.001, 60, HOUR / 2, HOUR - 0.001, HOUR, DAY / 3, DAY - HOUR, DAY, 3 * DAY)
  const moments = fc.array(fc.tuple(pause, event), { maxLength: 60, size: 'max' }).map((steps) => {
    let seconds = 0
    return steps.map(([pause, event]): Moment => {
      seconds += pause
      return [seconds, event]
    })
  })

  it('is what one finds who looks through the whole log at each event', async () => {
    await fc.assert(
      fc.asyncProperty(moments, async (moments) => {
        const log = await logOf(moments)
        expect(rowsOf(log)).toEqual(log.map((event) => rowIn(log, event)))
      }),
    )
  })

  it('needs no more memory than twice the events of a day', async () => {
    await fc.assert(
      fc.asyncProperty(moments, async (moments) => {
        const rows = new FeatureFold()
        for (const event of await logOf(moments)) {
          const { eventsInLastDay } = rows.next(event)
          expect(rows.remembered).toBeLessThanOrEqual(2 * eventsInLastDay + 1)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('has rows that nothing later changes', async () => {
    await fc.assert(
      fc.asyncProperty(moments, fc.nat(), async (moments, point) => {
        const log = await logOf(moments)
        const cut = point % (log.length + 1)
        expect(rowsOf(log.slice(0, cut))).toEqual(rowsOf(log).slice(0, cut))
      }),
      { numRuns: 50 },
    )
  })
})

/** The row of one event, from the whole log. */
const rowIn = (log: readonly RecordedEvent[], event: RecordedEvent): Features => {
  const earlier = log.filter(({ version }) => version < event.version)
  const secondsTo = (other: RecordedEvent) =>
    (Date.parse(event.occurredAt) - Date.parse(other.occurredAt)) / 1_000
  const previous = earlier.at(-1)
  return {
    version: event.version,
    type: event.type,
    occurredAt: event.occurredAt,
    currency: fold([...earlier, event]).currency,
    amount: Math.abs(changeOf(event)),
    change: changeOf(event),
    balanceBefore: balanceOf(earlier),
    balanceAfter: balanceOf([...earlier, event]),
    secondsSincePrevious: previous ? secondsTo(previous) : null,
    eventsInLastHour: earlier.filter((other) => secondsTo(other) < HOUR).length,
    eventsInLastDay: earlier.filter((other) => secondsTo(other) < DAY).length,
  }
}
