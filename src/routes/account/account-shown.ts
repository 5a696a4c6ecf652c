/** What the pages of an account show, gathered: as it is now, or as it was at a version. */
import type { EventStore } from '../../events/store.ts'
import type { CurrentAccounts } from '../../projection/current-accounts.ts'
import type { Until } from '../../projection/history.ts'
import { type LogWindow, readLog } from '../../projection/log-window.ts'
import type { Reading } from '../../projection/reading.ts'
import type { Readings } from '../../projection/readings.ts'
import { otherEndOf, type Transfer, type TransfersInFlight } from '../../projection/transfers-in-flight.ts'
import { type Names, namesOf, othersIn } from '../names.ts'
import type { LogQuery } from './log-query.ts'

export interface AccountSources {
  readonly store: EventStore
  readonly accounts: CurrentAccounts
  readonly readings: Readings
  readonly inFlight: Pick<TransfersInFlight, 'of'>
}

export interface AccountShown {
  readonly id: string
  readonly now: Reading
  /** The state that the page shows, which is that of now if it is live. */
  readonly then: Reading
  readonly isPast: boolean
  /** When the newest event of that state happened; undefined before the first. */
  readonly thenAt: string | undefined
  /** The instant that was asked for, if it was a time and not a version. */
  readonly asked: string | undefined
  readonly log: LogWindow
  /** Still on their way, now. */
  readonly transfers: readonly Transfer[]
  /** What the other accounts of its transfers are called. */
  readonly names: Names
}

interface ShowOptions {
  readonly version?: number | undefined
  /** The instant that the version was asked for by. */
  readonly asked?: string | undefined
  readonly known?: LogWindow | undefined
}

/** Without `version`, now. A `known` window of the log is good if it is of this moment. */
export const showAccount = async (
  sources: AccountSources,
  id: string,
  query: LogQuery,
  { version, asked, known }: ShowOptions = {},
): Promise<AccountShown> => {
  const { store, accounts, readings, inFlight } = sources
  const now = await readings.current(id)
  const isPast = version !== undefined
  const then = isPast ? inCurrencyOf(now, await readings.past(id, { version })) : now
  const isKnown = known?.version === now.version
  const log = isKnown
    ? known
    : await readLog(store, knowing(readings, then), id, { ...query, now, ...(isPast && { upTo: version }) })
  const transfers = inFlight.of(id)
  const others = transfers.slice(0, SHOWN_IN_FLIGHT).map((transfer) => otherEndOf(transfer, id))
  const names = await namesOf(accounts, [...others, ...othersIn(log.rows.map(({ event }) => event))])
  const thenAt = isPast ? await timeOf(store, id, then.version, log) : undefined
  return { id, now, then, isPast, thenAt, asked, log, transfers, names }
}

/** When an event happened; mostly it is the first row of the window. Undefined for version 0. */
const timeOf = async (
  store: EventStore,
  id: string,
  version: number,
  { rows }: LogWindow,
): Promise<string | undefined> => {
  const shown = rows.find(({ event }) => event.version === version)
  if (shown || version === 0) return shown?.event.occurredAt
  const [event] = await store.read(id, { from: version, to: version })
  return event?.occurredAt
}

/** Before its first event an account has no currency of its own yet, and nothing in the one that it is going to have. */
const inCurrencyOf = (now: Reading, then: Reading): Reading =>
  then.version > 0 ? then : { ...then, account: { ...then.account, currency: now.account.currency } }

/** Mostly a window ends where the page does, and what is known of that moment is not read again. */
const knowing = (readings: Readings, then: Reading) => ({
  current: (id: string) => readings.current(id),
  past: async (id: string, until: Until) =>
    until.at === undefined && until.version === then.version ? then : readings.past(id, until),
})

/** How many transfers in flight a page names; of more it says how many there are. */
export const SHOWN_IN_FLIGHT = 5
