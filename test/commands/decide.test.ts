import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Command, decide, eventsOf, type Rejection } from '../../src/commands/decide.ts'
import { type AccountEvent, checked } from '../../src/events/event.ts'
import { MAX_AMOUNT } from '../../src/events/money.ts'
import { type Account, emptyAccount, fold } from '../../src/projection/account.ts'
import {
  closed,
  deposited,
  forgotten,
  frozen,
  newEvent,
  opened,
  unfrozen,
  withdrawn,
} from '../events/sample-events.ts'

const deposit = (amount: number): Command => ({ type: 'deposit', amount })
const withdraw = (amount: number): Command => ({ type: 'withdraw', amount })

const given = (...events: readonly AccountEvent[]) => givenAccount(fold(events))

const givenAccount = (account: Account) => ({
  when: (command: Command) => {
    const decision = decide(account, command)
    return {
      happens: (...events: readonly AccountEvent[]) => expect(decision).toEqual({ type: 'accepted', events }),
      isRejected: (code: Rejection['code'], message: string) =>
        expect(decision).toEqual({ type: 'rejected', rejection: { code, message } }),
    }
  },
})

describe('a deposit', () => {
  it('of the least', () => given().when(deposit(1)).happens(deposited(1)))
  it('of the most', () => given().when(deposit(MAX_AMOUNT)).happens(deposited(MAX_AMOUNT)))
  it('onto money that is there', () => given(deposited(5)).when(deposit(7)).happens(deposited(7)))
})

describe('a withdrawal', () => {
  it('of a part', () => given(deposited(100)).when(withdraw(30)).happens(withdrawn(30)))

  it('of everything', () => given(deposited(100), withdrawn(30)).when(withdraw(70)).happens(withdrawn(70)))

  it('of more than there is, from an account that has nothing', () =>
    given().when(withdraw(1)).isRejected('insufficient-funds', 'Insufficient funds: the balance is $0.00.'))

  it('of more than there is', () =>
    given(deposited(130_000))
      .when(withdraw(130_001))
      .isRejected('insufficient-funds', 'Insufficient funds: the balance is $1,300.00.'))
})

describe.each([
  ['deposit', deposit],
  ['withdrawal', withdraw],
])('a %s', (_, command) => {
  const rich = givenAccount({ ...emptyAccount, balance: 2 * MAX_AMOUNT })

  it.each([0, -0, -1, -0.5, Number.NaN, Number.NEGATIVE_INFINITY])('of %d is rejected', (amount) =>
    rich.when(command(amount)).isRejected('invalid-amount', 'Invalid amount: it must be more than zero.'))

  it.each([
    MAX_AMOUNT + 1,
    Number.MAX_SAFE_INTEGER,
    1e300,
    Number.POSITIVE_INFINITY,
  ])('of %d is rejected', (amount) =>
    rich
      .when(command(amount))
      .isRejected('invalid-amount', 'Invalid amount: at most $10,000,000,000.00 at a time.'))

  it.each([0.5, 1.5, 99.999])('of %d minor units is rejected', (amount) =>
    rich
      .when(command(amount))
      .isRejected('invalid-amount', 'Invalid amount: USD has no part smaller than its minor unit.'))
})

describe('in another currency', () => {
  const yen = givenAccount({ ...emptyAccount, currency: 'JPY', balance: 500 })

  it('the balance is told in it', () =>
    yen.when(withdraw(501)).isRejected('insufficient-funds', 'Insufficient funds: the balance is ¥500.'))

  it('the most is told in it', () =>
    yen
      .when(deposit(MAX_AMOUNT + 1))
      .isRejected('invalid-amount', 'Invalid amount: at most ¥1,000,000,000,000 at a time.'))

  it('the minor unit is its own', () =>
    yen
      .when(deposit(0.5))
      .isRejected('invalid-amount', 'Invalid amount: JPY has no part smaller than its minor unit.'))
})

describe('the largest balance', () => {
  const almostFull = givenAccount({ ...emptyAccount, balance: Number.MAX_SAFE_INTEGER - 5 })

  it('can be reached', () => almostFull.when(deposit(5)).happens(deposited(5)))

  it('cannot be passed', () =>
    almostFull
      .when(deposit(6))
      .isRejected('balance-too-large', 'Balance too large: this account cannot hold that much more.'))

  it('can be drawn on', () => almostFull.when(withdraw(MAX_AMOUNT)).happens(withdrawn(MAX_AMOUNT)))
})

describe('an account that was opened by name', () => {
  it('has its opening balance to draw on, and no more', () => {
    given(opened(100)).when(withdraw(100)).happens(withdrawn(100))
    given(opened(100))
      .when(withdraw(101))
      .isRejected('insufficient-funds', 'Insufficient funds: the balance is $1.00.')
  })

  it('is told its balance in its own currency', () =>
    given(opened(500, 'JPY'))
      .when(withdraw(501))
      .isRejected('insufficient-funds', 'Insufficient funds: the balance is ¥500.'))

  it('goes on when what people wrote in it is forgotten', () =>
    given(opened(100), forgotten).when(withdraw(100)).happens(withdrawn(100)))
})

describe.each([
  ['deposit', deposit, deposited],
  ['withdrawal', withdraw, withdrawn],
])('a %s', (_, command, happened) => {
  const FROZEN = 'Account frozen: nothing comes in or goes out until it is unfrozen.'
  const CLOSED = 'Account closed: nothing more can happen in it.'

  it('is rejected while the account is frozen', () =>
    given(deposited(100), frozen).when(command(1)).isRejected('frozen', FROZEN))

  it('is accepted again when the account was unfrozen', () =>
    given(deposited(100), frozen, unfrozen).when(command(100)).happens(happened(100)))

  it('is rejected when the account was frozen again', () =>
    given(deposited(100), frozen, unfrozen, frozen).when(command(1)).isRejected('frozen', FROZEN))

  it('is rejected when the account was closed, frozen before or not, with money or without', () => {
    given(closed).when(command(1)).isRejected('closed', CLOSED)
    given(deposited(100), closed).when(command(1)).isRejected('closed', CLOSED)
    given(deposited(100), frozen, closed).when(command(1)).isRejected('closed', CLOSED)
  })

  it.each([
    0,
    -1,
    0.5,
    101,
    MAX_AMOUNT + 1,
    Number.NaN,
  ])('of %d is rejected for the account’s sake first, whatever else is wrong with it', (amount) => {
    given(deposited(100), frozen).when(command(amount)).isRejected('frozen', FROZEN)
    given(deposited(100), closed).when(command(amount)).isRejected('closed', CLOSED)
  })
})

const command: fc.Arbitrary<Command> = fc.record({
  type: fc.constantFrom('deposit', 'withdraw'),
  amount: fc.oneof(
    fc.integer({ min: -10, max: 1_000 }),
    fc.integer({ min: MAX_AMOUNT - 5, max: MAX_AMOUNT + 5 }),
    fc.double(),
  ),
})

describe('whatever is asked, in whatever order,', () => {
  it('a balance is never negative, never too large to be exact, and every event is valid', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.integer({ min: 0, max: 2_000 }),
          fc.nat(2_000).map((room) => Number.MAX_SAFE_INTEGER - room),
        ),
        fc.array(command, { maxLength: 40, size: 'max' }),
        (balance, commands) => {
          let account: Account = { ...emptyAccount, balance }
          for (const command of commands) {
            const decision = decide(account, command)
            if (decision.type === 'rejected') continue
            for (const event of decision.events) checked(newEvent(event))
            account = fold(decision.events, account)
            expect(account.balance).toBeGreaterThanOrEqual(0)
            expect(Number.isSafeInteger(account.balance)).toBe(true)
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  it('nothing comes into or goes out of an account that is frozen or closed', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('frozen' as const, 'closed' as const),
        fc.nat(2_000),
        command,
        (status, balance, command) => {
          const decision = decide({ ...emptyAccount, balance, status }, command)
          expect(decision).toMatchObject({ type: 'rejected', rejection: { code: status } })
        },
      ),
    )
  })

  it('what is accepted makes happen what the command says, and what is rejected says why in one line', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_000 }), command, (balance, command) => {
        const decision = decide({ ...emptyAccount, balance }, command)
        if (decision.type === 'accepted') expect(decision.events).toEqual(eventsOf(command))
        else expect(decision.rejection.message).toMatch(/^[^\n]+\.$/)
      }),
    )
  })
})
