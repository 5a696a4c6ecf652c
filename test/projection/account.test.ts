import { describe, expect, it } from 'vitest'
import { type AccountEvent, UnknownEventTypeError } from '../../src/events/event.ts'
import {
  type Account,
  balanceOf,
  changeOf,
  emptyAccount,
  evolve,
  fold,
} from '../../src/projection/account.ts'
import { deposited, withdrawn } from '../events/sample-events.ts'

const given = (...events: readonly AccountEvent[]) => ({
  when: (event: AccountEvent) => ({
    balance: evolve(fold(events), event).balance,
  }),
})

/** An event as a newer version of the code may have written it. */
const stored = (event: Readonly<Record<string, unknown>>): AccountEvent => JSON.parse(JSON.stringify(event))

const thrownBy = (work: () => unknown): unknown => {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('Nothing was thrown.')
}

describe('an account', () => {
  it('begins with no money, in dollars', () => {
    expect(fold([])).toEqual({ currency: 'USD', balance: 0 })
  })

  it('has more after a deposit', () => {
    expect(given(deposited(100)).when(deposited(25)).balance).toBe(125)
  })

  it('has less after a withdrawal', () => {
    expect(given(deposited(100)).when(withdrawn(30)).balance).toBe(70)
  })

  it('keeps its currency, whatever happens', () => {
    const account: Account = { currency: 'KWD', balance: 10 }
    expect(fold([deposited(5), withdrawn(3)], account)).toEqual({ currency: 'KWD', balance: 12 })
  })

  it('is folded from any state onwards', () => {
    const events = [deposited(100), withdrawn(30), deposited(7)]
    for (const cut of [0, 1, 2, 3]) {
      expect(fold(events.slice(cut), fold(events.slice(0, cut)))).toEqual({ currency: 'USD', balance: 77 })
    }
  })

  it('is folded from anything that gives events one by one', () => {
    function* events() {
      yield deposited(5)
      yield withdrawn(2)
    }
    expect(balanceOf(events())).toBe(3)
  })

  it('leaves earlier states as they were', () => {
    const before: Account = Object.freeze({ currency: 'USD', balance: 10 })
    evolve(before, deposited(5))
    expect(before.balance).toBe(10)
    expect(emptyAccount).toEqual({ currency: 'USD', balance: 0 })
  })
})

describe('the change that an event makes', () => {
  it('is more than zero for money in', () => expect(changeOf(deposited(5))).toBe(5))
  it('is less than zero for money out', () => expect(changeOf(withdrawn(5))).toBe(-5))
})

describe('an event of an unknown type', () => {
  const unknown = stored({ type: 'stolen', data: { amount: 5 }, stream: 'alice', version: 2 })

  it.each([
    ['folded', () => fold([deposited(1), unknown, deposited(1)])],
    ['asked for its change', () => changeOf(unknown)],
  ])('is never skipped when it is %s', (_, work) => {
    const error = thrownBy(work)
    expect(error).toBeInstanceOf(UnknownEventTypeError)
    expect(error).toMatchObject({ type: 'stolen', stream: 'alice', version: 2 })
  })
})
