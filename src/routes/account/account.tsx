/** The routes of an account: its page, its stream, and what its tabs look at. */
import { type Context, Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { v4 as randomId } from 'uuid'
import { momentOf } from '../../projection/moment.ts'
import type { SummaryTable } from '../../projection/summary-table.ts'
import { openStream, type StreamEnv } from '../../registry/open-stream.ts'
import { accountOf, assertIsThere } from '../addresses.ts'
import type { Assets } from '../assets.ts'
import { datastarJsonOnly, sameOriginOnly, smallBodyOnly } from '../guards.ts'
import type { Lifecycle } from '../lifecycle.ts'
import type { Live } from '../live.tsx'
import { readSignals } from '../signals.ts'
import { type AccountSources, showAccount } from './account-shown.ts'
import { AccountPage } from './account-view.tsx'
import { readLogQuery } from './log-query.ts'

export interface AccountContext extends AccountSources {
  readonly summaries: Pick<SummaryTable, 'list'>
  readonly live: Live
  readonly lifecycle: Lifecycle
  readonly assets: Assets
  /** Clears the log, in every tab too; only for a store that can. */
  readonly reset: (() => Promise<void>) | undefined
}

/** To be mounted at an address with the parameter `account`. */
export const accountRoutes = (context: AccountContext): Hono<StreamEnv> => {
  const { readings, live, lifecycle, assets, reset } = context
  const routes = new Hono<StreamEnv>()

  /** The version that the address asks for; undefined for the newest. A form sends an empty field along. */
  const versionAsked = async (c: Context, id: string, newest: number): Promise<number | undefined> => {
    const { version = '', at = '' } = c.req.query()
    if (version !== '' && at !== '') {
      throw new HTTPException(400, {
        message: 'In the address, "version" and "at" both say when: give one of them.',
      })
    }
    if (at !== '') return versionAt(id, at)
    if (version === '') return undefined
    if (/^\d{1,15}$/.test(version) && Number(version) <= newest) return Number(version)
    throw new HTTPException(400, {
      message: `In the address, "version" takes 0 to ${newest}, the number of the newest event.`,
    })
  }

  const versionAt = async (id: string, at: string): Promise<number> => {
    const moment = momentOf(at)
    if (moment !== undefined) return context.store.versionAt(id, moment)
    throw new HTTPException(400, { message: `In the address, "at" takes ${A_MOMENT}.` })
  }

  routes.get('/', async (c) => {
    const id = accountOf(c)
    const query = readLogQuery(c)
    const now = await readings.current(id)
    assertIsThere(id, now)
    const version = await versionAsked(c, id, now.version)
    const shown = await showAccount(context, id, query, { version })
    c.header('Cache-Control', 'no-store')
    return c.html(
      <AccountPage shown={shown} tab={randomId()} canReset={reset !== undefined} assets={assets} />,
    )
  })

  routes.get('/stream', sameOriginOnly, async (c) => {
    const id = accountOf(c)
    const { tab, version, looks: count } = await readSignals(c)
    const { filter, before } = readLogQuery(c)
    assertIsThere(id, await readings.current(id))
    if (live.isFull(tab)) {
      c.header('Retry-After', '5')
      throw new HTTPException(503, { message: 'Too many open tabs: close one, or try again in a moment.' })
    }
    const hasMoved = count > 0
    const query = { filter, ...(before !== undefined && !hasMoved && { before }) }
    return lifecycle.during(() =>
      openStream(c, (stream) => live.openAccount(stream, tab, id, query, { version, count, isNews: false })),
    )
  })

  /** 204 once the tab is shown what it looks at now. */
  routes.post('/look', datastarJsonOnly, smallBodyOnly, async (c) => {
    const id = accountOf(c)
    const { tab, version, looks: count, at } = await readSignals(c)
    const now = await readings.current(id)
    assertIsThere(id, now)
    const newest = now.version
    const moment = typeof at === 'string' && at !== '' ? momentOf(at) : undefined
    if (version !== undefined && version > newest) {
      live.tell(tab, { _lookError: `There are ${newest} events so far.` })
    } else if (version !== undefined || at === '' || at === undefined) {
      await live.look(tab, id, { version, count, isNews: false })
    } else if (moment !== undefined) {
      const then = await context.store.versionAt(id, moment)
      await live.look(tab, id, { version: then, count, isNews: true })
    } else {
      live.tell(tab, { _lookError: `A time is ${A_MOMENT}.` })
    }
    return c.body(null, 204)
  })
  return routes
}

const A_MOMENT = 'a day such as 2026-11-17, or a time such as 2026-11-17T14:03 or 2026-11-17T14:03:00Z'
