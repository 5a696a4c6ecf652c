/** The accounts for reading, one row each, as the projector keeps them and as lists show them. */
import { type Account, SHARED } from './account.ts'
import type { Watch } from './alerts.ts'

export interface AccountSummary extends Account {
  /** The account's stream. */
  readonly account: string
  /** The last event that is in it, and when that was. */
  readonly version: number
  readonly lastActivityAt: string
  /** How many events moved money. */
  readonly transactions: number
  readonly watch: Watch
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
  /** A page of the active generation. */
  list(query?: ListQuery): Promise<readonly AccountSummary[]>
}

export const SORTS = ['account', 'name', 'balance', 'transactions', 'activity'] as const

/**
 * By the account's stream, in the order of its UTF-8 bytes; by {@link nameOf} in lower case, likewise; by balance, in
 * minor units of whatever currency; by the number of transactions; by the time of the last event.
 * Accounts that are equal in it are in the order of their streams, in the same direction.
 */
export type Sort = (typeof SORTS)[number]

export interface ListQuery {
  /** Only accounts whose stream or name has this text in it, in upper or lower case. */
  readonly search?: string
  /** By `account`, if it is not said. */
  readonly sort?: Sort
  /** Largest, latest or last first. */
  readonly descending?: boolean
  /** Only accounts after this one, in the order asked for. */
  readonly after?: Place
  readonly limit?: number
}

/** A place in a list: what it is sorted by, as {@link sortKey} has it, and the account. */
export interface Place {
  readonly key: string | number
  readonly account: string
}

/** What an account is called: by its owner, or, if nobody said whose it is, by its stream. */
export const nameOf = ({ account, owner }: Pick<AccountSummary, 'account' | 'owner'>): string =>
  owner ?? (account === SHARED ? 'Shared account' : account)

export const sortKey = (summary: AccountSummary, sort: Sort): string | number => {
  switch (sort) {
    case 'account':
      return summary.account
    case 'name':
      return foldCase(nameOf(summary))
    case 'balance':
      return summary.balance
    case 'transactions':
      return summary.transactions
    case 'activity':
      return summary.lastActivityAt
  }
}

export const placeOf = (summary: AccountSummary, sort: Sort): Place => ({
  key: sortKey(summary, sort),
  account: summary.account,
})

/** What `search` is looked for in. */
export const searchText = (summary: AccountSummary): string =>
  foldCase(`${summary.account}\n${nameOf(summary)}`)

export const foldCase = (text: string): string => text.toLowerCase()

/** How many accounts a list has when it is not told. */
export const PAGE_OF_ACCOUNTS = 50

/** How many summaries that nobody reads any more are dropped in one transaction. */
export const DROPPED_AT_ONCE = 1_000
