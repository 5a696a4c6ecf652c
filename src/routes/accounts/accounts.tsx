/** The routes of all accounts together: the list, live, and its stream. */
import { Hono } from 'hono'
import { v4 as randomId } from 'uuid'
import type { SummaryTable } from '../../projection/summary-table.ts'
import type { StreamEnv } from '../../registry/open-stream.ts'
import type { Assets } from '../assets.ts'
import { accountsSignals, closeDialog, goWhereTold, sendOnce, showDialog, watch } from '../expressions.ts'
import { sameOriginOnly } from '../guards.ts'
import { Layout } from '../layout.tsx'
import type { Lifecycle } from '../lifecycle.ts'
import type { Live } from '../live.ts'
import { openLive } from '../open-live.ts'
import { readSignals } from '../signals.ts'
import { type Shortcut, Shortcuts, StreamState } from '../stream-state.tsx'
import { canonical, pageOf, readAccountsQuery, toListQuery } from './accounts-query.ts'
import { AccountsHead, AccountsTable } from './accounts-view.tsx'

export interface AccountsContext {
  readonly summaries: Pick<SummaryTable, 'list'>
  readonly live: Live
  readonly lifecycle: Lifecycle
  readonly assets: Assets
}

const KEYS: readonly Shortcut[] = [
  ['/', 'Search'],
  ['o', 'Open an account'],
]

export const accountsRoutes = (context: AccountsContext): Hono<StreamEnv> => {
  const { summaries, assets } = context
  const routes = new Hono<StreamEnv>()

  routes.get('/', async (c) => {
    const query = readAccountsQuery(new URL(c.req.url).searchParams)
    const page = pageOf(await summaries.list(toListQuery(query)))
    c.header('Cache-Control', 'no-store')
    return c.html(
      <Layout
        title="Accounts"
        assets={assets}
        signals={accountsSignals(randomId())}
        status={<StreamState watch={watch(`/stream?${canonical(query)}`)} />}
      >
        <AccountsHead
          query={query}
          open={showDialog('open-account')}
          submit={sendOnce('open-account-submit', '_openError', '/accounts')}
          close={closeDialog('open-account')}
        />
        <AccountsTable {...page} query={query} />
        <p id="goto" hidden data-effect={goWhereTold}></p>
        <Shortcuts keys={KEYS} />
      </Layout>,
    )
  })

  routes.get('/stream', sameOriginOnly, async (c) => {
    const { tab } = await readSignals(c)
    const query = canonical(readAccountsQuery(parametersOf(c.req.url)))
    return openLive(c, context, tab, (stream) => context.live.openAccounts(stream, tab, query))
  })
  return routes
}

/** Without the signals that Datastar sends along. */
const parametersOf = (url: string): URLSearchParams => {
  const parameters = new URL(url).searchParams
  parameters.delete('datastar')
  return parameters
}
