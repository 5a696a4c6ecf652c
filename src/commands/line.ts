/**
 * The line at one account's counter: a first-in, first-out mutex whose waiters are decided together. While one
 * append is under way new commands wait; then all that wait are decided in order and their events are appended
 * at once. So two withdrawals never see the same balance, and a commit is paid once a line, not once a command.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { LRUCache } from 'lru-cache'
import { ConcurrencyError, type EventStore, IdempotencyConflictError } from '../events/store.ts'
import type { CurrentAccounts } from '../projection/current-accounts.ts'
import type { Snapshot } from '../projection/snapshot.ts'
import { isSettlement } from './command.ts'
import type { Surroundings } from './decide.ts'
import {
  type Answer,
  accountIn,
  type Decided,
  decideTogether,
  eventId,
  NOBODY_AROUND,
  type Outcome,
  type Request,
} from './decide-together.ts'

export interface LineContext {
  readonly store: EventStore
  readonly accounts: CurrentAccounts
  readonly now: () => Date
  /** Whether money that was transferred from an account is still on its way, by all that is in the log by now. */
  readonly isSending: (stream: string) => Promise<boolean>
  /** Rejections leave nothing in the log, so the newest are kept here, by stream and command id. */
  readonly rejections: LRUCache<string, Answer>
}

interface Waiter {
  readonly request: Request
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (error: unknown) => void
}

/** At most this many commands are decided together, so that the event loop is not held for long. */
const MAX_TOGETHER = 250
/** How often a line lets other writers to the same stream go first before it gives up. */
const MAX_ROUNDS = 100

export class Line {
  readonly #stream: string
  readonly #context: LineContext
  readonly #onEmpty: () => void
  #waiting: Waiter[] = []
  #length = 0
  #isServing = false

  /** `onEmpty` is called whenever all who were in line have been told their outcome. */
  constructor(stream: string, context: LineContext, onEmpty: () => void) {
    this.#stream = stream
    this.#context = context
    this.#onEmpty = onEmpty
  }

  /** How many have not been told their outcome yet. */
  get length(): number {
    return this.#length
  }

  /**
   * Resolves when the outcome is durable, in the order of joining. Rejects if the store fails: then nobody knows
   * whether the command was done, and giving it again with the same id is safe.
   */
  join(request: Request): Promise<Outcome> {
    this.#length++
    if (!this.#isServing) void this.#serveAll()
    return new Promise((resolve, reject) => this.#waiting.push({ request, resolve, reject }))
  }

  /** One turn of the event loop goes by before each serving, so that all who come in it are served together. */
  async #serveAll(): Promise<void> {
    this.#isServing = true
    while (this.#length > 0) {
      await nextTurn()
      await this.#serve(this.#waiting.splice(0, MAX_TOGETHER))
    }
    this.#isServing = false
    this.#onEmpty()
  }

  async #serve(served: readonly Waiter[]): Promise<void> {
    try {
      const outcomes = await this.#settle(served.map((waiter) => waiter.request))
      for (const [index, outcome] of outcomes.entries()) served[index]?.resolve(outcome)
    } catch (error) {
      for (const waiter of served) waiter.reject(error)
    } finally {
      this.#length -= served.length
    }
  }

  /**
   * The first round trusts what is known already, which costs no reading. Only if the append finds otherwise, or
   * a command would be turned down, a second round reads on and looks which commands were done before.
   */
  async #settle(requests: readonly Request[]): Promise<readonly Outcome[]> {
    const { store, accounts, now } = this.#context
    const stream = this.#stream
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const before = (round === 0 && accounts.lastKnown(stream)) || (await accounts.current(stream))
      const earlier = round === 0 ? new Map() : await store.find(requests.map(({ id }) => eventId(id)))
      const around = await this.#surroundings(requests, round)
      const occurredAt = now().toISOString()
      const decided = decideTogether(stream, before, requests, earlier, this.#recall, occurredAt, around)

      if (round === 0 && decided.outcomes.some(({ type }) => type !== 'accepted')) continue
      if (await this.#append(decided, before)) {
        this.#remember(requests, decided.outcomes)
        return decided.outcomes
      }
    }
    throw new Error(
      `Stream "${stream}" changed ${MAX_ROUNDS} times while it was being written to. Try again.`,
    )
  }

  /** What is looked up after the account itself is: a transfer that has begun since then fails the append. */
  async #surroundings(requests: readonly Request[], round: number): Promise<Omit<Surroundings, 'stream'>> {
    if (!requests.some(isAboutOthers)) return NOBODY_AROUND
    const { accounts, isSending } = this.#context
    const looked = [...payeesOf(requests)].map(async (to) => {
      const payee = (round === 0 && accounts.lastKnown(to)) || (await accounts.current(to))
      return [to, accountIn(to, payee)] as const
    })
    const payees = new Map(await Promise.all(looked))
    return {
      accountAt: (to) => payees.get(to),
      isSending: requests.some(({ command }) => command.type === 'close') && (await isSending(this.#stream)),
    }
  }

  /** False if the log is not as it was thought to be. */
  async #append({ events, after }: Decided, before: Snapshot): Promise<boolean> {
    if (events.length === 0) return true
    const { store, accounts } = this.#context
    try {
      const { repeated } = await store.append(this.#stream, events, { expected: before.version })
      if (!repeated) accounts.advance(this.#stream, before, after)
      return !repeated
    } catch (error) {
      if (error instanceof ConcurrencyError && error.actual < before.version) accounts.forget(this.#stream)
      if (error instanceof ConcurrencyError || error instanceof IdempotencyConflictError) return false
      throw error
    }
  }

  readonly #recall = (commandId: string): Answer | undefined =>
    this.#context.rejections.get(this.#rejectionKey(commandId))

  #rejectionKey(commandId: string): string {
    return `${this.#stream.length} ${this.#stream} ${commandId}`
  }

  /** But how a settlement was refused is not kept: it is asked for again until it is done. */
  #remember(requests: readonly Request[], outcomes: readonly Outcome[]): void {
    for (const [index, { id, command }] of requests.entries()) {
      const outcome = outcomes[index]
      if (outcome?.type === 'rejected' && !isSettlement(command)) {
        this.#context.rejections.set(this.#rejectionKey(id), { command, outcome })
      }
    }
  }
}

const isAboutOthers = ({ command }: Request): boolean =>
  command.type === 'transfer' || command.type === 'close'

const payeesOf = (requests: readonly Request[]): ReadonlySet<string> =>
  new Set(requests.flatMap(({ command }) => (command.type === 'transfer' ? [command.to] : [])))
