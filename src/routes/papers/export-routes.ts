/** An account's log and what a program may learn from it, as files. Each holds what there was when it was asked for. */
import { type Context, Hono } from 'hono'
import { decimal } from '../../events/money.ts'
import type { EventStore } from '../../events/store.ts'
import { emptyAccount, evolve } from '../../projection/account.ts'
import { FEATURES, FeatureFold, type Features } from '../../projection/features.ts'
import type { Readings } from '../../projection/readings.ts'
import type { RunningBalance } from '../../projection/running-balance.ts'
import { allRows } from '../../projection/statement.ts'
import { accountOf, assertIsThere } from '../addresses.ts'
import { type Column, csvOf, otherAccountIn, textIn } from './csv.ts'
import { download } from './download.ts'

export interface ExportContext {
  readonly store: Pick<EventStore, 'read'>
  readonly readings: Pick<Readings, 'current'>
}

/** To be mounted where the address names the account. */
export const exportRoutes = ({ store, readings }: ExportContext): Hono => {
  const routes = new Hono()

  const logOf = async (c: Context): Promise<{ account: string; pages: AsyncGenerator<readonly Entry[]> }> => {
    const account = accountOf(c)
    const reading = await readings.current(account)
    assertIsThere(account, reading)
    return { account, pages: entries(store, account, reading.version) }
  }

  routes.get('/events.csv', async (c) => {
    const { account, pages } = await logOf(c)
    return download(c, { account, what: 'events.csv', type: 'text/csv' }, csvOf(COLUMNS, pages))
  })

  routes.get('/events.json', async (c) => {
    const { account, pages } = await logOf(c)
    const file = { account, what: 'events.json', type: 'application/json' }
    return download(c, file, jsonOf(COLUMNS, pages))
  })

  routes.get('/training.csv', async (c) => {
    const { account, pages } = await logOf(c)
    const file = { account, what: 'training.csv', type: 'text/csv' }
    return download(c, file, csvOf(TRAINING_COLUMNS, features(pages)))
  })

  return routes
}

/** An event with the balance after it, in the currency that the account had by then. */
interface Entry extends RunningBalance {
  readonly currency: string
}

const entries = async function* (
  store: Pick<EventStore, 'read'>,
  stream: string,
  to: number,
): AsyncGenerator<readonly Entry[]> {
  let account = emptyAccount
  for await (const rows of allRows(store, stream, { version: 0, balance: 0 }, to)) {
    yield rows.map((row) => {
      account = evolve(account, row.event)
      return { ...row, currency: account.currency }
    })
  }
}

const plain = (name: string, of: Column<Entry>['of']): Column<Entry> => ({ name, kind: 'plain', of })
const text = (name: string, of: Column<Entry>['of']): Column<Entry> => ({ name, kind: 'text', of })

const COLUMNS: readonly Column<Entry>[] = [
  plain('version', ({ event }) => event.version),
  plain('position', ({ event }) => event.position),
  plain('occurredAt', ({ event }) => event.occurredAt),
  plain('type', ({ event }) => event.type),
  plain('change', ({ change, currency }) => decimal(change, currency)),
  plain('changeInMinorUnits', ({ change }) => change),
  plain('balance', ({ balance, currency }) => decimal(balance, currency)),
  plain('balanceInMinorUnits', ({ balance }) => balance),
  plain('currency', ({ currency }) => currency),
  text('note', ({ event }) => textIn(event)),
  plain('transferId', ({ event }) => ('transferId' in event.data ? event.data.transferId : undefined)),
  text('otherAccount', ({ event }) => otherAccountIn(event)),
  text('commandId', ({ event }) => event.metadata.commandId),
  text('correlationId', ({ event }) => event.metadata.correlationId),
  text('causationId', ({ event }) => event.metadata.causationId),
  text('actor', ({ event }) => event.metadata.actor),
  plain('hash', ({ event }) => event.hash),
]

/** One list, an object for each row on a line of its own. */
const jsonOf = async function* <Row>(
  columns: readonly Column<Row>[],
  pages: AsyncIterable<readonly Row[]>,
): AsyncGenerator<string> {
  const line = (row: Row) =>
    JSON.stringify(Object.fromEntries(columns.map(({ name, of }) => [name, of(row) ?? null])))
  let before = '[\n'
  for await (const rows of pages) {
    yield before + rows.map(line).join(',\n')
    before = ',\n'
  }
  yield before === '[\n' ? '[]\n' : '\n]\n'
}

const features = async function* (
  pages: AsyncIterable<readonly Entry[]>,
): AsyncGenerator<readonly Features[]> {
  const fold = new FeatureFold()
  for await (const rows of pages) yield rows.map(({ event }) => fold.next(event))
}

const TRAINING_COLUMNS = FEATURES.map(
  ({ name }): Column<Features> => ({ name, kind: 'plain', of: (row) => row[name] }),
)
