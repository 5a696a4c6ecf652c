/**
 * What the client sent, what it was told, and what therefore has to be in the log. A deposit is accepted, and so is what
 * takes money out that the balance covers whatever becomes of all others that are under way: that one is "covered". Of
 * any other an acknowledgement does not say whether it was accepted; nor of what has to do with an account that is
 * frozen now and then.
 */
import type { Command } from '../../src/commands/command.ts'
import { transferIdOf } from '../../src/commands/transfer-ids.ts'
import { SHARED } from '../../src/projection/account.ts'
import { FICKLE } from './accounts.ts'

/** Amounts are in cents. */
export type Order = { readonly key: string; readonly account: string } & Wish

export type Wish =
  | { readonly type: 'open' | 'deposit' | 'withdraw'; readonly amount: number }
  | { readonly type: 'transfer'; readonly to: string; readonly amount: number }
  | { readonly type: 'freeze' | 'unfreeze' }

/** Why an account is frozen, every time. */
export const FREEZE_REASON = 'A crash test.'

/** What an order is to the server. */
export const commandOf = (order: Order): Command => {
  switch (order.type) {
    case 'open':
      return { type: 'open', owner: order.key, currency: 'USD', openingBalance: order.amount }
    case 'deposit':
    case 'withdraw':
      return { type: order.type, amount: order.amount }
    case 'transfer': {
      const { key, to, amount } = order
      return { type: 'transfer', transferId: transferIdOf(key), to, amount }
    }
    case 'freeze':
      return { type: 'freeze', reason: FREEZE_REASON }
    case 'unfreeze':
      return { type: 'unfreeze' }
  }
}

/** What one sending of a command came to. */
export type Answer =
  | { readonly type: 'acknowledged' }
  /** Nobody knows whether it was done. */
  | { readonly type: 'unknown'; readonly reason: string }
  /** An answer that no command of ours may get. */
  | { readonly type: 'refused'; readonly reason: string }

/** The journal's clock counts what happens; times are by it. */
export type Entry = Order & {
  /** Whether it is sent again until its outcome is known. */
  readonly isPatient: boolean
  /** What is covered and acknowledged must be in the log. */
  isCovered: boolean
  readonly begunAt: number
  /** For the first time. */
  acknowledgedAt: number | undefined
  /** For the last time. */
  failedAt: number | undefined
  refusal: string | undefined
}

/** What is known of one account's balance. */
interface Till {
  /** The balance is no less than this, whatever becomes of what is under way. */
  floor: number
  lastLook: number
  /** What takes money out and may have been done since the balance was looked at, or may still be. */
  exposed: Set<Entry>
}

export class Journal {
  readonly #entries: Entry[] = []
  /** Patient ones that have failed, and that nobody has sent again yet. */
  readonly #waiting = new Set<Entry>()
  readonly #tills = new Map<string, Till>([[SHARED, { floor: 0, lastLook: 0, exposed: new Set() }]])
  readonly #failures = new Map<string, number>()
  #openings = 0
  #clock = 0

  get entries(): readonly Entry[] {
    return this.#entries
  }

  get waiting(): ReadonlySet<Entry> {
    return this.#waiting
  }

  /** Why outcomes were unknown, and how often. */
  get failures(): ReadonlyMap<string, number> {
    return this.#failures
  }

  /** How many accounts were to be opened so far. */
  get openings(): number {
    return this.#openings
  }

  /** Those that are there for certain. */
  get accounts(): readonly string[] {
    return [...this.#tills.keys()]
  }

  /** The account's balance is no less than this, whatever becomes of what is under way. */
  floorOf(account: string): number {
    return this.#till(account).floor
  }

  /**
   * For when nothing is under way but transfers, which make no balance smaller. What has failed since the last look may
   * still be done, by a database whose client is gone; what failed earlier is done by now, or will not be unless it is
   * sent again.
   */
  lookedAt(account: string, balance: number): void {
    const till = this.#till(account)
    const late = [...till.exposed].filter((entry) => !isDone(entry) && isNew(till, entry.failedAt))
    till.lastLook = ++this.#clock
    till.floor = balance
    till.exposed = new Set()
    for (const entry of late) expose(till, entry)
  }

  write(order: Order, { isPatient }: { readonly isPatient: boolean }): Entry {
    const entry: Entry = {
      ...order,
      isPatient,
      isCovered: order.type === 'open' || !touchesFickle(order),
      begunAt: ++this.#clock,
      acknowledgedAt: undefined,
      failedAt: undefined,
      refusal: undefined,
    }
    this.#entries.push(entry)
    if (order.type === 'open') this.#openings += 1
    return entry
  }

  /** To be told before it is sent, every time. */
  sending(entry: Entry): void {
    this.#waiting.delete(entry)
    if (entry.type === 'open') return
    const till = this.#till(entry.account)
    if (takenBy(entry) === 0 || isDone(entry) || till.exposed.has(entry)) return
    if (takenBy(entry) > till.floor) {
      entry.isCovered = false
      for (const other of till.exposed) if (!isAcknowledged(other)) other.isCovered = false
    }
    expose(till, entry)
  }

  answered(entry: Entry, answer: Answer): void {
    switch (answer.type) {
      case 'acknowledged':
        this.#waiting.delete(entry)
        if (isAcknowledged(entry)) return
        entry.acknowledgedAt = ++this.#clock
        this.#received(entry)
        return
      case 'unknown':
        entry.failedAt = ++this.#clock
        this.#failures.set(answer.reason, (this.#failures.get(answer.reason) ?? 0) + 1)
        if (entry.isPatient && !isAcknowledged(entry)) this.#waiting.add(entry)
        return
      case 'refused':
        entry.refusal = answer.reason
    }
  }

  /** What comes in by transfer is not counted before the next look. */
  #received(entry: Entry): void {
    if (entry.type === 'open') {
      this.#tills.set(entry.account, { floor: entry.amount, lastLook: this.#clock, exposed: new Set() })
    }
    if (entry.type !== 'deposit' || !entry.isCovered) return
    const till = this.#till(entry.account)
    if (isNew(till, entry.begunAt)) till.floor += entry.amount
  }

  #till(account: string): Till {
    const till = this.#tills.get(account)
    if (!till) throw new RangeError(`Nobody has opened the account "${account}".`)
    return till
  }
}

const expose = (till: Till, entry: Entry): void => {
  till.exposed.add(entry)
  till.floor -= takenBy(entry)
}

/** What it takes out of its account, if it is accepted. */
const takenBy = (order: Order): number =>
  order.type === 'withdraw' || order.type === 'transfer' ? order.amount : 0

const touchesFickle = (order: Order): boolean =>
  order.account === FICKLE || (order.type === 'transfer' && order.to === FICKLE)

const isNew = ({ lastLook }: Till, time: number | undefined): boolean => time !== undefined && time > lastLook

export const isAcknowledged = ({ acknowledgedAt }: Pick<Entry, 'acknowledgedAt'>): boolean =>
  acknowledgedAt !== undefined

/** Whether it is in the log, if the server keeps its promises; doing it again changes nothing then. */
export const isDone = (entry: Pick<Entry, 'acknowledgedAt' | 'isCovered'>): boolean =>
  entry.isCovered && isAcknowledged(entry)
