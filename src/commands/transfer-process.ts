/**
 * The process that ends transfers: it follows the log from a checkpoint, has the payee receive what a payer sent, and the
 * payer take it back if the payee refuses. It may be killed at any point, begin again, and run in several servers at
 * once: what ends a transfer has one id, which the log holds once, so the money arrives once.
 */
import { setMaxListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { EventStore } from '../events/store.ts'
import type { Checkpoints } from '../projection/checkpoints.ts'
import type { CurrentAccounts } from '../projection/current-accounts.ts'
import { type Transfer, TransfersInFlight } from '../projection/transfers-in-flight.ts'
import type { Settlement } from './command.ts'
import type { Outcome } from './decide-together.ts'
import type { CommandHandler } from './handler.ts'
import { settlementCommandId } from './transfer-ids.ts'

export interface TransferSources {
  readonly events: EventStore
  readonly checkpoints: Checkpoints
  readonly accounts: CurrentAccounts
  readonly commands: Pick<CommandHandler, 'handle'>
}

export interface TransferOptions {
  readonly onError: (error: unknown) => void
  readonly retryMs?: number
  /** How long after a transfer has ended its checkpoint may be kept. */
  readonly checkpointMs?: number
}

const CHECKPOINT = 'transfers'
/** At most so many are ended at the same time. */
const MAX_TOGETHER = 250
/** Without any transfer the checkpoint moves on after so many events. */
const FAR_BEHIND = 10_000

/** The money can go neither on nor back. It stays on its way until it can. */
export class StuckTransferError extends Error {
  override readonly name = 'StuckTransferError'
  constructor({ id, from, to }: Transfer, reason: string) {
    super(`Transfer ${id} from "${from}" to "${to}" is stuck: it was refused, and cannot go back. ${reason}`)
  }
}

export class TransferProcess {
  readonly inFlight: TransfersInFlight
  readonly #sources: TransferSources
  readonly #options: Required<TransferOptions>
  readonly #stopping = new AbortController()
  readonly #underWay = new Map<string, Promise<void>>()
  /** How many of them wait for being tried again. */
  #resting = 0
  /** How many hold this back at once. */
  #holds = 0
  #kept: number
  #keeping: NodeJS.Timeout | undefined

  /** From its checkpoint on. */
  static async start(sources: TransferSources, options: TransferOptions): Promise<TransferProcess> {
    return new TransferProcess(sources, options, await sources.checkpoints.get(CHECKPOINT))
  }

  private constructor(sources: TransferSources, options: TransferOptions, after: number) {
    this.#sources = sources
    this.#options = { retryMs: 1_000, checkpointMs: 1_000, ...options }
    this.#kept = after
    // Every transfer that waits for being tried again listens.
    setMaxListeners(0, this.#stopping.signal)
    const { onError } = this.#options
    this.inFlight = new TransfersInFlight(sources.events, {
      after,
      onError,
      onProgress: () => this.#progress(),
    })
  }

  /** Resolves when nothing is being ended any more. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.inFlight.stop()
    await Promise.all(this.#underWay.values())
    clearTimeout(this.#keeping)
    await this.#keep()
  }

  /** Ends nothing while `work` is done, and lets what is being ended end before: for a log that is to be cleared. */
  async whileHeld(work: () => Promise<void>): Promise<void> {
    this.#holds += 1
    try {
      await Promise.all(this.#underWay.values())
      await work()
    } finally {
      this.#holds -= 1
      this.#progress()
    }
  }

  get #isOver(): boolean {
    return this.#holds > 0 || this.#stopping.signal.aborted
  }

  #progress(): void {
    for (const transfer of this.inFlight.all()) {
      if (this.#underWay.size - this.#resting >= MAX_TOGETHER || this.#isOver) break
      if (!this.#underWay.has(transfer.id)) this.#begin(transfer)
    }
    if (this.inFlight.settledUpTo > this.#kept + FAR_BEHIND) this.#keepSoon()
  }

  #begin(transfer: Transfer): void {
    const ending = this.#end(transfer).finally(() => {
      this.#underWay.delete(transfer.id)
      this.#progress()
    })
    this.#underWay.set(transfer.id, ending)
  }

  /** Until it has ended, here or elsewhere, or this is to stop. */
  async #end(transfer: Transfer): Promise<void> {
    const { onError, retryMs } = this.#options
    while (!this.#isOver && this.inFlight.has(transfer.id)) {
      try {
        await this.#settle(transfer)
        this.inFlight.ended(transfer.id)
        this.#keepSoon()
        return
      } catch (error) {
        onError(error)
        await this.#rest(retryMs)
      }
    }
  }

  /** Others go on meanwhile. */
  async #rest(ms: number): Promise<void> {
    this.#resting += 1
    this.#progress()
    await delay(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
    this.#resting -= 1
  }

  /** Throws if it has not ended. */
  async #settle(transfer: Transfer): Promise<void> {
    const { id: transferId, from, to, amount } = transfer
    const { currency } = (await this.#sources.accounts.current(from)).account
    const received = await this.#ask(to, transfer, { type: 'receive', transferId, from, amount, currency })
    if (isEnded(received)) return
    const reason = received.rejection.message
    const returned = await this.#ask(from, transfer, { type: 'take-back', transferId, amount, reason })
    if (!isEnded(returned)) throw new StuckTransferError(transfer, returned.rejection.message)
  }

  async #ask(stream: string, { id, correlationId }: Transfer, command: Settlement): Promise<Outcome> {
    const request = {
      id: settlementCommandId(id),
      actor: 'passbook',
      correlationId,
      causationId: id,
      command,
    }
    const outcome = await this.#sources.commands.handle(stream, request)
    if (outcome.type === 'busy')
      throw new Error(`Transfer ${id} waits: too many are using "${stream}" at once.`)
    return outcome
  }

  #keepSoon(): void {
    this.#keeping ??= setTimeout(() => void this.#keep(), this.#options.checkpointMs).unref()
  }

  async #keep(): Promise<void> {
    this.#keeping = undefined
    const position = this.inFlight.settledUpTo
    if (position <= this.#kept) return
    try {
      await this.#sources.checkpoints.advance(CHECKPOINT, position)
      this.#kept = position
    } catch (error) {
      this.#options.onError(error)
    }
  }
}

type Rejected = Extract<Outcome, { readonly type: 'rejected' }>

/** An id that is taken was used at the other end of the same transfer, which has ended there. */
const isEnded = (outcome: Outcome): outcome is Exclude<Outcome, Rejected> =>
  outcome.type === 'accepted' || outcome.type === 'id-taken'
