/** The transfers whose money has left one account and not arrived at another, or back, by all that is in the log. */
import type { RecordedEvent } from '../events/event.ts'
import { StoreUnavailableError } from '../events/event-log.ts'
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

export interface InFlightOptions {
  /** A position before which no transfer has begun that has not ended. */
  readonly after: number
  readonly onError: (error: unknown) => void
  /** Called after each page of the log. */
  readonly onProgress?: () => void
}

interface Waiter {
  readonly position: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export class TransfersInFlight {
  readonly #events: Pick<EventStore, 'head'>
  readonly #subscription: Subscription
  #tellChanged: (transfer: Transfer) => void = () => {}
  /** In the order of the log. */
  readonly #transfers = new Map<string, Transfer>()
  #position: number
  /** In the order of their positions. */
  #waiting: Waiter[] = []
  #isStopped = false

  constructor(
    events: Pick<EventStore, 'head' | 'subscribe'>,
    { after, onError, onProgress }: InFlightOptions,
  ) {
    this.#events = events
    this.#position = after
    const onEvents = (page: readonly RecordedEvent[]) => {
      for (const event of page) this.#note(event)
      onProgress?.()
    }
    this.#subscription = events.subscribe({ after }, onEvents, (error) => {
      this.#sendAway(error)
      onError(error)
    })
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
   * Whether any has left this account and not arrived, by everything that is in the log when it is asked. Rejects if the
   * log cannot be followed that far: nobody waits, and keeps others waiting, for as long as that lasts.
   */
  async isSending(account: string): Promise<boolean> {
    await this.#followedTo(await this.#events.head())
    return [...this.all()].some(({ from }) => from === account)
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
    this.#isStopped = true
    this.#sendAway(stopping())
    return this.#subscription.stop()
  }

  async #followedTo(position: number): Promise<void> {
    if (this.#position >= position) return
    if (this.#isStopped) throw stopping()
    await new Promise<void>((resolve, reject) => this.#waiting.push({ position, resolve, reject }))
  }

  #sendAway(error: unknown): void {
    for (const { reject } of this.#waiting) reject(error)
    this.#waiting = []
  }

  #note(event: RecordedEvent): void {
    const { type, data, stream, occurredAt, position, metadata } = event
    if (type === 'transferredOut') {
      const { transferId: id, to, amount } = data
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
    while ((this.#waiting[0]?.position ?? Number.MAX_SAFE_INTEGER) <= position)
      this.#waiting.shift()?.resolve()
  }
}

const stopping = () => new StoreUnavailableError('Passbook is stopping.')
