/**
 * Keeps the summaries of all accounts, and writes snapshots as it goes. It follows the log from the summaries' own
 * position, which moves on in the same transaction as they do: so a crash or a repetition counts nothing twice.
 */
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import type { RecordedEvent } from '../events/event.ts'
import { type EventStore, PAGE, type Subscription } from '../events/store.ts'
import { type Account, emptyAccount, evolve, FOLD_VERSION } from './account.ts'
import { emptyWatch, watchOver } from './alerts.ts'
import type { Snapshots, StreamSnapshot } from './snapshots.ts'
import type { AccountSummary, Generation, SummaryTable } from './summary-table.ts'

export interface Sources {
  readonly events: Pick<EventStore, 'read' | 'readAll' | 'subscribe'>
  readonly snapshots: Snapshots
  readonly summaries: SummaryTable
}

/** A summary that has no event yet has no time of the last one. */
type Before = Omit<AccountSummary, 'lastActivityAt'>

/** What one event adds to its account's summary. */
export const summarize = (before: Before, event: RecordedEvent): AccountSummary => ({
  ...before,
  ...evolve(before, event),
  version: event.version,
  lastActivityAt: event.occurredAt,
  transactions: before.transactions + (movesMoney(event) ? 1 : 0),
  watch: watchOver(before.watch, event, before.balance),
})

/** All events that do have an amount; an opening balance comes from nowhere. */
const movesMoney = ({ data }: RecordedEvent): boolean => 'amount' in data

export const emptySummary = (account: string): Before => ({
  ...emptyAccount,
  account,
  version: 0,
  transactions: 0,
  watch: emptyWatch,
})

const accountOf = ({ currency, balance, status, owner }: AccountSummary): Account => ({
  currency,
  balance,
  status,
  ...(owner !== undefined && { owner }),
})

/**
 * Moves a generation on by those of these events that are new to it, or does nothing and gives undefined if somebody
 * else moved it on.
 */
const project = async (
  { events: log, snapshots, summaries }: Sources,
  generation: Generation,
  events: readonly RecordedEvent[],
): Promise<Generation | undefined> => {
  const news = events.filter(({ position }) => position > generation.position)
  const accounts = [...new Set(news.map(({ stream }) => stream))]
  const known = await summaries.get(generation.generation, accounts)
  const changed = new Map(known.map((summary) => [summary.account, summary]))
  const due: StreamSnapshot[] = []
  let { position } = generation
  for (const event of news) {
    const { stream, version } = event
    const before = changed.get(stream) ?? emptySummary(stream)
    if (version !== before.version + 1) {
      const isStillThere = await summaries.advance(generation, generation.position, [])
      if (isStillThere) throw new SummariesMisfitError(event, before.version)
      return undefined
    }
    const after = summarize(before, event)
    changed.set(stream, after)
    if (version % snapshots.every === 0) due.push({ stream, version, account: accountOf(after) })
    position = event.position
  }
  await snapshots.save(due, log)
  const isDone = await summaries.advance(generation, position, [...changed.values()])
  return isDone ? { ...generation, position } : undefined
}

/** The summaries are not where their position says, or the log has a hole. Going on would falsify them. */
export class SummariesMisfitError extends Error {
  override readonly name = 'SummariesMisfitError'
  constructor({ stream, version }: RecordedEvent, last: number) {
    super(
      `The summaries do not fit the log: event ${version} of "${stream}" cannot follow event ${last}.` +
        ' Make them anew with "passbook rebuild"; if that fails like this, run "passbook verify".',
    )
  }
}

export interface CatchUpOptions {
  /** Told the position after every page. */
  readonly onProgress?: (position: number) => void
  /** Told what fails; a page that fails is tried again after a while, then. Without it, what fails is thrown. */
  readonly onError?: (error: unknown) => void
  readonly retryMs?: number
  readonly signal?: AbortSignal
}

/** Undefined if the signal says to stop. */
const insist = async <T>(work: () => Promise<T>, options: CatchUpOptions): Promise<T | undefined> => {
  const { onError, retryMs = 1_000, signal } = options
  while (!signal?.aborted) {
    try {
      return await work()
    } catch (error) {
      if (!onError) throw error
      onError(error)
      await pause(retryMs, signal)
    }
  }
  return undefined
}

const pause = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  delay(ms, undefined, { signal }).catch(() => undefined)

/** To the end of the log; undefined if somebody else moved the generation on, or the signal says to stop. */
const projectAll = async (
  sources: Sources,
  from: Generation,
  options: CatchUpOptions,
): Promise<Generation | undefined> => {
  for (let generation = from; ; ) {
    const next = await insist(() => projectPage(sources, generation), options)
    if (!next || next === generation) return next
    options.onProgress?.(next.position)
    generation = next
    await nextTurn()
  }
}

/** The same generation, if nothing is new. */
const projectPage = async (sources: Sources, generation: Generation): Promise<Generation | undefined> => {
  const page = await sources.events.readAll({ after: generation.position, limit: PAGE })
  return page.length === 0 ? generation : project(sources, generation, page)
}

/**
 * Makes all summaries and snapshots anew from the first event; the old summaries are read until the new ones take their
 * place. Undefined if another rebuild ended first, or the signal says to stop: nothing has changed.
 */
export const rebuild = async (
  sources: Sources,
  options: CatchUpOptions = {},
): Promise<Generation | undefined> => {
  const making = await sources.summaries.begin(FOLD_VERSION)
  const made = await projectAll(sources, making, options)
  if (!made || !(await sources.summaries.activate(made.generation))) return undefined
  // What others have just added to the old ones, they will not add to these.
  return (await projectAll(sources, made, options)) ?? made
}

/**
 * Brings the summaries to the end of the log, and makes them anew if there are none or an older fold made them. Those
 * that a newer Passbook made are left as they are. Undefined only if the signal says to stop.
 */
export const catchUp = async (
  sources: Sources,
  options: CatchUpOptions = {},
): Promise<Generation | undefined> => {
  while (!options.signal?.aborted) {
    const active = await sources.summaries.active()
    if (active && isNewer(active)) return active
    const isUsable = active?.foldVersion === FOLD_VERSION
    const done = isUsable ? await projectAll(sources, active, options) : await rebuild(sources, options)
    if (done) return done
  }
  return undefined
}

const isNewer = ({ foldVersion }: Generation): boolean => foldVersion > FOLD_VERSION

export interface ProjectorOptions {
  readonly onError: (error: unknown) => void
  /**
   * Told when the summaries that are read have moved on, or others have taken their place, whoever did that: once at the
   * start, and then as this projector comes to see it.
   */
  readonly onMoved?: () => void
  /** A pause after having caught up, so that many small changes are written together. */
  readonly pauseMs?: number
  readonly retryMs?: number
}

/**
 * Catches up, and then follows the log. Several may run on one log, in several servers: each event counts once.
 */
export class Projector {
  readonly #sources: Sources
  readonly #options: CatchUpOptions
  readonly #onMoved: () => void
  readonly #pauseMs: number
  readonly #stopping = new AbortController()
  readonly #following: Promise<Subscription | undefined>

  constructor(sources: Sources, { pauseMs = 100, onMoved = () => {}, ...options }: ProjectorOptions) {
    this.#sources = sources
    this.#onMoved = onMoved
    this.#pauseMs = pauseMs
    this.#options = { ...options, signal: this.#stopping.signal }
    this.#following = this.#follow(options.onError)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    const subscription = await this.#following
    await subscription?.stop()
  }

  async #follow(onError: (error: unknown) => void): Promise<Subscription | undefined> {
    const begun = await insist(() => catchUp(this.#sources, this.#options), this.#options)
    if (!begun) return undefined
    let generation = begun
    this.#tell(onError)
    const onEvents = async (events: readonly RecordedEvent[]): Promise<number | undefined> => {
      const before = generation
      generation = (await this.#moveOn(before, events)) ?? before
      if (hasMoved(before, generation)) this.#tell(onError)
      if (events.length < PAGE) await pause(this.#pauseMs, this.#stopping.signal)
      return isNewer(generation) ? undefined : generation.position
    }
    return this.#sources.events.subscribe({ after: generation.position }, onEvents, onError)
  }

  /** Others may have moved the summaries on meanwhile, or made them anew. */
  async #moveOn(generation: Generation, events: readonly RecordedEvent[]): Promise<Generation | undefined> {
    const moved = isNewer(generation) ? undefined : await project(this.#sources, generation, events)
    return moved ?? catchUp(this.#sources, this.#options)
  }

  #tell(onError: (error: unknown) => void): void {
    try {
      this.#onMoved()
    } catch (error) {
      onError(error)
    }
  }
}

const hasMoved = (before: Generation, now: Generation): boolean =>
  now.generation !== before.generation || now.position !== before.position
