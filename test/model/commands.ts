/** What is done to the bank and the model alike, and what must be the same in both then. */
import fc from 'fast-check'
import { expect } from 'vitest'
import { transferIdOf } from '../../src/commands/transfer-ids.ts'
import type { AccountEvent } from '../../src/events/event.ts'
import { changeOf, fold, SHARED } from '../../src/projection/account.ts'
import type { Bank } from './bank.ts'
import type { Asked, Model, Wish } from './model.ts'

type BankCommand = fc.AsyncCommand<Model, Bank>

/** Told by both alike, and afterwards each account is the same in both. */
const ask = async (model: Model, bank: Bank, asked: Asked): Promise<void> => {
  const told = await bank.ask(asked)
  if (!model.isHeld) await bank.settle()
  expect(told).toEqual(model.ask(asked))
  await expectSameAccounts(model, bank)
}

/** By the events alone: nothing is known already, after a restart, because this has asked for it. */
const expectSameAccounts = async (model: Model, bank: Bank): Promise<void> => {
  for (const [account, { past: _past, ...expected }] of model.accounts) {
    const events = await bank.read(account)
    const { balance, currency, status } = fold(events)
    expect({ account, version: events.length, balance, currency, status }).toEqual({ account, ...expected })
  }
}

/** Once nothing is on its way, the accounts of a currency hold what was paid into them, less what was paid out. */
const expectSumsKept = async (bank: Bank): Promise<void> => {
  const log = await bank.readAll()
  for (const currency of ['USD', 'EUR']) {
    const all = [...new Set(log.map(({ stream }) => stream))]
      .map((account) => log.filter(({ stream }) => stream === account))
      .filter((events) => fold(events).currency === currency)
      .flat()
    const paid = all.filter(({ data }) => !('transferId' in data))
    expect({ currency, sum: sumOf(all) }).toEqual({ currency, sum: sumOf(paid) })
  }
}

const sumOf = (events: readonly AccountEvent[]): number =>
  events.reduce((sum, event) => sum + changeOf(event), 0)

const told = (asked: Asked): string => `${asked.account}: ${JSON.stringify(asked.command)} as ${asked.id}`

/** It hangs on the id of the request, and on the balance of the account that is asked. */
type WishFor = (id: string, balance: number) => Wish

class Ask implements BankCommand {
  readonly #account: string
  readonly #wish: WishFor
  #asked: Asked | undefined

  constructor(account: string, wish: WishFor) {
    this.#account = account
    this.#wish = wish
  }

  check = () => true

  run(model: Model, bank: Bank): Promise<void> {
    const id = `c-${model.asked.length}`
    const balance = model.accounts.get(this.#account)?.balance ?? 0
    this.#asked = { id, actor: 'Ada', account: this.#account, command: this.#wish(id, balance) }
    return ask(model, bank, this.#asked)
  }

  toString = () => (this.#asked ? told(this.#asked) : `${this.#account}: not asked yet`)
}

/** One right after the other, which chance seldom does. */
class Both implements BankCommand {
  readonly #asks: readonly Ask[]

  constructor(...asks: readonly Ask[]) {
    this.#asks = asks
  }

  check = () => true

  async run(model: Model, bank: Bank): Promise<void> {
    for (const ask of this.#asks) await ask.run(model, bank)
  }

  toString = () => this.#asks.join(', then ')
}

/** Something that was asked before, with its id: the very same, or another command, or of another account. */
class Repeat implements BankCommand {
  readonly #which: number
  readonly #change: Partial<Pick<Asked, 'account' | 'command'>>

  constructor(which: number, change: Partial<Pick<Asked, 'account' | 'command'>>) {
    this.#which = which
    this.#change = change
  }

  check = ({ asked }: Readonly<Model>) => asked.length > 0

  async run(model: Model, bank: Bank): Promise<void> {
    const earlier = model.asked[this.#which % model.asked.length]
    if (earlier) await ask(model, bank, { ...earlier, ...this.#change })
  }

  toString = () => `again number ${this.#which}, changed by ${JSON.stringify(this.#change)}`
}

export class Hold implements BankCommand {
  check = ({ isHeld }: Readonly<Model>) => !isHeld

  async run(model: Model, bank: Bank): Promise<void> {
    model.isHeld = true
    bank.hold()
  }

  toString = () => 'hold transfers back'
}

class Settle implements BankCommand {
  check = ({ isHeld }: Readonly<Model>) => isHeld

  async run(model: Model, bank: Bank): Promise<void> {
    model.settle()
    await bank.settle()
    bank.hold()
    await expectSameAccounts(model, bank)
    await expectSumsKept(bank)
  }

  toString = () => 'have those end that are held back'
}

class Restart implements BankCommand {
  check = () => true

  async run(model: Model, bank: Bank): Promise<void> {
    model.restart()
    await bank.restart()
    await expectSameAccounts(model, bank)
  }

  toString = () => 'restart'
}

class ReadPast implements BankCommand {
  readonly #account: string
  readonly #which: number

  constructor(account: string, which: number) {
    this.#account = account
    this.#which = which
  }

  check = ({ accounts }: Readonly<Model>) => accounts.has(this.#account)

  async run({ accounts }: Model, bank: Bank): Promise<void> {
    const known = [...(accounts.get(this.#account)?.past ?? [])]
    const [version = 0, balance] = known[this.#which % known.length] ?? []
    const past = await bank.past(this.#account, version)
    expect({ version: past.version, balance: past.account.balance }).toEqual({ version, balance })
  }

  toString = () => `${this.#account} at one of its versions, by ${this.#which}`
}

const ACCOUNTS = [SHARED, 'alice', 'bob', 'carol', 'eve', 'fay'] as const
const account = fc.constantFrom(...ACCOUNTS, 'alice', 'bob')
/** Seldom the same one twice. */
const twoAccounts = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(['alice', 'bob'] as const, ['bob', 'alice'] as const) },
  { weight: 3, arbitrary: fc.tuple(account, account) },
)
/** Of a balance; often all of it, or a little too much. */
const amount = fc.oneof(
  { weight: 10, arbitrary: fc.integer({ min: 1, max: 30 }).map((amount) => () => amount) },
  { weight: 3, arbitrary: fc.constantFrom(0, 0, 1).map((more) => (balance: number) => balance + more) },
  { weight: 1, arbitrary: fc.constantFrom(0, -1).map((amount) => () => amount) },
)
const opening = fc.record({
  owner: fc.constantFrom('Ada', 'Bo'),
  currency: fc.constantFrom('USD', 'USD', 'EUR'),
  openingBalance: fc.constantFrom(0, 1, 100, -1),
})

const asking = (wishes: fc.Arbitrary<WishFor>): fc.Arbitrary<BankCommand> =>
  fc.tuple(account, wishes).map(([account, wish]) => new Ask(account, wish))

const open = asking(opening.map((opening) => () => ({ type: 'open', ...opening })))
const deposit = asking(
  amount.map((amount) => (_id, balance) => ({ type: 'deposit', amount: amount(balance) })),
)
const withdraw = asking(
  amount.map((amount) => (_id, balance) => ({ type: 'withdraw', amount: amount(balance) })),
)
const transferTo =
  (to: string, amount: (balance: number) => number): WishFor =>
  (id, balance) => ({
    type: 'transfer',
    transferId: transferIdOf(id),
    to,
    amount: amount(balance),
  })
const transfer = fc
  .tuple(twoAccounts, amount)
  .map(([[from, to], amount]): BankCommand => new Ask(from, transferTo(to, amount)))
const freeze = asking(fc.constant(() => ({ type: 'freeze', reason: 'a suspicion' })))
const unfreeze = asking(fc.constant(() => ({ type: 'unfreeze' })))
const close = asking(fc.constant(() => ({ type: 'close' })))
/** While money is on its way the payee is frozen or closed, or the payer, who has sent all there was, closed. */
const transferAndStop = fc
  .tuple(twoAccounts, amount, fc.constantFrom('freeze', 'freeze', 'close payee', 'close payer'))
  .map(([[from, to], amount, stop]): BankCommand => {
    const sent = stop === 'close payer' ? (balance: number) => balance : amount
    const stopped = new Ask(stop === 'close payer' ? from : to, () =>
      stop === 'freeze' ? { type: 'freeze', reason: 'a suspicion' } : { type: 'close' },
    )
    return new Both(new Ask(from, transferTo(to, sent)), stopped)
  })
const again = fc.nat().map((which): BankCommand => new Repeat(which, {}))
const againOtherwise = fc
  .tuple(
    fc.nat(),
    fc.oneof(
      fc.integer({ min: 1, max: 40 }).map((amount) => ({ command: { type: 'deposit', amount } as const })),
      account.map((account) => ({ account })),
    ),
  )
  .map(([which, change]): BankCommand => new Repeat(which, change))
const hold = fc.constant(0).map((): BankCommand => new Hold())
const settle = fc.constant(0).map((): BankCommand => new Settle())
const restart = fc.constant(0).map((): BankCommand => new Restart())
const readPast = fc
  .tuple(account, fc.nat())
  .map(([account, which]): BankCommand => new ReadPast(account, which))

/** What is there from the start: Carol's account is not, and Fay's is closed. */
export const openSome = async (model: Model, bank: Bank): Promise<void> => {
  const opening = { type: 'open', owner: 'Ada', currency: 'USD', openingBalance: 60 } as const
  const asks = [
    new Ask('alice', () => opening),
    new Ask('bob', () => opening),
    new Ask('eve', () => ({ ...opening, currency: 'EUR' })),
    new Ask('fay', () => ({ ...opening, openingBalance: 0 })),
    new Ask('fay', () => ({ type: 'close' })),
  ]
  for (const ask of asks) await ask.run(model, bank)
}

const often = (times: number, command: fc.Arbitrary<BankCommand>): fc.Arbitrary<BankCommand>[] =>
  Array.from({ length: times }, () => command)

export const bankCommands = fc.commands(
  [
    ...[open, deposit, withdraw, freeze, again, againOtherwise, hold, restart, readPast],
    ...[...often(2, close), ...often(2, settle), ...often(3, unfreeze)],
    ...[...often(4, transfer), ...often(2, transferAndStop)],
  ],
  { maxCommands: 40, size: 'max' },
)
