/** Random logs of one account over several months, many of its events right where one month ends and the next begins. */
import fc from 'fast-check'
import type { AccountEvent, NewEvent } from '../../src/events/event.ts'
import { MAX_AMOUNT } from '../../src/events/money.ts'
import { monthAfter, monthAt } from '../../src/projection/month.ts'
import { deposited, frozen, newEvent, opened, unfrozen, withdrawn } from '../events/sample-events.ts'

const FIRST = Date.UTC(2026, 8, 10)
const LAST = Date.UTC(2027, 3, 20)

const transferId = '6f6a2a3e-6f0e-4a4e-9d39-0d6f6f1d2c3b'
const amount = fc.oneof(fc.integer({ min: 1, max: 100_000 }), fc.constant(MAX_AMOUNT))
const text = fc.constantFrom('rent', '=1+1', '-5', 'a, "b"', 'zoë 💶', '<b>')

const event: fc.Arbitrary<AccountEvent> = fc.oneof(
  amount.map(deposited),
  amount.map(withdrawn),
  fc.record({ amount, source: text }).map((data): AccountEvent => ({ type: 'deposited', data })),
  fc.record({ amount, reason: text }).map((data): AccountEvent => ({ type: 'withdrawn', data })),
  amount.map(
    (amount): AccountEvent => ({ type: 'transferredOut', data: { transferId, to: '=bob', amount } }),
  ),
  amount.map(
    (amount): AccountEvent => ({ type: 'transferredIn', data: { transferId, from: 'bob', amount } }),
  ),
  fc.record({ amount, reason: text }).map(
    ({ amount, reason }): AccountEvent => ({
      type: 'transferReturned',
      data: { transferId, amount, reason },
    }),
  ),
  fc.constantFrom(frozen, unfrozen, opened(500)),
)

const anyTime = fc.integer({ min: FIRST, max: LAST })
const aroundMidnight = fc
  .tuple(anyTime, fc.constantFrom(-1, 0, 1))
  .map(([time, shift]) => Date.parse(monthAfter(monthAt(new Date(time))).first) + shift)

export const severalMonths: fc.Arbitrary<readonly NewEvent[]> = fc
  .array(fc.record({ event, time: fc.oneof(anyTime, aroundMidnight) }), { minLength: 1, maxLength: 40 })
  .map((moves) =>
    [...moves]
      .sort((one, other) => one.time - other.time)
      .map(({ event, time }) => newEvent(event, { occurredAt: new Date(time).toISOString() })),
  )

/** The last month in which any of them may be. */
export const lastMonth = () => monthAt(new Date(LAST + 86_400_000 * 31))
