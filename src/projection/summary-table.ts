/** The accounts for reading, one row each, as the projector keeps them and as lists show them. */
import type { Account } from './account.ts'

export interface AccountSummary extends Account {
  /** The account's stream. */
  readonly account: string
  /** The last event that is in it. */
  readonly version: number
  /** How many deposits and withdrawals there were, and when the last of them was. */
  readonly transactions: number
  readonly lastTransactionAt?: string
}

/** One making of the summaries. The active one is read; another may be in the making, to take its place. */
export interface Generation {
  readonly generation: number
  readonly foldVersion: number
  /** The position of the last event that is in it. */
  readonly position: number
}

/** Where summaries are kept. Every store has one, with the same promises. */
export interface SummaryTable {
  active(): Promise<Generation | undefined>
  /** A new generation, empty, at position 0 and not active. */
  begin(foldVersion: number): Promise<Generation>
  /** Of these accounts the summaries there are. */
  get(generation: number, accounts: readonly string[]): Promise<readonly AccountSummary[]>
  /**
   * Writes the summaries and moves the generation on to position `to`, in one transaction. False, and nothing is
   * changed, if it is not at the position given, or is gone: somebody else moved it on.
   */
  advance(from: Generation, to: number, summaries: readonly AccountSummary[]): Promise<boolean>
  /** Has this generation read from now on, and drops all others, in one transaction. False, if it is gone itself. */
  activate(generation: number): Promise<boolean>
  /**
   * Drops what was not read any more, or not yet; who is making a generation has to begin again. Leaves nothing behind of
   * summaries held before, as an owner who was forgotten, as far as the store can: what was overwritten may
   * otherwise stand in its files for long.
   */
  scrub(): Promise<void>
  /** A page of the active generation, by the account's name in the order of its UTF-8 bytes. */
  list(query?: ListQuery): Promise<readonly AccountSummary[]>
}

export interface ListQuery {
  /** Only accounts whose name or owner has this text in it, in upper or lower case. */
  readonly search?: string
  /** Only accounts after this one. */
  readonly after?: string
  readonly limit?: number
}

/** What `search` is looked for in. */
export const searchText = ({ account, owner = '' }: AccountSummary): string =>
  foldCase(`${account}\n${owner}`)

export const foldCase = (text: string): string => text.toLowerCase()

/** How many accounts a list has when it is not told. */
export const PAGE_OF_ACCOUNTS = 50

/** How many summaries that nobody reads any more are dropped in one transaction. */
export const DROPPED_AT_ONCE = 1_000
