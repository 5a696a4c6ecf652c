/** Runs commands: load, decide, append, with one {@link Line} for each account that is being written. */
import { LRUCache } from 'lru-cache'
import type { EventStore } from '../events/store.ts'
import type { CurrentAccounts } from '../projection/current-accounts.ts'
import type { Outcome, Request } from './decide-together.ts'
import { Line, type LineContext } from './line.ts'

/** The account's line is full. Nothing was done; ask again in a moment. */
export interface Busy {
  readonly type: 'busy'
}

export class CommandHandler {
  readonly #context: LineContext
  readonly #maxWaiting: number
  readonly #lines = new Map<string, Line>()

  /** `maxWaiting` bounds each account's line: whoever comes when that many wait is sent away as busy, at once. */
  constructor(
    store: EventStore,
    accounts: CurrentAccounts,
    {
      now = () => new Date(),
      maxWaiting = 10_000,
      rememberRejections = 10_000,
      isSending = async (_stream: string) => true,
    } = {},
  ) {
    this.#context = { store, accounts, now, isSending, rejections: new LRUCache({ max: rememberRejections }) }
    this.#maxWaiting = maxWaiting
  }

  /**
   * Resolves once the outcome is durable. The same request again has its effect once and gets the same answer (a
   * rejection is remembered for a while only). Rejects if the store fails; the same request again is safe then.
   */
  async handle(stream: string, request: Request): Promise<Outcome | Busy> {
    if (request.id === '' || request.actor === '') throw new RangeError('a request needs an id and an actor')
    const line = this.#lines.get(stream) ?? this.#begin(stream)
    return line.length < this.#maxWaiting ? line.join(request) : { type: 'busy' }
  }

  #begin(stream: string): Line {
    const line = new Line(stream, this.#context, () => this.#lines.delete(stream))
    this.#lines.set(stream, line)
    return line
  }
}
