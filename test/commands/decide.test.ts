import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Command, eventsOf } from '../../src/commands/command.ts'
import { decide, type Rejection, type Surroundings } from '../../src/commands/decide.ts'
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

const givenAccount = (account: Account | undefined, around?: Partial<Surroundings>) => ({
  when: (command: Command) => {
    const decision = decide(account, command, {
      stream: 'alice',
      accountAt: () => undefined,
      isSending: false,
      ...around,
    })
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

const transfer = (amount: number, to = 'bob'): Command => ({ type: 'transfer', transferId: ID, to, amount })
const receive = (amount: number, currency = 'USD'): Command => ({
  type: 'receive',
  transferId: ID,
  from: 'bob',
  amount,
  currency,
})
const takeBack = (amount: number): Command => ({
  type: 'take-back',
  transferId: ID,
  amount,
  reason: 'The account is closed.',
})
const open = (openingBalance: number, currency = 'USD'): Command => ({
  type: 'open',
  owner: 'Alice',
  currency,
  openingBalance,
})
const freeze: Command = { type: 'freeze', reason: 'a lost card' }
const unfreeze: Command = { type: 'unfreeze' }
const close: Command = { type: 'close' }

const ID = '6f1f6a3e-6b0e-4f0a-9a52-2a3a4f5f8d11'
const out = (amount: number): AccountEvent => ({
  type: 'transferredOut',
  data: { transferId: ID, to: 'bob', amount },
})
const received = (amount: number): AccountEvent => ({
  type: 'transferredIn',
  data: { transferId: ID, from: 'bob', amount },
})
const returned = (amount: number): AccountEvent => ({
  type: 'transferReturned',
  data: { transferId: ID, amount, reason: 'The account is closed.' },
})

const FROZEN = 'Account frozen: nothing comes in or goes out until it is unfrozen.'
const CLOSED = 'Account closed: nothing more can happen in it.'

describe('an account that nobody has opened', () => {
  const nobody = givenAccount(undefined)

  it('is opened with what it begins with', () => {
    nobody
      .when(open(500))
      .happens({ type: 'opened', data: { owner: 'Alice', currency: 'USD', openingBalance: 500 } })
  })

  it('is opened with nothing', () =>
    nobody
      .when(open(0))
      .happens({ type: 'opened', data: { owner: 'Alice', currency: 'USD', openingBalance: 0 } }))

  it.each([
    deposit(1),
    withdraw(1),
    transfer(1),
    receive(1),
    takeBack(1),
    freeze,
    unfreeze,
    close,
  ])('is unknown to $type', (command) =>
    nobody.when(command).isRejected('unknown-account', 'Unknown account: nobody has opened it.'))

  it('is not opened with more than one event may move', () =>
    nobody
      .when(open(MAX_AMOUNT + 1, 'JPY'))
      .isRejected('invalid-amount', 'Invalid amount: at most ¥1,000,000,000,000 at a time.'))

  it('is not opened with less than nothing, or with a part of a minor unit', () => {
    nobody.when(open(-1)).isRejected('invalid-amount', 'Invalid amount: it must be more than zero.')
    nobody
      .when(open(0.5))
      .isRejected('invalid-amount', 'Invalid amount: USD has no part smaller than its minor unit.')
  })
})

describe('an account that is there', () => {
  it('is not opened again, whatever its status', () => {
    for (const events of [[], [opened(1)], [opened(0), frozen], [opened(0), closed]]) {
      given(...events)
        .when(open(5))
        .isRejected('already-open', 'This account is open already.')
    }
  })
})

describe('what is written with a movement', () => {
  it('is kept: the source of a deposit, the reason of a withdrawal', () => {
    given()
      .when({ type: 'deposit', amount: 5, source: 'fees' })
      .happens({ type: 'deposited', data: { amount: 5, source: 'fees' } })
    given(deposited(9))
      .when({ type: 'withdraw', amount: 5, reason: 'rent' })
      .happens({ type: 'withdrawn', data: { amount: 5, reason: 'rent' } })
  })
})

describe('freezing', () => {
  it('an open account', () =>
    given(opened(5))
      .when(freeze)
      .happens({ type: 'frozen', data: { reason: 'a lost card' } }))

  it('a frozen one changes nothing, and says so', () =>
    given(frozen)
      .when(freeze)
      .isRejected('already-frozen', 'The account is frozen already: nothing was changed.'))

  it('a closed one', () => given(closed).when(freeze).isRejected('closed', CLOSED))
})

describe('unfreezing', () => {
  it('a frozen account', () => given(frozen).when(unfreeze).happens({ type: 'unfrozen', data: {} }))

  it('with a reason', () =>
    given(frozen)
      .when({ type: 'unfreeze', reason: 'found' })
      .happens({ type: 'unfrozen', data: { reason: 'found' } }))

  it('one that is not changes nothing, and says so', () =>
    given(opened(1))
      .when(unfreeze)
      .isRejected('not-frozen', 'The account is not frozen: nothing was changed.'))

  it('a closed one', () => given(frozen, closed).when(unfreeze).isRejected('closed', CLOSED))
})

describe('closing', () => {
  it('an account that holds nothing', () =>
    given(deposited(5), withdrawn(5)).when(close).happens({ type: 'closed', data: {} }))

  it('with a reason', () =>
    given()
      .when({ type: 'close', reason: 'moved away' })
      .happens({ type: 'closed', data: { reason: 'moved away' } }))

  it('one that holds something', () =>
    given(deposited(1_234))
      .when(close)
      .isRejected('balance-left', 'Balance left: withdraw or transfer the $12.34 first.'))

  it('a frozen one', () => given(frozen).when(close).isRejected('frozen', FROZEN))

  it('a closed one changes nothing, and says so', () =>
    given(closed)
      .when(close)
      .isRejected('already-closed', 'The account is closed already: nothing was changed.'))

  it('while money that it sent is on its way, and may come back', () =>
    givenAccount(emptyAccount, { isSending: true })
      .when(close)
      .isRejected(
        'transfer-under-way',
        'A transfer from this account may still be on its way. Try again in a moment.',
      ))
})

describe('a transfer', () => {
  const bob = fold([opened(0)])
  const rich = (payee: Account | undefined = bob, payer = fold([opened(100)])) =>
    givenAccount(payer, { accountAt: (stream) => (stream === 'bob' ? payee : undefined) })

  it('takes the money from the payer, to be brought to the payee', () =>
    rich().when(transfer(100)).happens(out(100)))

  it('says what it is for, if that was said', () =>
    rich()
      .when({ type: 'transfer', transferId: ID, to: 'bob', amount: 5, reason: 'rent' })
      .happens({ type: 'transferredOut', data: { transferId: ID, to: 'bob', amount: 5, reason: 'rent' } }))

  it('of more than there is', () =>
    rich().when(transfer(101)).isRejected('insufficient-funds', 'Insufficient funds: the balance is $1.00.'))

  it.each([0, -1, Number.NaN])('of %d', (amount) =>
    rich().when(transfer(amount)).isRejected('invalid-amount', 'Invalid amount: it must be more than zero.'))

  it('of too much', () =>
    rich()
      .when(transfer(MAX_AMOUNT + 1))
      .isRejected('invalid-amount', 'Invalid amount: at most $10,000,000,000.00 at a time.'))

  it('to itself', () =>
    rich()
      .when(transfer(1, 'alice'))
      .isRejected('same-account', 'A transfer goes to another account than the one it comes from.'))

  it('to an account that is not there', () =>
    rich()
      .when(transfer(1, 'nobody'))
      .isRejected('unknown-payee', 'Unknown account: there is no "nobody" to transfer to.'))

  it('to an account in another currency', () =>
    rich(fold([opened(0, 'JPY')]))
      .when(transfer(1))
      .isRejected(
        'other-currency',
        'The account to transfer to has another currency: it is kept in JPY, this one in USD.',
      ))

  it('to a frozen account', () =>
    rich(fold([opened(0), frozen]))
      .when(transfer(1))
      .isRejected('payee-frozen', 'The account to transfer to is frozen: it takes nothing in.'))

  it('to a closed account', () =>
    rich(fold([opened(0), closed]))
      .when(transfer(1))
      .isRejected('payee-closed', 'The account to transfer to is closed: it takes nothing in.'))

  it('from a frozen account, or a closed one', () => {
    rich(bob, fold([opened(100), frozen]))
      .when(transfer(1))
      .isRejected('frozen', FROZEN)
    rich(bob, fold([opened(0), closed]))
      .when(transfer(1))
      .isRejected('closed', CLOSED)
  })
})

describe('receiving what was sent', () => {
  it('adds it', () => given(opened(5)).when(receive(7)).happens(received(7)))

  it.each([
    ['payee-frozen', 'The account to transfer to is frozen: it takes nothing in.', fold([opened(0), frozen])],
    ['payee-closed', 'The account to transfer to is closed: it takes nothing in.', fold([opened(0), closed])],
    [
      'other-currency',
      'The account to transfer to has another currency: it is kept in JPY, this one in USD.',
      fold([opened(0, 'JPY')]),
    ],
    [
      'balance-too-large',
      'Balance too large: this account cannot hold that much more.',
      { ...emptyAccount, balance: Number.MAX_SAFE_INTEGER },
    ],
  ] as const)('is refused: %s', (code, message, payee) =>
    givenAccount(payee).when(receive(1)).isRejected(code, message))
})

describe('taking back what was refused', () => {
  it('adds it again', () => given(opened(0)).when(takeBack(7)).happens(returned(7)))
  it('also to a frozen account', () => given(opened(0), frozen).when(takeBack(7)).happens(returned(7)))
  it('not to a closed one, which was not to be closed before', () =>
    given(opened(0), closed).when(takeBack(7)).isRejected('closed', CLOSED))
})

const movement: fc.Arbitrary<Command> = fc.record({
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
        fc.array(movement, { maxLength: 40, size: 'max' }),
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
        movement,
        (status, balance, command) => {
          const decision = decide({ ...emptyAccount, balance, status }, command)
          expect(decision).toMatchObject({ type: 'rejected', rejection: { code: status } })
        },
      ),
    )
  })

  it('what is accepted makes happen what the command says, and what is rejected says why in one line', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_000 }), movement, (balance, command) => {
        const decision = decide({ ...emptyAccount, balance }, command)
        if (decision.type === 'accepted') expect(decision.events).toEqual(eventsOf(command))
        else expect(decision.rejection.message).toMatch(/^[^\n]+\.$/)
      }),
    )
  })
})
