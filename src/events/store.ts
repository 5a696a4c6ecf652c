/**
 * The event store, as the rest of Passbook sees it: an append-only log of streams, one stream an account.
 * Every store passes the same contract suite (`test/contract/`), which is the long form of this file.
 */
import { type Fact, isSameFact, type NewEvent, type RecordedEvent } from './event.ts'

export interface EventStore {
  /**
   * Appends all of `events` to `stream`, or none; resolves when they are as durable as the store makes them.
   * An event's time is raised to its predecessor's if it is earlier.
   *
   * Appending what is in the stream already (the same ids, types and data, one after the other) changes nothing,
   * whatever is expected, and gives the result of the first time, marked `repeated`.
   *
   * @throws ConcurrencyError if the stream is not at the version that is expected
   * @throws IdempotencyConflictError if an event id is taken by another event than the one given, or some are new and some are not
   * @throws InvalidEventError if an event does not fit its schema
   * @throws StoreUnavailableError if it is not known whether they were appended; to append them again is safe
   */
  append(
    stream: string,
    events: readonly NewEvent[],
    options: { expected: ExpectedVersion },
  ): Promise<Appended>

  /** One page of a stream, oldest first unless `direction` is backward; `from` and `to` are inclusive versions. */
  read(stream: string, options?: ReadOptions): Promise<readonly RecordedEvent[]>

  /**
   * What happened alone, oldest first: many times as fast, for whoever folds many events. Of what people wrote a fold
   * looks at the owner; other texts may read as erased.
   */
  facts(stream: string, options?: FactOptions): Promise<readonly Fact[]>

  /** One page of the whole log in commit order, after a position. It never skips an event that commits late. */
  readAll(options?: { after?: number; limit?: number }): Promise<readonly RecordedEvent[]>

  /** Those of these event ids that are in the log. */
  find(ids: readonly string[]): Promise<ReadonlyMap<string, RecordedEvent>>

  /** The version of a stream's last event that is not later than this instant; 0 if there is none. */
  versionAt(stream: string, at: string): Promise<number>

  /** The position of the newest event ever appended; 0 before the first. */
  head(): Promise<number>

  /**
   * Calls `onEvents` with every event after a position: first those there are, then each new one, in order and
   * without a gap. One call at a time; one that fails goes to `onError` and is made again with the same events.
   * It may answer with the position to go on from, if that is not the last event's.
   */
  subscribe(options: { after: number }, onEvents: OnEvents, onError: (error: unknown) => void): Subscription

  close(): Promise<void>
}

/** A version (0 for a stream without events), or a looser wish. */
export type ExpectedVersion = number | 'no-stream' | 'stream-exists' | 'any'

/** The version and position of the last event appended. */
export interface Appended {
  readonly version: number
  readonly position: number
  readonly repeated: boolean
}

export interface FactOptions {
  readonly from?: number
  readonly to?: number
  readonly limit?: number
}

export interface ReadOptions extends FactOptions {
  readonly direction?: 'forward' | 'backward'
}

// biome-ignore lint/suspicious/noConfusingVoidType: most subscribers return nothing at all
export type OnEvents = (events: readonly RecordedEvent[]) => void | number | Promise<void | number>

export interface Subscription {
  /** Resolves when no call of `onEvents` is under way any more. */
  stop(): Promise<void>
}

/** How many events a read returns when it is not told. */
export const PAGE = 500

/** Somebody else wrote to the stream first. Read on from `actual`, decide again, append again. */
export class ConcurrencyError extends Error {
  override readonly name = 'ConcurrencyError'
  constructor(
    readonly stream: string,
    readonly expected: ExpectedVersion,
    readonly actual: number,
  ) {
    super(
      `Stream "${stream}" is at version ${actual}, not at the expected ${expected}. Read on and decide again.`,
    )
  }
}

/** An id that is already in the log was used for something else. A new wish needs a new id. */
export class IdempotencyConflictError extends Error {
  override readonly name = 'IdempotencyConflictError'
  constructor(
    readonly stream: string,
    readonly eventId: string,
  ) {
    super(`Event id ${eventId} is already used for another event than this one of stream "${stream}".`)
  }
}

/**
 * The first result of `events`, if they are a repetition of what is `recorded`, by id: the same facts of the same
 * stream, one after the other. Throws {@link IdempotencyConflictError} if they are not.
 */
export const repetitionOf = (
  stream: string,
  events: readonly NewEvent[],
  recorded: ReadonlyMap<string, RecordedEvent>,
): Appended => {
  const start = recorded.get(events[0]?.id ?? '')?.version ?? 0
  const [anyTaken] = recorded.values()
  let last: RecordedEvent | undefined
  for (const [index, event] of events.entries()) {
    last = recorded.get(event.id)
    const fits = last?.stream === stream && last.version === start + index && isSameFact(event, last)
    if (!fits) throw new IdempotencyConflictError(stream, (last ?? anyTaken ?? event).id)
  }
  return { version: last?.version ?? 0, position: last?.position ?? 0, repeated: true }
}
