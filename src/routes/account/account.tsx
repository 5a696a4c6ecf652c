/** The routes of an account: its page, its stream, and what its tabs look at. */
import { type Context, Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { v4 as randomId } from 'uuid'
import { momentOf } from '../../projection/moment.ts'
import type { StreamEnv } from '../../registry/open-stream.ts'
import { accountOf, assertIsThere } from '../addresses.ts'
import type { Assets } from '../assets.ts'
import { datastarJsonOnly, sameOriginOnly, smallBodyOnly } from '../guards.ts'
import type { Lifecycle } from '../lifecycle.ts'
import type { Live } from '../live.ts'
import { openLive } from '../open-live.ts'
import { readSignals } from '../signals.ts'
import { type AccountSources, showAccount } from './account-shown.ts'
import { AccountPage } from './account-view.tsx'
import { readLogQuery } from './log-query.ts'

export interface AccountContext extends AccountSources {
  readonly live: Live
  readonly lifecycle: Lifecycle
  readonly assets: Assets
  /** Clears the log, in every tab too; only for a store that can. */
  readonly reset: (() => Promise<void>) | undefined
}

/** To be mounted at an address with the parameter `account`. */
export const accountRoutes = (context: AccountContext): Hono<StreamEnv> => {
  const { store, readings, live, assets, reset } = context
  const routes = new Hono<StreamEnv>()

  /** What the address asks for; nothing for the newest. A form sends empty fields along. */
  const askedIn = async (c: Context, id: string, newest: number): Promise<Partial<Then>> => {
    const { version = '', at = '', time = '' } = c.req.query()
    if (version !== '' && at !== '') {
      throw new HTTPException(400, {
        message: 'In the address, "version" and "at" both say when: give one of them.',
      })
    }
    if (at !== '') {
      const then = await thenAt(id, time === '' ? at : `${at}T${time}`)
      if (typeof then === 'object') return then
      throw new HTTPException(400, { message: `In the address, "at" takes ${A_MOMENT}.` })
    }
    if (version === '') return {}
    if (/^\d{1,15}$/.test(version) && Number(version) <= newest) return { version: Number(version) }
    throw new HTTPException(400, {
      message: `In the address, "version" takes 0 to ${newest}, the number of the newest event.`,
    })
  }

  /** The version at a time that somebody asked for. */
  const thenAt = async (id: string, text: unknown): Promise<Then | 'not asked' | 'not understood'> => {
    if (text === undefined || text === '') return 'not asked'
    const asked = typeof text === 'string' ? momentOf(text) : undefined
    return asked === undefined ? 'not understood' : { version: await store.versionAt(id, asked), asked }
  }

  routes.get('/', async (c) => {
    const id = accountOf(c)
    const query = readLogQuery(c)
    const now = await readings.current(id)
    assertIsThere(id, now)
    const shown = await showAccount(context, id, query, await askedIn(c, id, now.version))
    c.header('Cache-Control', 'no-store')
    return c.html(
      <AccountPage shown={shown} tab={randomId()} canReset={reset !== undefined} assets={assets} />,
    )
  })

  routes.get('/stream', sameOriginOnly, async (c) => {
    const id = accountOf(c)
    const { tab, version, looks: count, asked: text } = await readSignals(c)
    const { filter, before } = readLogQuery(c)
    assertIsThere(id, await readings.current(id))
    const hasMoved = count > 0
    const query = { filter, ...(before !== undefined && !hasMoved && { before }) }
    const then = await thenAt(id, text)
    const look = { ...(typeof then === 'object' ? then : { version, asked: undefined }), count }
    return openLive(c, context, tab, async (stream) => {
      await live.openAccount(stream, tab, id, query, look)
      if (then === 'not understood') live.tell(tab, NO_TIME)
    })
  })

  /** 204 once the tab is shown what it looks at now. */
  routes.post('/look', datastarJsonOnly, smallBodyOnly, async (c) => {
    const id = accountOf(c)
    const { tab, version, looks: count, asked: text } = await readSignals(c)
    const now = await readings.current(id)
    assertIsThere(id, now)
    const then = await thenAt(id, text)
    if (then === 'not understood') {
      live.tell(tab, NO_TIME)
    } else if (typeof then === 'object') {
      await live.look(tab, id, { ...then, count })
    } else if (version !== undefined && version > now.version) {
      live.tell(tab, { _lookError: `There are ${now.version} events so far.` })
    } else {
      await live.look(tab, id, { version, count, asked: undefined })
    }
    return c.body(null, 204)
  })
  return routes
}

/** A version, and the instant that was asked for. */
interface Then {
  readonly version: number
  readonly asked: string
}

const A_MOMENT = 'a day such as 2026-11-17, or a time such as 2026-11-17T14:03 or 2026-11-17T14:03:00Z'
const NO_TIME = { asked: '', _lookError: `A time is ${A_MOMENT}.` }
