/**
 * Emmett's command handler on its SQLite store: a file with a write-ahead log, which is the store's own choice, and
 * `synchronous=FULL`, its driver's: an acknowledged command is as durable as one of Passbook's.
 *
 * Commands are given to it one at a time. Its operations share one connection, which each of them opens and closes: of
 * two at once, one has it closed under its feet (SQLITE_MISUSE). With a store for each they do not fare better: nearly
 * all fail, each after some seconds, for the file is busy. So no versions conflict here. What is given again is a commit
 * that fails because the connection's own first statement is still at work, which happens on a busy machine.
 */
import { CommandHandler } from '@event-driven-io/emmett'
import {
  appendToStream,
  createEventStoreSchema,
  getSQLiteEventStore,
  isSQLiteError,
  sqliteConnection,
} from '@event-driven-io/emmett-sqlite'
import type { StoreName } from '../../../src/config.ts'
import { type Depositing, depositing } from '../../contenders/depositing.ts'
import type { Open } from '../../contest.ts'
import {
  type AccountEvent,
  decide,
  evolve,
  initialState,
  opening,
  readFrom,
  untilDone,
} from '../emmett-bank.ts'

const handle = CommandHandler({ evolve, initialState })

type Sqlite = Extract<StoreName, { type: 'sqlite' }>

/** In one transaction, so that a thousand accounts do not take a thousand of them. */
const openAccounts = async (fileName: string, accounts: readonly string[], events: number): Promise<void> => {
  const connection = sqliteConnection({ fileName })
  await createEventStoreSchema(connection)
  await connection.withTransaction(async () => {
    for (const account of accounts) {
      await appendToStream<AccountEvent>(connection, account, 'account', opening(events))
    }
  })
  connection.close()
}

const isBusy = (error: unknown): boolean =>
  isSQLiteError(error) && 'code' in error && error.code === 'SQLITE_BUSY'

/** Emmett also prints what it throws. */
console.log = () => {}

let last: Promise<unknown> = Promise.resolve()

const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
  const result = last.then(work)
  last = result.catch(() => undefined)
  return result
}

export const open: Open<Depositing<Sqlite>> = async ({ store: { path: fileName }, load }) => {
  const store = getSQLiteEventStore({ fileName })
  const read = readFrom(store)
  return depositing(
    {
      open: (accounts, events) => openAccounts(fileName, accounts, events),
      deposit: (account, deposit) =>
        untilDone(() => inTurn(() => handle(store, account, decide(deposit))), isBusy),
      read: (account) => inTurn(() => read(account)),
      close: async () => {},
    },
    load,
  )
}
