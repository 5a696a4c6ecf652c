/** Random logs of several accounts, and what the summaries of a log have to be, folded from it afresh. */
import fc from 'fast-check'
import type { AccountEvent, NewEvent, RecordedEvent } from '../../src/events/event.ts'
import type { EventStore } from '../../src/events/store.ts'
import { fold } from '../../src/projection/account.ts'
import { emptyReading, readOn } from '../../src/projection/reading.ts'
import { type AccountSummary, placeOf, type SummaryTable } from '../../src/projection/summary-table.ts'
import { statement } from './statement.ts'

export interface Entry {
  readonly account: string
  readonly event: NewEvent
}

export const ACCOUNTS = ['alice', 'bob', 'zoë 💶']

export const ledger = ({ maxLength = 40 } = {}): fc.Arbitrary<readonly Entry[]> =>
  fc
    .tuple(
      statement({ maxLength }),
      fc.array(fc.constantFrom(...ACCOUNTS), { minLength: maxLength, maxLength }),
    )
    .map(([events, accounts]) => events.map((event, index) => ({ account: accounts[index] ?? '', event })))

/** Resolves when all are in the log, those of each account in this order. */
export const write = async (store: Pick<EventStore, 'append'>, entries: readonly Entry[]): Promise<void> => {
  const accounts = new Set(entries.map(({ account }) => account))
  await Promise.all(
    [...accounts].map(async (account) => {
      const events = entries.filter((entry) => entry.account === account).map(({ event }) => event)
      for (const event of events) await store.append(account, [event], { expected: 'any' })
    }),
  )
}

/** The whole log. */
export const logOf = async (store: Pick<EventStore, 'readAll'>): Promise<readonly RecordedEvent[]> => {
  const log: RecordedEvent[] = []
  for (;;) {
    const page = await store.readAll({ after: log.at(-1)?.position ?? 0 })
    if (page.length === 0) return log
    log.push(...page)
  }
}

/** In the order in which a list has them. */
export const summariesOf = (log: readonly RecordedEvent[]): AccountSummary[] => {
  const accounts = [...new Set(log.map(({ stream }) => stream))]
  const eventsOf = (account: string) => log.filter(({ stream }) => stream === account)
  return accounts.sort(byBytes).map((account) => summaryOf(account, eventsOf(account)))
}

/** What the summary of an account with these events has to be. */
export const summaryOf = (account: string, events: readonly RecordedEvent[]): AccountSummary => ({
  ...fold(events),
  account,
  version: events.length,
  transactions: events.filter(({ type }) => TRANSACTIONS.includes(type)).length,
  lastActivityAt: events.at(-1)?.occurredAt ?? '',
  watch: events.reduce(readOn, emptyReading).watch,
})

const TRANSACTIONS: readonly AccountEvent['type'][] = [
  'deposited',
  'withdrawn',
  'transferredOut',
  'transferredIn',
  'transferReturned',
]

const byBytes = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other))

/** Everything that a list has, page by page. */
export const listed = async (
  table: SummaryTable,
  { search = '', limit = 50 } = {},
): Promise<readonly AccountSummary[]> => {
  const all: AccountSummary[] = []
  for (;;) {
    const last = all.at(-1)
    const page = await table.list({ search, limit, ...(last && { after: placeOf(last, 'account') }) })
    if (page.length === 0) return all
    all.push(...page)
  }
}
