/** Emmett's command handler on its PostgreSQL store, with the pool and the waiting after conflicts that are its own choice. */
import { CommandHandler, isExpectedVersionConflictError } from '@event-driven-io/emmett'
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql'
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

const handle = CommandHandler({ evolve, initialState, retry: { onVersionConflict: true } })

type Postgres = Extract<StoreName, { type: 'postgres' }>

export const open: Open<Depositing<Postgres>> = async ({ store: { url }, load }) => {
  const store = getPostgreSQLEventStore(url)
  await store.schema.migrate()
  return depositing(
    {
      async open(accounts, events) {
        const openOne = (account: string) => store.appendToStream<AccountEvent>(account, opening(events))
        await Promise.all(accounts.map(openOne))
      },
      deposit: (account, deposit) =>
        untilDone(() => handle(store, account, decide(deposit)), isExpectedVersionConflictError),
      read: readFrom(store),
      close: () => store.close(),
    },
    load,
  )
}
