/**
 * What the client sent, what it was told, and what therefore has to be in the log. A deposit is always accepted, and so
 * is a withdrawal that the balance covers whatever becomes of all others that are under way: that one is "covered". Of
 * any other withdrawal an acknowledgement does not say whether it was accepted.
 */

export interface Order {
  readonly key: string
  readonly type: 'deposit' | 'withdraw'
  /** In cents. */
  readonly amount: number
}

/** What one sending of a command came to. */
export type Answer =
  | { readonly type: 'acknowledged' }
  /** Nobody knows whether it was done. */
  | { readonly type: 'unknown'; readonly reason: string }
  /** An answer that no command of ours may get. */
  | { readonly type: 'refused'; readonly reason: string }

/** The journal's clock counts what happens; times are by it. */
export interface Entry extends Order {
  /** Whether it is sent again until its outcome is known. */
  readonly isPatient: boolean
  /** True of every deposit. What is covered and acknowledged must be in the log. */
  isCovered: boolean
  readonly begunAt: number
  /** For the first time. */
  acknowledgedAt: number | undefined
  /** For the last time. */
  failedAt: number | undefined
  refusal: string | undefined
}

export class Journal {
  readonly #entries: Entry[] = []
  /** Patient ones that have failed, and that nobody has sent again yet. */
  readonly #waiting = new Set<Entry>()
  /** Withdrawals that may have been done since the balance was looked at, or may still be. */
  #exposed = new Set<Entry>()
  #floor = 0
  #clock = 0
  #lastLook = 0
  readonly #failures = new Map<string, number>()

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

  /** The balance is no less than this, whatever becomes of what is under way. */
  get floor(): number {
    return this.#floor
  }

  /**
   * For when nothing is under way. What has failed since the last look may still be done, by a database whose client is
   * gone; what failed earlier is done by now, or will not be unless it is sent again.
   */
  lookedAt(balance: number): void {
    const late = [...this.#exposed].filter((entry) => !isDone(entry) && this.#isNew(entry.failedAt))
    this.#lastLook = ++this.#clock
    this.#floor = balance
    this.#exposed = new Set()
    for (const entry of late) this.#expose(entry)
  }

  write(order: Order, { isPatient }: { readonly isPatient: boolean }): Entry {
    const entry: Entry = {
      ...order,
      isPatient,
      isCovered: true,
      begunAt: ++this.#clock,
      acknowledgedAt: undefined,
      failedAt: undefined,
      refusal: undefined,
    }
    this.#entries.push(entry)
    return entry
  }

  /** To be told before it is sent, every time. */
  sending(entry: Entry): void {
    this.#waiting.delete(entry)
    if (entry.type === 'deposit' || isDone(entry) || this.#exposed.has(entry)) return
    if (entry.amount > this.#floor) {
      entry.isCovered = false
      for (const other of this.#exposed) if (!isAcknowledged(other)) other.isCovered = false
    }
    this.#expose(entry)
  }

  answered(entry: Entry, answer: Answer): void {
    switch (answer.type) {
      case 'acknowledged':
        this.#waiting.delete(entry)
        if (isAcknowledged(entry)) return
        entry.acknowledgedAt = ++this.#clock
        if (entry.type === 'deposit' && this.#isNew(entry.begunAt)) this.#floor += entry.amount
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

  #expose(entry: Entry): void {
    this.#exposed.add(entry)
    this.#floor -= entry.amount
  }

  #isNew(time: number | undefined): boolean {
    return time !== undefined && time > this.#lastLook
  }
}

export const isAcknowledged = ({ acknowledgedAt }: Pick<Entry, 'acknowledgedAt'>): boolean =>
  acknowledgedAt !== undefined

/** Whether it is in the log, if the server keeps its promises; doing it again changes nothing then. */
export const isDone = (entry: Pick<Entry, 'acknowledgedAt' | 'isCovered'>): boolean =>
  entry.isCovered && isAcknowledged(entry)
