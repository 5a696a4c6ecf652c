/** A window of an account's log, newest first, as the page's table shows it: of the whole log, or of what a filter lets by. */
import { ERASED, PERSONAL_FIELDS, type RecordedEvent, validEvent } from '../events/event.ts'
import { type EventStore, PAGE } from '../events/store.ts'
import { type Account, evolve } from './account.ts'
import type { Until } from './history.ts'
import { isSelective, type LogFilter, matches, noFilter } from './log-filter.ts'
import { type RunningBalance, runningBalances } from './running-balance.ts'
import type { Snapshot } from './snapshot.ts'

/** How many rows a window has. What is pushed to a tab is one window, however long the log. */
export const WINDOW = 50

/** How many events are looked through for the rows of one window. */
export const BUDGET = 5_000

export interface LogWindow {
  readonly stream: string
  readonly rows: readonly RunningBalance[]
  /** The account now and its version, even when the window lies further back. */
  readonly account: Account
  readonly version: number
  readonly filter: LogFilter
  /** The versions that bound the window: it is before the one, and not beyond the other. */
  readonly before?: number
  readonly upTo?: number
  /** The `before` of the windows next to it, if there is or may be something in them. */
  readonly older?: number
  readonly newer?: number
  /** The versions looked through, if there were too many to look through them all. */
  readonly lookedThrough?: { readonly newest: number; readonly oldest: number }
}

export interface WindowOptions {
  readonly filter?: LogFilter
  readonly before?: number
  /** For a page of the past: the last version that is in it. */
  readonly upTo?: number
  /** The account as it is now, if it is known already, so that rows and account are of the same moment. */
  readonly now?: Snapshot
}

type Events = Pick<EventStore, 'read' | 'versionAt'>

/** Whatever knows the state of an account, as CurrentAccounts and Readings do. */
interface Accounts {
  current(stream: string): Promise<Snapshot>
  past(stream: string, until: Until): Promise<Snapshot>
}

export const readLog = async (
  store: Events,
  accounts: Accounts,
  stream: string,
  { filter = noFilter, before, upTo, now }: WindowOptions = {},
): Promise<LogWindow> => {
  const { account, version } = now ?? (await accounts.current(stream))
  const { oldest, newest: top } = await boundsOf(store, stream, filter, Math.min(upTo ?? version, version))
  const newest = before === undefined ? top : Math.min(before - 1, top)
  const window = {
    stream,
    account,
    version,
    filter,
    ...(before !== undefined && { before }),
    ...(upTo !== undefined && { upTo }),
  }
  const newer = before === undefined ? undefined : await newerThan(store, stream, filter, before, top)
  const neighbour = newer === undefined ? {} : { newer }
  if (newest < oldest) return { ...window, ...neighbour, rows: [] }

  const closing = newest === version ? account : (await accounts.past(stream, { version: newest })).account
  const lowest = Math.max(oldest, newest - BUDGET + 1)
  const found = await lookThrough(store, stream, filter, { newest, oldest: lowest }, closing.balance)
  return { ...window, ...neighbour, ...cut(found, { newest, oldest: lowest }, lowest > oldest) }
}

interface Bounds {
  readonly newest: number
  readonly oldest: number
}

/** The versions that the filter's times leave of the first `newest`. */
const boundsOf = async (
  store: Events,
  stream: string,
  { from, until }: LogFilter,
  newest: number,
): Promise<Bounds> => ({
  newest: until === undefined ? newest : Math.min(newest, await store.versionAt(stream, until)),
  oldest: from === undefined ? 1 : (await store.versionAt(stream, justBefore(from))) + 1,
})

const justBefore = (instant: string): string => new Date(Date.parse(instant) - 1).toISOString()

/** From the newest on: one row more than a window has, if there are so many. `closing` is the balance after the newest. */
const lookThrough = async (
  store: Events,
  stream: string,
  filter: LogFilter,
  { newest, oldest }: Bounds,
  closing: number,
): Promise<readonly RunningBalance[]> => {
  const limit = isSelective(filter) ? PAGE : WINDOW + 1
  const found: RunningBalance[] = []
  let [to, balance] = [newest, closing]
  while (to >= oldest && found.length <= WINDOW) {
    const page = await store.read(stream, { from: oldest, to, limit, direction: 'backward' })
    const rows = runningBalances(page, balance)
    const last = rows.at(-1)
    if (!last) break
    found.push(...rows.filter(({ event }) => matches(filter, event)))
    balance = last.balance - last.change
    to = last.event.version - 1
  }
  return found
}

/** What of a window depends on how many rows were found; `isPartial` if there was more to look through. */
const cut = (
  found: readonly RunningBalance[],
  lookedThrough: Bounds,
  isPartial: boolean,
): Pick<LogWindow, 'rows' | 'older' | 'lookedThrough'> => {
  const rows = found.slice(0, WINDOW)
  const last = rows.at(-1)
  if (last && found.length > WINDOW) return { rows, older: last.event.version }
  return isPartial ? { rows, older: lookedThrough.oldest, lookedThrough } : { rows }
}

/** The `before` of the window that ends right above version `before`; none, if that is the newest one. */
const newerThan = async (
  store: Events,
  stream: string,
  filter: LogFilter,
  before: number,
  top: number,
): Promise<number | undefined> => {
  if (!isSelective(filter)) return before + WINDOW <= top ? before + WINDOW : undefined
  const highest = Math.min(top, before + BUDGET - 1)
  let [from, count] = [before, 0]
  while (from <= highest) {
    const page = await store.read(stream, { from, to: highest, limit: PAGE })
    for (const event of page) {
      if (matches(filter, event)) count += 1
      if (count > WINDOW) return event.version
      from = event.version + 1
    }
    if (page.length < PAGE) break
  }
  return highest < top ? highest + 1 : undefined
}

/**
 * The window with what happened since, without reading again. `events` are those of its stream that follow, in order; ones
 * that are in it already are passed over. Throws a RangeError if one is missing in between: the window has to be read then.
 */
export const continueLog = (previous: LogWindow, events: readonly RecordedEvent[]): LogWindow =>
  events.reduce(withEvent, previous)

const withEvent = (window: LogWindow, event: RecordedEvent): LogWindow => {
  if (event.stream !== window.stream || event.version <= window.version) return window
  if (event.version > window.version + 1) {
    throw new RangeError(`Event ${event.version} of "${event.stream}" does not follow on ${window.version}.`)
  }
  const { older, lookedThrough, ...kept } = window
  const { version } = event
  const account = evolve(window.account, event)
  const known = event.type === 'forgotten' ? erased(window) : window.rows
  if (window.before !== undefined || window.upTo !== undefined) {
    return { ...window, account, version, rows: known }
  }
  const row = { event, change: account.balance - window.account.balance, balance: account.balance }
  const found = matches(window.filter, event) ? [row, ...known] : known
  const oldest = lookedThrough?.oldest ?? 1
  return {
    ...kept,
    ...(older !== undefined && { older }),
    account,
    version,
    ...cut(found, { newest: version, oldest }, lookedThrough !== undefined),
  }
}

/** The rows as they are read once what people wrote is forgotten. A search may find fewer then. */
const erased = ({ rows, filter }: LogWindow): readonly RunningBalance[] =>
  rows.map((row) => ({ ...row, event: withoutText(row.event) })).filter(({ event }) => matches(filter, event))

const withoutText = (event: RecordedEvent): RecordedEvent => {
  const names = PERSONAL_FIELDS[event.type].filter((name) => name in event.data)
  const data = { ...event.data, ...Object.fromEntries(names.map((name) => [name, ERASED])) }
  return { ...event, ...validEvent({ ...event, data }) }
}
