/** Emmett's command handler on its store in memory. */
import {
  CommandHandler,
  getInMemoryEventStore,
  isExpectedVersionConflictError,
} from '@event-driven-io/emmett'
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

/** Nothing is waited for in memory: who was too late may try again at once. Emmett's own choice of 100 ms is slower. */
const onVersionConflict = {
  retries: 10,
  minTimeout: 1,
  factor: 1.5,
  shouldRetryError: isExpectedVersionConflictError,
}

const handle = CommandHandler({ evolve, initialState, retry: { onVersionConflict } })

export const open: Open<Depositing> = async ({ load }) => {
  const store = getInMemoryEventStore()
  return depositing(
    {
      async open(accounts, events) {
        for (const account of accounts) await store.appendToStream<AccountEvent>(account, opening(events))
      },
      deposit: (account, deposit) =>
        untilDone(() => handle(store, account, decide(deposit)), isExpectedVersionConflictError),
      read: readFrom(store),
      close: async () => {},
    },
    load,
  )
}
