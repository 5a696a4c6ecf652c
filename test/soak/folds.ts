/** What the log says, folded here and not by Passbook: every balance that an account ever had. */
import type { RecordedEvent } from '../../src/events/event.ts'
import type { EventStore } from '../../src/events/store.ts'
import { rowOf, type Seen } from './page.ts'
import type { Sight } from './tab.ts'

interface Moment {
  /** In cents. */
  readonly balance: number
  readonly status: string
}

interface Folded {
  /** By version, from 0 on. */
  readonly moments: readonly Moment[]
  readonly transactions: number
}

const BEGINNING: Moment = { balance: 0, status: 'open' }

export interface Folds {
  readonly accounts: ReadonlyMap<string, Folded>
  readonly events: number
  /** How many transfers have neither arrived nor come back. */
  readonly inFlight: number
}

export const foldLog = async (store: Pick<EventStore, 'readAll'>): Promise<Folds> => {
  const accounts = new Map<string, { moments: Moment[]; transactions: number }>()
  let [events, inFlight] = [0, 0]
  for (let after = 0; ; ) {
    const page = await store.readAll({ after })
    const last = page.at(-1)
    if (!last) return { accounts, events, inFlight }
    for (const event of page) {
      const account = accounts.get(event.stream) ?? { moments: [BEGINNING], transactions: 0 }
      accounts.set(event.stream, account)
      const { balance, status } = account.moments.at(-1) ?? BEGINNING
      account.moments.push({
        balance: balance + moneyIn(event),
        status: STATUS_AFTER[event.type] ?? status,
      })
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
export const dueOf = ({ accounts }: Folds, sight: Sight): Seen => {
  if (sight.type === 'accounts') {
    const rows = [...accounts].map(([account, { moments, transactions }]) => {
      const { balance, status } = moments.at(-1) ?? BEGINNING
      return rowOf(account, status, balance, transactions)
    })
    return { type: 'accounts', rows: rows.sort() }
  }
  const { account, version } = sight
  const { moments = [] } = accounts.get(account) ?? {}
  const newest = moments.length - 1
  const shown = version ?? newest
  return {
    type: 'account',
    version,
    ...(moments[shown] ?? BEGINNING),
    newest,
    firstRow: shown,
    since: version === undefined ? undefined : newest - version,
  }
}
