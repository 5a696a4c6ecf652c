/** A bank in a few lines, for Passbook to be held against: its accounts, what is on its way, and what was told. */
import { isDeepStrictEqual } from 'node:util'
import type { Command } from '../../src/commands/command.ts'
import type { Rejection } from '../../src/commands/decide.ts'
import type { Request } from '../../src/commands/decide-together.ts'
import { type Account, SHARED } from '../../src/projection/account.ts'

export type Code = Rejection['code']

/** What is asked by people; the ends of transfers nobody asks for. */
export type Wish = Exclude<Command, { readonly type: 'receive' | 'take-back' }>
export type Asked = Request & { readonly account: string; readonly command: Wish }

export type Told =
  | { readonly type: 'accepted'; readonly version: number }
  | { readonly type: 'rejected'; readonly code: Code }
  | { readonly type: 'id-taken' }

export interface ModelAccount {
  currency: string
  balance: number
  status: Account['status']
  version: number
  /** The balance at each version; at those between two that transfers came to in whatever order, nobody knows it. */
  readonly past: Map<number, number>
}

interface Sent {
  readonly from: string
  readonly to: string
  readonly amount: number
}

export class Model {
  readonly accounts = new Map<string, ModelAccount>()
  /** All that was ever asked. */
  readonly asked: Asked[] = []
  /** Whether transfers are held back, on their way. */
  isHeld = false
  inFlight: Sent[] = []
  /** All that commands came to, and transfers. */
  readonly seen = new Set<Told['type'] | Code | 'arrived' | 'returned'>()
  /** By the id of the request. */
  readonly #accepted = new Map<string, { readonly asked: Asked; readonly told: Told }>()
  readonly #rejected = new Map<string, { readonly asked: Asked; readonly told: Told }>()

  constructor() {
    this.accounts.set(SHARED, newAccount('USD'))
  }

  ask(asked: Asked): Told {
    const told = this.#answer(asked)
    this.asked.push(asked)
    this.seen.add(told.type === 'rejected' ? told.code : told.type)
    return told
  }

  /** A rejection leaves nothing in the log. */
  restart(): void {
    this.#rejected.clear()
  }

  /** All that is on its way arrives, or goes back where the payee is not open any more. */
  settle(): void {
    const changed = new Map<string, ModelAccount>()
    for (const { from, to, amount } of this.inFlight) {
      const isOpen = this.accounts.get(to)?.status === 'open'
      const name = isOpen ? to : from
      this.seen.add(isOpen ? 'arrived' : 'returned')
      const account = this.#account(name)
      account.balance += amount
      account.version += 1
      changed.set(name, account)
    }
    for (const account of changed.values()) account.past.set(account.version, account.balance)
    this.inFlight = []
  }

  #answer(asked: Asked): Told {
    const { account: name, id, command } = asked
    const known = this.#accepted.get(id) ?? this.#rejected.get(`${name} ${id}`)
    if (known) {
      const isSame = known.asked.account === name && isDeepStrictEqual(known.asked.command, command)
      return isSame ? known.told : { type: 'id-taken' }
    }
    const code = this.#objection(name, command)
    if (code !== undefined) {
      const told: Told = { type: 'rejected', code }
      this.#rejected.set(`${name} ${id}`, { asked, told })
      return told
    }
    const version = this.#do(name, command)
    const told: Told = { type: 'accepted', version }
    this.#accepted.set(id, { asked, told })
    if (!this.isHeld) this.settle()
    return told
  }

  #objection(name: string, command: Wish): Code | undefined {
    const account = this.accounts.get(name)
    if (command.type === 'open') {
      if (account) return 'already-open'
      return command.openingBalance < 0 ? 'invalid-amount' : undefined
    }
    if (!account) return 'unknown-account'
    const { balance, currency, status } = account
    if (status === 'closed') return command.type === 'close' ? 'already-closed' : 'closed'
    if (command.type === 'unfreeze') return status === 'frozen' ? undefined : 'not-frozen'
    if (status === 'frozen') return command.type === 'freeze' ? 'already-frozen' : 'frozen'
    if (command.type === 'freeze') return undefined
    if (command.type === 'close') {
      if (balance > 0) return 'balance-left'
      return this.inFlight.some(({ from }) => from === name) ? 'transfer-under-way' : undefined
    }
    if (command.amount <= 0) return 'invalid-amount'
    if (command.type === 'deposit') return undefined
    if (command.type === 'transfer') {
      const payee = this.accounts.get(command.to)
      if (command.to === name) return 'same-account'
      if (!payee) return 'unknown-payee'
      if (payee.status !== 'open') return `payee-${payee.status}`
      if (payee.currency !== currency) return 'other-currency'
    }
    return command.amount > balance ? 'insufficient-funds' : undefined
  }

  /** The version that the account has then. */
  #do(name: string, command: Wish): number {
    if (command.type === 'open') this.accounts.set(name, newAccount(command.currency))
    const account = this.#account(name)
    switch (command.type) {
      case 'open':
        account.balance = command.openingBalance
        break
      case 'deposit':
        account.balance += command.amount
        break
      case 'withdraw':
        account.balance -= command.amount
        break
      case 'transfer':
        account.balance -= command.amount
        this.inFlight.push({ from: name, to: command.to, amount: command.amount })
        break
      case 'freeze':
        account.status = 'frozen'
        break
      case 'unfreeze':
        account.status = 'open'
        break
      case 'close':
        account.status = 'closed'
    }
    account.version += 1
    account.past.set(account.version, account.balance)
    return account.version
  }

  #account(name: string): ModelAccount {
    const account = this.accounts.get(name)
    if (!account) throw new RangeError(`The model has no account "${name}".`)
    return account
  }
}

const newAccount = (currency: string): ModelAccount => ({
  currency,
  balance: 0,
  status: 'open',
  version: 0,
  past: new Map([[0, 0]]),
})
