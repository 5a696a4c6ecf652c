/** What the log says, folded here and not by Passbook: every balance that an account ever had. */
import type { RecordedEvent } from '../../src/events/event.ts'
import type { EventStore } from '../../src/events/store.ts'
import { type AccountSeen, type ListSeen, rowOf } from './page.ts'
import type { Sight } from './tab.ts'

interface Folded {
  /** By version, in cents; 0 at version 0. */
  readonly balances: readonly number[]
  readonly status: string
  readonly transactions: number
}

export interface Folds {
  readonly accounts: ReadonlyMap<string, Folded>
  readonly events: number
  /** How many transfers have neither arrived nor come back. */
  readonly inFlight: number
}

export const foldLog = async (store: Pick<EventStore, 'readAll'>): Promise<Folds> => {
  const accounts = new Map<string, { balances: number[]; status: string; transactions: number }>()
  let [events, inFlight] = [0, 0]
  for (let after = 0; ; ) {
    const page = await store.readAll({ after })
    const last = page.at(-1)
    if (!last) return { accounts, events, inFlight }
    for (const event of page) {
      const account = accounts.get(event.stream) ?? { balances: [0], status: 'open', transactions: 0 }
      accounts.set(event.stream, account)
      account.balances.push((account.balances.at(-1) ?? 0) + moneyIn(event))
      account.status = STATUS_AFTER[event.type] ?? account.status
      if ('amount' in event.data) account.transactions += 1
      if (event.type === 'transferredOut') inFlight += 1
      if (event.type === 'transferredIn' || event.type === 'transferReturned') inFlight -= 1
    }
    events += page.length
    after = last.position
  }
}

const STATUS_AFTER: Partial<Record<RecordedEvent['type'], string>> = {
  frozen: 'frozen',
  unfrozen: 'open',
  closed: 'closed',
}

const moneyIn = ({ type, data }: RecordedEvent): number => {
  if (type === 'opened') return data.openingBalance
  if (!('amount' in data)) return 0
  return type === 'withdrawn' || type === 'transferredOut' ? -data.amount : data.amount
}

/** What a tab has to show that looks at this. */
export const dueOf = ({ accounts }: Folds, sight: Sight): AccountSeen | ListSeen => {
  if (sight.type === 'accounts') {
    const rows = [...accounts].map(([account, { status, balances, transactions }]) =>
      rowOf(account, status, balances.at(-1) ?? 0, transactions),
    )
    return { type: 'accounts', rows: rows.sort() }
  }
  const { account, version } = sight
  const { balances, status } = accounts.get(account) ?? { balances: [0], status: 'open' }
  const newest = balances.length - 1
  return {
    type: 'account',
    version,
    balance: balances[version ?? newest] ?? Number.NaN,
    status,
    newest,
    firstRow: version ?? newest,
    since: version === undefined ? undefined : newest - version,
  }
}
