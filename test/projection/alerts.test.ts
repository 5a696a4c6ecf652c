import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AccountEvent, RecordedEvent } from '../../src/events/event.ts'
import { MAX_AMOUNT } from '../../src/events/money.ts'
import { changeOf } from '../../src/projection/account.ts'
import {
  emptyWatch,
  MAX_ALERTS,
  RULE_WORDS,
  RULES,
  type Rule,
  type Watch,
  watch,
  watchOver,
} from '../../src/projection/alerts.ts'
import {
  at,
  deposited,
  frozen,
  newEvent,
  oneTo,
  opened,
  transferReturned,
  transferredIn,
  transferredOut,
  withdrawn,
} from '../events/sample-events.ts'
import { recorded } from './statement.ts'

/** What happened, and how many seconds after eleven o'clock. */
type Moment = readonly [seconds: number, event: AccountEvent]

const logOf = async (moments: readonly Moment[]): Promise<readonly RecordedEvent[]> => {
  const events = moments.map(([seconds, event]) => newEvent(event, { occurredAt: at(seconds) }))
  return (await recorded(events)).log
}

/** What the rules know after each event, going on from what they knew when the balance was `balance`. */
const watchesOver = (log: readonly RecordedEvent[], from: Watch = emptyWatch, balance = 0): Watch[] => {
  let [known, before] = [from, balance]
  return log.map((event) => {
    known = watchOver(known, event, before)
    before += changeOf(event)
    return known
  })
}

const watchOf = (log: readonly RecordedEvent[]): Watch => watchesOver(log).at(-1) ?? emptyWatch

/** The rule and the version of each alert. */
const given = async (...moments: readonly Moment[]): Promise<readonly (readonly [Rule, number])[]> =>
  watchOf(await logOf(moments)).alerts.map(({ rule, version }) => [rule, version])

/** An account that has held much for an hour. */
const RICH: Moment = [-3_600, opened(1_000_000)]

describe('many withdrawals', () => {
  const outAt = (...seconds: readonly number[]): Moment[] => seconds.map((second) => [second, withdrawn(10)])

  it('are five within a minute', async () => {
    expect(await given(RICH, ...outAt(0, 15, 30, 45, 60))).toEqual([['many-withdrawals', 6]])
  })

  it('are five at the same moment', async () => {
    expect(await given(RICH, ...outAt(0, 0, 0, 0, 0))).toEqual([['many-withdrawals', 6]])
  })

  it('are not four', async () => {
    expect(await given(RICH, ...outAt(0, 0, 0, 0))).toEqual([])
  })

  it('are not five within a little more than a minute', async () => {
    expect(await given(RICH, ...outAt(0, 15, 30, 45, 60.001))).toEqual([])
  })

  it('may be transfers too', async () => {
    const transfers = oneTo(3).map((second): Moment => [second, transferredOut(10)])
    expect(await given(RICH, ...outAt(0, 0), ...transfers)).toEqual([['many-withdrawals', 6]])
  })

  it('are not made many by what came in', async () => {
    const deposits = oneTo(5).map((second): Moment => [second, deposited(10)])
    expect(await given(RICH, ...outAt(0, 0, 0), ...deposits, ...outAt(6))).toEqual([])
  })

  it('are noticed once, however long they go on', async () => {
    const tenByTen = oneTo(100).map((index) => index * 10)
    expect(await given(RICH, ...outAt(...tenByTen))).toEqual([['many-withdrawals', 6]])
  })

  it('are noticed again when there was a pause', async () => {
    expect(await given(RICH, ...outAt(0, 0, 0, 0, 0, 100, 100, 100, 100, 100))).toEqual([
      ['many-withdrawals', 6],
      ['many-withdrawals', 11],
    ])
  })
})

describe('an account is emptied after a deposit', () => {
  it('when nine tenths of what it holds go out', async () => {
    expect(await given([0, deposited(1_000)], [60, withdrawn(900)])).toEqual([['emptied-after-deposit', 2]])
  })

  it('but not when it is one cent less', async () => {
    expect(await given([0, deposited(1_000)], [60, withdrawn(899)])).toEqual([])
  })

  it('when that is within ten minutes', async () => {
    expect(await given([0, deposited(10)], [600, withdrawn(10)])).toEqual([['emptied-after-deposit', 2]])
  })

  it('but not when it is later', async () => {
    expect(await given([0, deposited(10)], [600.001, withdrawn(10)])).toEqual([])
  })

  it('when both were transfers', async () => {
    expect(await given([0, transferredIn(10)], [1, transferredOut(10)])).toEqual([
      ['emptied-after-deposit', 2],
    ])
  })

  it('counting all that it holds, not only what came in', async () => {
    expect(await given(RICH, [0, deposited(10)], [1, withdrawn(10)])).toEqual([])
  })

  it('but not when the money was there from the opening, or came back', async () => {
    expect(await given([0, opened(10)], [1, transferredOut(10)])).toEqual([])
    expect(
      await given([0, opened(10)], [1, transferredOut(10)], [2, transferReturned(10)], [3, withdrawn(10)]),
    ).toEqual([])
  })

  it('exactly, for every amount and every balance', async () => {
    const [, out] = await logOf([
      [0, deposited(1)],
      [1, withdrawn(1)],
    ])
    if (out?.type !== 'withdrawn') throw new Error('There is no withdrawal.')
    const amounts = fc.integer({ min: 1, max: MAX_AMOUNT })
    const near = fc.tuple(amounts, fc.integer({ min: -2, max: 2 })).map(([amount, off]) => ({
      amount,
      balance: Math.max(amount, Math.floor((amount * 10) / 9) + off),
    }))
    const any = fc.record({ amount: amounts, balance: fc.maxSafeNat() })
    fc.assert(
      fc.property(fc.oneof(near, any), ({ amount, balance }) => {
        const known: Watch = { ...emptyWatch, lastIn: Date.parse(at(0)) }
        const { count } = watchOver(known, { ...out, data: { amount } }, balance)
        expect(count === 1).toBe(10n * BigInt(amount) >= 9n * BigInt(balance))
      }),
    )
  })
})

describe('an amount is unusual', () => {
  /** These amounts, each an hour after the one before. */
  const hourly = (...amounts: readonly number[]): Moment[] =>
    amounts.map((amount, index) => [index * 3_600, deposited(amount)])

  it('when it is more than ten times the median of those before it', async () => {
    const tens = oneTo(10).map(() => 10)
    expect(await given(...hourly(...tens, 101))).toEqual([['unusual-amount', 11]])
    expect(await given(...hourly(...tens, 100))).toEqual([])
  })

  it('but not before there are ten of them', async () => {
    const tens = oneTo(9).map(() => 10)
    expect(await given(...hourly(...tens, 101))).toEqual([])
  })

  it('whether it comes in or goes out', async () => {
    const movements = [deposited, transferredIn, withdrawn, transferredOut]
    const tens = oneTo(10).map((hour): Moment => [hour * 3_600, movements[hour % 4]?.(10) ?? frozen])
    for (const movement of movements) {
      expect(await given(RICH, ...tens, [50_000, movement(101)])).toEqual([['unusual-amount', 12]])
    }
  })

  it('measured at the middle between two, where the median lies there', async () => {
    const fives = oneTo(5).flatMap(() => [1, 2])
    expect(await given(...hourly(...fives, 15))).toEqual([])
    expect(await given(...hourly(...fives, 16))).toEqual([['unusual-amount', 11]])
  })

  it('measured at the one in the middle, where there is one', async () => {
    const eleven = [1, 1, 1, 1, 1, 2, 9, 9, 9, 9, 9]
    expect(await given(...hourly(...eleven, 20))).toEqual([])
    expect(await given(...hourly(...eleven, 21))).toEqual([['unusual-amount', 12]])
  })

  it('measured by the last twenty alone', async () => {
    const [ones, tens] = [oneTo(20).map(() => 1), oneTo(20).map(() => 10)]
    const before = hourly(...tens, ...ones)
    expect(await given(...before, [200_000, deposited(11)])).toEqual([['unusual-amount', 41]])
  })

  it('but an opening balance or what came back is not measured', async () => {
    const tens = hourly(...oneTo(10).map(() => 10))
    expect(await given(...tens, [50_000, opened(10_000)], [50_001, transferReturned(10_000)])).toEqual([])
  })
})

describe('an alert', () => {
  it('says the rule, the version and the time of the event', async () => {
    const log = await logOf([
      [0, deposited(10)],
      [60, withdrawn(10)],
    ])
    const [alert] = watchOf(log).alerts
    expect(alert).toEqual({ rule: 'emptied-after-deposit', version: 2, at: at(60) })
  })

  it('is raised by each rule that an event meets', async () => {
    const tens = oneTo(10)
      .map((hour): Moment => [-hour * 3_600, deposited(10)])
      .reverse()
    const out = oneTo(4).map((): Moment => [0, withdrawn(10)])
    expect(await given(...tens, ...out, [1, deposited(100)], [2, withdrawn(160)])).toEqual([
      ['many-withdrawals', 16],
      ['emptied-after-deposit', 16],
      ['unusual-amount', 16],
    ])
  })

  it('is kept while it is one of the newest ten, and counted for ever', async () => {
    const moments = oneTo(12).flatMap((hour): Moment[] => [
      [hour * 3_600, deposited(10)],
      [hour * 3_600, withdrawn(10)],
    ])
    const { count, alerts } = watchOf(await logOf(moments))
    expect(count).toBe(12)
    expect(alerts.map(({ version }) => version)).toEqual(
      oneTo(12)
        .slice(-MAX_ALERTS)
        .map((n) => n * 2),
    )
  })

  it('has words for people, whatever its rule', () => {
    for (const rule of RULES) {
      expect(RULE_WORDS[rule].name).toMatch(/^[A-Z][^.:]+$/)
      expect(RULE_WORDS[rule].explanation).toMatch(/^[a-z][^.:]+$/)
    }
  })
})

describe('for any log, the rules', () => {
  const kinds = [deposited, transferredIn, withdrawn, transferredOut, withdrawn, transferredOut]
  const amount = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 30 }) },
    { weight: 2, arbitrary: fc.integer({ min: 100, max: 400 }) },
    { weight: 1, arbitrary: fc.constant(MAX_AMOUNT) },
  )
  const moving = fc.tuple(fc.constantFrom(...kinds, opened, transferReturned), amount)
  const event = fc.oneof(
    { weight: 12, arbitrary: moving.map(([kind, amount]) => kind(amount)) },
    { weight: 1, arbitrary: fc.constant(frozen) },
  )
  const pause = fc.constantFrom(0, 1, 10, 14, 15, 15.001, 30, 60, 60.001, 600, 600.001)
  const moments = fc.array(fc.tuple(pause, event), { maxLength: 80, size: 'max' }).map((steps) => {
    let seconds = 0
    return steps.map(([pause, event]): Moment => {
      seconds += pause
      return [seconds, event]
    })
  })

  it('find what one finds who looks through the whole log at each event', async () => {
    await fc.assert(
      fc.asyncProperty(moments, async (moments) => {
        const log = await logOf(moments)
        const found = alertsIn(log)
        const { count, alerts } = watchOf(log)
        expect(count).toBe(found.length)
        expect(alerts.map(({ rule, version }) => [rule, version])).toEqual(found.slice(-MAX_ALERTS))
      }),
    )
  })

  it('find the same when they go on from what was kept', async () => {
    await fc.assert(
      fc.asyncProperty(moments, fc.nat(), async (moments, point) => {
        const log = await logOf(moments)
        const cut = point % (log.length + 1)
        const balance = log.slice(0, cut).reduce((sum, event) => sum + changeOf(event), 0)
        const kept = watch.parse(JSON.parse(JSON.stringify(watchOf(log.slice(0, cut)))))
        const after = watchesOver(log.slice(cut), kept, balance).at(-1) ?? kept
        expect(after).toEqual(watchOf(log))
      }),
      { numRuns: 50 },
    )
  })

  it('remember no more for a long log than for a short one, and nothing that people wrote', async () => {
    await fc.assert(
      fc.asyncProperty(moments, async (moments) => {
        for (const known of watchesOver(await logOf(moments))) {
          const kept = JSON.stringify(known)
          expect(known.timesOut.length).toBeLessThanOrEqual(5)
          expect(known.amounts.length).toBeLessThanOrEqual(20)
          expect(known.alerts.length).toBeLessThanOrEqual(MAX_ALERTS)
          expect(kept.length).toBeLessThan(2_000)
          expect(kept).not.toMatch(/Ada|alice|bob|suspicion|closed/)
        }
      }),
      { numRuns: 50 },
    )
  })
})

/** The alerts of a whole log, by the rules as they are written down, with no regard for cost. */
const alertsIn = (log: readonly RecordedEvent[]): (readonly [Rule, number])[] => {
  const movements = log.flatMap((event, index) => {
    const isOut = event.type === 'withdrawn' || event.type === 'transferredOut'
    const isIn = event.type === 'deposited' || event.type === 'transferredIn'
    if (!isOut && !isIn) return []
    const { version, data } = event
    const balance = log.slice(0, index).reduce((sum, earlier) => sum + changeOf(earlier), 0)
    return [{ isOut, version, balance, amount: data.amount, time: Date.parse(event.occurredAt) }]
  })
  const out = movements.filter(({ isOut }) => isOut)
  const isBusy = (version: number, time: number) =>
    out.filter((other) => other.version <= version && time - other.time <= 60_000).length >= 5

  return movements.flatMap(({ isOut, version, balance, amount, time }, index) => {
    const earlier = movements.slice(0, index)
    const before = out.filter((other) => other.version < version).at(-1)
    const wasBusy = before !== undefined && isBusy(before.version, before.time)
    const hasJustComeIn = earlier.some((other) => !other.isOut && time - other.time <= 600_000)
    const amounts = earlier.slice(-20).map((other) => other.amount)
    const smaller = (one: number) => amounts.filter((other) => other < one).length
    const larger = (one: number) => amounts.filter((other) => other > one).length
    const middle = amounts.filter((one) => Math.max(smaller(one), larger(one)) <= amounts.length / 2)
    const median = (Math.min(...middle) + Math.max(...middle)) / 2
    const rules: Readonly<Record<Rule, boolean>> = {
      'many-withdrawals': isOut && isBusy(version, time) && !wasBusy,
      'emptied-after-deposit': isOut && hasJustComeIn && amount >= (balance / 10) * 9,
      'unusual-amount': amounts.length >= 10 && amount > 10 * median,
    }
    return RULES.filter((rule) => rules[rule]).map((rule) => [rule, version] as const)
  })
}
