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
import {
  closed,
  deposited,
  forgotten,
  frozen,
  opened,
  transferReturned,
  transferredIn,
  transferredOut,
  unfrozen,
  withdrawn,
} from '../events/sample-events.ts'

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
    expect(fold([])).toEqual({ currency: 'USD', balance: 0, status: 'open' })
  })

  it('has more after a deposit', () => {
    expect(given(deposited(100)).when(deposited(25)).balance).toBe(125)
  })

  it('has less after a withdrawal', () => {
    expect(given(deposited(100)).when(withdrawn(30)).balance).toBe(70)
  })

  it('has less once money is on its way to another account', () => {
    expect(given(deposited(100)).when(transferredOut(30)).balance).toBe(70)
  })

  it('has more once money has come from another account', () => {
    expect(given(deposited(100)).when(transferredIn(25)).balance).toBe(125)
  })

  it('has what it had before when the payee refused the money', () => {
    expect(given(deposited(100), transferredOut(30)).when(transferReturned(30)).balance).toBe(100)
  })

  it('changes in nothing but its balance by a transfer', () => {
    const account = fold([opened(100, 'EUR'), frozen])
    for (const event of [transferredOut(5), transferredIn(5), transferReturned(5)]) {
      expect(evolve(account, event)).toEqual({ ...account, balance: evolve(account, event).balance })
    }
  })

  it('keeps its currency, whatever happens', () => {
    const account: Account = { ...emptyAccount, currency: 'KWD', balance: 10 }
    expect(fold([deposited(5), withdrawn(3)], account)).toEqual({
      currency: 'KWD',
      balance: 12,
      status: 'open',
    })
  })

  it('is folded from any state onwards', () => {
    const events = [deposited(100), withdrawn(30), deposited(7)]
    for (const cut of [0, 1, 2, 3]) {
      expect(fold(events.slice(cut), fold(events.slice(0, cut)))).toEqual({ ...emptyAccount, balance: 77 })
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
    const before: Account = Object.freeze({ ...emptyAccount, balance: 10 })
    evolve(before, deposited(5))
    expect(before.balance).toBe(10)
    expect(emptyAccount).toEqual({ currency: 'USD', balance: 0, status: 'open' })
  })
})

describe('an account that was opened by name', () => {
  it('has an owner, a currency and an opening balance', () => {
    expect(fold([opened(500, 'KWD')])).toEqual({
      currency: 'KWD',
      balance: 500,
      status: 'open',
      owner: 'Ada',
    })
  })

  it('may begin with nothing', () => expect(fold([opened(0)]).balance).toBe(0))

  it('keeps the money that was there before it had a name', () => {
    expect(given(deposited(25)).when(opened(100)).balance).toBe(125)
  })

  it('keeps owner and currency, whatever happens with its money', () => {
    expect(fold([opened(100, 'JPY'), deposited(5), withdrawn(3)])).toEqual({
      currency: 'JPY',
      balance: 102,
      status: 'open',
      owner: 'Ada',
    })
  })
})

describe('the status of an account', () => {
  it.each<readonly [string, readonly AccountEvent[], Account['status']]>([
    ['open to begin with', [], 'open'],
    ['open when it was opened', [opened()], 'open'],
    ['open whatever comes in or goes out', [deposited(5), withdrawn(3)], 'open'],
    ['frozen when it was frozen', [frozen], 'frozen'],
    ['open when it was unfrozen', [frozen, unfrozen], 'open'],
    ['frozen when it was frozen again', [frozen, unfrozen, frozen], 'frozen'],
    ['closed when it was closed', [closed], 'closed'],
    ['closed when it was closed while frozen', [frozen, closed], 'closed'],
    ['what it was when its owner was forgotten', [frozen, forgotten], 'frozen'],
    ['closed also when its owner was forgotten', [closed, forgotten], 'closed'],
  ])('is %s', (_, events, status) => expect(fold(events).status).toBe(status))

  it('changes nothing else', () => {
    const account = fold([opened(100, 'EUR')])
    for (const event of [frozen, unfrozen, closed]) {
      expect(evolve(account, event)).toEqual({ ...account, status: evolve(account, event).status })
    }
  })
})

describe('an account whose owner was forgotten', () => {
  it('has an owner that reads as erased, and everything else as it was', () => {
    const account = fold([opened(100, 'EUR'), deposited(5), frozen])
    expect(evolve(account, forgotten)).toEqual({ ...account, owner: '[erased]' })
  })

  it('goes on, and can have a name again', () => {
    expect(fold([opened(100), forgotten, deposited(5)])).toMatchObject({ balance: 105, owner: '[erased]' })
    expect(fold([opened(100), forgotten, opened(0)])).toMatchObject({ balance: 100, owner: 'Ada' })
  })
})

describe('the change that an event makes', () => {
  it('is the opening balance for an opening', () => expect(changeOf(opened(5))).toBe(5))
  it('is none for what moves no money', () =>
    expect([frozen, unfrozen, closed, forgotten].map(changeOf)).toEqual([0, 0, 0, 0]))
  it('is more than zero for money in', () =>
    expect([deposited(5), transferredIn(5), transferReturned(5)].map(changeOf)).toEqual([5, 5, 5]))
  it('is less than zero for money out', () =>
    expect([withdrawn(5), transferredOut(5)].map(changeOf)).toEqual([-5, -5]))
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
