/**
 * The work of both command suites, the same for whoever does it: so many tellers, each of whom gives one deposit after
 * another and waits for its answer. Then the accounts are read anew: every deposit must be in its account, once.
 */
import { randomUUID } from 'node:crypto'
import type { StoreName } from '../../src/config.ts'
import type { Opened } from '../contest.ts'

export interface Deposit {
  readonly id: string
  readonly actor: string
  readonly amount: number
}

export interface Holdings {
  readonly balance: number
  /** All of the account's: its opening, and each of its deposits. */
  readonly events: number
}

export interface Bank {
  /** Gives each of these accounts so many events: an opening, and deposits of 1. */
  readonly open: (accounts: readonly string[], events: number) => Promise<void>
  /** Resolves once it is acknowledged, which is once it is durable. */
  readonly deposit: (account: string, deposit: Deposit) => Promise<void>
  /** From the store, by a fold over the account's events. */
  readonly read: (account: string) => Promise<Holdings>
  readonly close: () => Promise<void>
}

export interface Load {
  readonly inFlight: number
  readonly accounts: number
  /** How many each account has beforehand. */
  readonly events: number
  /** Whether each round has accounts of its own, so that none grows from round to round. */
  readonly isRenewed: boolean
  /** More are not done in one round, for those whose accounts would grow too much. */
  readonly most?: number
}

/** What a contender is told; `Store` is the one that it knows. */
export interface Depositing<Store extends StoreName = StoreName> {
  readonly store: Store
  readonly load: Load
}

const ROUND_MS = 400
const READERS = 50

export const depositing = async (bank: Bank, load: Load): Promise<Opened> => {
  const { events, most = Number.POSITIVE_INFINITY, isRenewed } = load
  const holdings = new Map<string, Holdings>()
  let opened = 0
  let accounts: readonly string[] = []

  const openAccounts = async () => {
    accounts = Array.from({ length: load.accounts }, () => `account-${++opened}`)
    await bank.open(accounts, events)
    for (const account of accounts) holdings.set(account, { balance: events - 1, events })
  }

  /** Every account in its turn. */
  const giveDeposits = async (inFlight: number): Promise<{ given: number; seconds: number }> => {
    let given = 0
    const start = performance.now()
    const tell = async () => {
      while (given < most && performance.now() - start < ROUND_MS) {
        const account = accounts[given % accounts.length] ?? ''
        const amount = 1 + (given % 100)
        given += 1
        await bank.deposit(account, { id: randomUUID(), actor: 'teller', amount })
        const { balance, events } = holdings.get(account) ?? { balance: 0, events: 0 }
        holdings.set(account, { balance: balance + amount, events: events + 1 })
      }
    }
    await Promise.all(Array.from({ length: inFlight }, tell))
    return { given, seconds: (performance.now() - start) / 1_000 }
  }

  const check = async (account: string) => {
    const [expected, actual] = [holdings.get(account), await bank.read(account)]
    if (actual.balance === expected?.balance && actual.events === expected.events) return
    throw new Error(`${account} holds ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`)
  }

  const round = async (inFlight: number): Promise<number> => {
    if (isRenewed) await openAccounts()
    globalThis.gc?.()
    const { given, seconds } = await giveDeposits(inFlight)
    const touched = accounts.slice(0, given).values()
    const read = async () => {
      for (const account of touched) await check(account)
    }
    await Promise.all(Array.from({ length: READERS }, read))
    return given / seconds
  }

  if (!isRenewed) await openAccounts()
  await round(Math.min(load.inFlight, 20))
  return {
    round: async () => ({ commands: await round(load.inFlight) }),
    close: () => bank.close(),
  }
}
