/** The transfers whose money has left one account and not arrived at another, or back, by all that is in the log. */
import type { RecordedEvent } from '../events/event.ts'
import type { EventStore, Subscription } from '../events/store.ts'

export interface Transfer {
  /** Also the id of the `transferredOut` event. */
  readonly id: string
  readonly from: string
  readonly to: string
  /** In minor units of the currency that both accounts have. */
  readonly amount: number
  readonly since: string
  readonly position: number
  readonly correlationId: string
}

/** Where the money of a transfer goes to or comes from, seen from one of its accounts. */
export const otherEndOf = ({ from, to }: Transfer, account: string): string => (from === account ? to : from)

export interface InFlightOptions {
  /** A position before which no transfer has begun that has not ended. */
  readonly after: number
  readonly onError: (error: unknown) => void
  /** How long a question may wait for the log to be followed to its end. */
  readonly patienceMs?: number
  /** Called after each page of the log. */
  readonly onProgress?: () => void
}

interface Waiter {
  readonly position: number
  readonly resolve: (isFollowed: boolean) => void
}

export class TransfersInFlight {
  readonly #events: Pick<EventStore, 'head'>
  readonly #subscription: Subscription
  #tellChanged: (transfer: Transfer) => void = () => {}
  /** In the order of the log. */
  readonly #transfers = new Map<string, Transfer>()
  #position: number
  readonly #waiting = new Set<Waiter>()
  readonly #patienceMs: number
  readonly #onError: (error: unknown) => void

  constructor(
    events: Pick<EventStore, 'head' | 'subscribe'>,
    { after, onError, onProgress, patienceMs = 1_000 }: InFlightOptions,
  ) {
    this.#events = events
    this.#position = after
    this.#patienceMs = patienceMs
    this.#onError = onError
    const onEvents = (page: readonly RecordedEvent[]) => {
      for (const event of page) this.#note(event)
      onProgress?.()
    }
    this.#subscription = events.subscribe({ after }, onEvents, onError)
  }

  /** All of them, those that began first first. */
  all(): Iterable<Transfer> {
    return this.#transfers.values()
  }

  /** Has the listener told of each transfer that begins or ends: both of its accounts have something else to show. */
  onChanged(listener: (transfer: Transfer) => void): void {
    this.#tellChanged = listener
  }

  has(id: string): boolean {
    return this.#transfers.has(id)
  }

  /** Those that leave this account or go to it, as far as the log was followed. */
  of(account: string): readonly Transfer[] {
    return [...this.all()].filter(({ from, to }) => from === account || to === account)
  }

  /**
   * Whether any has left this account and not arrived, by everything that is in the log when it is asked; also true if
   * that cannot be told soon, since the log is followed only so fast. Never rejects.
   */
  async isSending(account: string): Promise<boolean> {
    const isKnown = await this.#isFollowedToHead()
    return !isKnown || [...this.all()].some(({ from }) => from === account)
  }

  /** The position up to which every transfer that began has ended. */
  get settledUpTo(): number {
    const [oldest] = this.#transfers.values()
    return oldest ? oldest.position - 1 : this.#position
  }

  /** Says that a transfer has ended, which the log is going to say, too. */
  ended(id: string): void {
    const transfer = this.#transfers.get(id)
    this.#transfers.delete(id)
    if (transfer) this.#tellChanged(transfer)
  }

  /** Forgets them, for a log that was cleared up to this position. */
  clear(position: number): void {
    this.#transfers.clear()
    this.#cameTo(Math.max(position, this.#position))
  }

  stop(): Promise<void> {
    return this.#subscription.stop()
  }

  async #isFollowedToHead(): Promise<boolean> {
    try {
      return await this.#isFollowedTo(await this.#events.head())
    } catch (error) {
      this.#onError(error)
      return false
    }
  }

  async #isFollowedTo(position: number): Promise<boolean> {
    if (this.#position >= position) return true
    return new Promise((resolve) => {
      const waiter = { position, resolve }
      this.#waiting.add(waiter)
      const giveUp = () => {
        this.#waiting.delete(waiter)
        resolve(false)
      }
      setTimeout(giveUp, this.#patienceMs).unref()
    })
  }

  /** What was followed already, or cleared meanwhile, may be delivered once more. */
  #note(event: RecordedEvent): void {
    const { id, type, data, stream, occurredAt, position, metadata } = event
    if (position <= this.#position) return
    if (type === 'transferredOut') {
      const { to, amount } = data
      const { correlationId } = metadata
      const transfer = { id, from: stream, to, amount, since: occurredAt, position, correlationId }
      this.#transfers.set(id, transfer)
      this.#tellChanged(transfer)
    }
    if (type === 'transferredIn' || type === 'transferReturned') this.ended(data.transferId)
    this.#cameTo(position)
  }

  #cameTo(position: number): void {
    this.#position = position
    for (const waiter of this.#waiting) {
      if (waiter.position > position) continue
      this.#waiting.delete(waiter)
      waiter.resolve(true)
    }
  }
}
