/** A window of an account's log, newest first, as the page's table shows it. */
import type { EventStore } from '../events/store.ts'
import type { Account } from './account.ts'
import type { CurrentAccounts } from './current-accounts.ts'
import { type RunningBalance, runningBalances } from './running-balance.ts'

/** How many rows a window has. What is pushed to a tab is one window, however long the log. */
export const WINDOW = 50

export interface LogWindow {
  readonly rows: readonly RunningBalance[]
  /** The account now and its version, even when the window lies further back. */
  readonly account: Account
  readonly version: number
}

/** The newest rows, or those right before version `before`. */
export const readLogWindow = async (
  store: Pick<EventStore, 'read'>,
  accounts: CurrentAccounts,
  stream: string,
  before?: number,
): Promise<LogWindow> => {
  const { account, version } = await accounts.current(stream)
  const newest = before === undefined ? version : Math.min(before - 1, version)
  const closing = newest === version ? account : (await accounts.past(stream, { version: newest })).account
  const events = await store.read(stream, { to: newest, limit: WINDOW, direction: 'backward' })
  return { rows: runningBalances(events, closing.balance), account, version }
}
