/**
 * What a place to keep events has to do: store them as they are, in order and for good. It knows nothing of accounts,
 * keys or old shapes; those are the business of {@link file://./log-event-store.ts}, which is the same for every log.
 */

import type { ExpectedVersion, FactOptions, ReadOptions } from './store.ts'
import type { Draft, StoredEvent, StoredFact } from './stored-event.ts'

export interface EventLog {
  /**
   * Appends all of `drafts`, or none. Resolves when they are as durable as the log makes them. Whether their ids are
   * known is looked at first, then the expected version.
   *
   * @throws StoreUnavailableError if it is not known whether they were stored; to append them again is safe
   */
  append(stream: string, drafts: readonly Draft[], expected: ExpectedVersion): Promise<AppendResult>

  /**
   * Puts back what was exported, as it was, positions and hashes and all; the first must come right after the head.
   * All or nothing. The chain is for the caller to check.
   */
  restore(events: readonly StoredEvent[]): Promise<void>

  read(stream: string, options?: ReadOptions): Promise<readonly StoredEvent[]>
  facts(stream: string, options?: FactOptions): Promise<readonly StoredFact[]>
  /** In commit order. It never skips an event that commits late. */
  readAll(options?: { after?: number; limit?: number }): Promise<readonly StoredEvent[]>
  find(ids: readonly string[]): Promise<readonly StoredEvent[]>
  /** The version of the last event of a stream that is not later than this instant; 0 if there is none. */
  versionAt(stream: string, at: string): Promise<number>
  /** How many events were ever appended, which is the position of the last. */
  head(): Promise<number>

  /** Calls `listener` when there may be something new, whoever appended it. Returns how to stop listening. */
  onNews(listener: () => void): () => void
  close(): Promise<void>
}

export type AppendResult =
  | { readonly type: 'appended'; readonly version: number; readonly position: number }
  /** The stream is at version `actual`. */
  | { readonly type: 'conflict'; readonly actual: number }
  /** At least one of the ids is in the log. */
  | { readonly type: 'known' }

/** Around the commit of a group: not begun yet; all written, but not committed; committed, but nobody told. */
export type CommitPoint = 'before-write' | 'before-commit' | 'after-commit'

/** Whether a stream at version `actual` is what `expected` says. */
export const isExpected = (expected: ExpectedVersion, actual: number): boolean =>
  expected === 'any' ||
  (expected === 'no-stream' && actual === 0) ||
  (expected === 'stream-exists' && actual > 0) ||
  expected === actual

/** What is stored cannot be read. Somebody was at it without Passbook. */
export class DamagedEventError extends Error {
  override readonly name = 'DamagedEventError'
}

/** The log cannot be reached, or did not answer. What was under way may or may not be done. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError'
  constructor(reason: string, options?: ErrorOptions) {
    super(`The store is not reachable: ${reason}`, options)
  }
}
