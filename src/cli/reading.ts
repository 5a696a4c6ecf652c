/** The commands that read: accounts, events and balance. */
import { z } from 'zod'
import { UsageError } from '../config.ts'
import type { RecordedEvent } from '../events/event.ts'
import { formatChange, formatMoney } from '../events/money.ts'
import { PAGE } from '../events/store.ts'
import { type Account, changeOf, emptyAccount, evolve } from '../projection/account.ts'
import { CurrentAccounts } from '../projection/current-accounts.ts'
import { type Note, noteOf } from '../projection/event-words.ts'
import { momentOf } from '../projection/moment.ts'
import { catchUp } from '../projection/projector.ts'
import { type AccountSummary, type Place, placeOf } from '../projection/summary-table.ts'
import type { Storage } from '../storage.ts'
import { CommandError, print, printJson, table } from './answers.ts'

/** As a script gets an account: amounts in minor units. */
const jsonOf = ({ account, owner, status, currency, balance, ...rest }: AccountSummary) => ({
  account,
  owner: owner ?? null,
  status,
  currency,
  balance,
  transactions: rest.transactions,
  lastActivityAt: rest.lastActivityAt,
  alerts: rest.watch.count,
  version: rest.version,
})

export const accounts = async (storage: Storage, { search = '', json = false }): Promise<void> => {
  await catchUp(storage)
  let after: Place | undefined
  for (;;) {
    const page = await storage.summaries.list({ search, limit: PAGE, ...(after && { after }) })
    if (json) for (const summary of page) await printJson(jsonOf(summary))
    else
      for (const line of table([...(after ? [] : [HEADINGS]), ...page.map(rowOf)], [3, 4])) await print(line)
    const last = page.at(-1)
    if (!last || page.length < PAGE) return
    after = placeOf(last, 'account')
  }
}

const HEADINGS = ['ACCOUNT', 'OWNER', 'STATUS', 'BALANCE', 'TRANSACTIONS', 'LAST ACTIVITY']

const rowOf = (summary: AccountSummary): string[] => [
  summary.account,
  summary.owner ?? '-',
  summary.status,
  formatMoney(summary.balance, summary.currency),
  String(summary.transactions),
  summary.lastActivityAt,
]

/** Oldest first; one line for each. */
export const events = async (storage: Storage, stream: string, { json = false }): Promise<void> => {
  await assertAccount(storage, stream)
  let account: Account = emptyAccount
  let from = 1
  for (;;) {
    const page = await storage.events.read(stream, { from, limit: PAGE })
    for (const event of page) {
      account = evolve(account, event)
      if (json) await printJson({ ...event, balance: account.balance })
      else await print(lineOf(event, account))
    }
    from += page.length
    if (page.length < PAGE) return
  }
}

const lineOf = (event: RecordedEvent, { balance, currency }: Account): string => {
  const note = noteOf(event)
  const change = changeOf(event)
  return [
    String(event.version).padStart(6),
    event.occurredAt,
    event.type.padEnd(16),
    (change === 0 ? '' : formatChange(change, currency)).padStart(16),
    formatMoney(balance, currency).padStart(16),
    ...(note ? [wordsOf(note)] : []),
  ].join('  ')
}

const wordsOf = (note: Note): string => {
  if (note.type === 'text') return note.text
  const other = `${note.type} ${note.account}`
  return note.text === undefined ? other : `${other}: ${note.text}`
}

const wholeNumber = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)

interface BalanceFlags {
  readonly version?: string
  readonly at?: string
  readonly json?: boolean
}

export const balance = async (storage: Storage, stream: string, flags: BalanceFlags): Promise<void> => {
  if (flags.version !== undefined && flags.at !== undefined) {
    throw new UsageError('--version and --at both say when: give one of them.')
  }
  const version = wholeNumber.optional().safeParse(flags.version)
  if (!version.success) {
    throw new UsageError(`--version takes the number of an event, such as 7, not "${flags.version}".`)
  }
  const at = flags.at === undefined ? undefined : momentOf(flags.at)
  if (flags.at !== undefined && at === undefined) {
    throw new UsageError(
      `--at takes a time in ISO 8601, such as 2026-11-17 or 2026-11-17T18:00:00Z, not "${flags.at}".`,
    )
  }
  const head = await assertAccount(storage, stream)
  if (version.data !== undefined && version.data > head) {
    throw new CommandError(
      `"${stream}" has ${head} events: --version takes 0 to ${head}, not ${version.data}.`,
    )
  }

  const states = new CurrentAccounts(storage.events, { snapshots: storage.snapshots })
  const until = {
    ...(version.data !== undefined && { version: version.data }),
    ...(at !== undefined && { at }),
  }
  const state = await states.past(stream, until)
  // Before the first event an account has no currency of its own yet.
  const { currency } = (state.version > 0 ? state : await states.current(stream)).account
  const account = { ...state.account, currency }
  if (flags.json) await printJson({ account: stream, version: state.version, ...account, ...until })
  else await print(formatMoney(account.balance, account.currency))
}

/** The version of an account's last event. */
const assertAccount = async ({ events }: Storage, stream: string): Promise<number> => {
  const [newest] = await events.read(stream, { direction: 'backward', limit: 1 })
  if (newest) return newest.version
  throw new CommandError(`There is no account "${stream}". "passbook accounts" lists those there are.`)
}
