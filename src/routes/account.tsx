/** The routes of one account: its page, its stream, and its commands. */
import { type Context, Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { LRUCache } from 'lru-cache'
import { v4 as randomId } from 'uuid'
import { z } from 'zod'
import type { CommandHandler } from '../commands/handler.ts'
import { parseMoney } from '../events/money.ts'
import type { EventStore } from '../events/store.ts'
import type { CurrentAccounts } from '../projection/current-accounts.ts'
import { readLogWindow } from '../projection/log-window.ts'
import { openStream, type StreamEnv } from '../registry/open-stream.ts'
import { AccountPage } from './account-view.tsx'
import type { Assets } from './assets.ts'
import { datastarJsonOnly, sameOriginOnly, smallBodyOnly } from './guards.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { Live } from './live.tsx'
import { readSignals } from './signals.ts'

/** The account that everybody shares. */
export const SHARED = 'shared'

export interface AccountContext {
  readonly store: EventStore
  readonly accounts: CurrentAccounts
  readonly commands: CommandHandler
  readonly live: Live
  readonly lifecycle: Lifecycle
  readonly assets: Assets
  /** Clears the log, in every tab too; only for a store that can. */
  readonly reset: (() => Promise<void>) | undefined
}

/** Before the first event there are no rows. */
const beforeVersion = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)
  .refine((version) => version > 1)
  .optional()

const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/)
  .optional()

export const accountRoutes = (context: AccountContext): Hono<StreamEnv> => {
  const { store, accounts, commands, live, lifecycle, assets, reset } = context
  const routes = new Hono<StreamEnv>()

  routes.get('/', async (c) => {
    const before = beforeVersion.safeParse(c.req.query('before'))
    if (!before.success) {
      throw new HTTPException(400, {
        message: 'In the address, "before" takes the number of an event, such as 51.',
      })
    }
    const log = await readLogWindow(store, accounts, SHARED, before.data)
    c.header('Cache-Control', 'no-store')
    return c.html(
      <AccountPage
        id={SHARED}
        tab={randomId()}
        log={log}
        before={before.data}
        canReset={reset !== undefined}
        assets={assets}
      />,
    )
  })

  routes.get('/stream', sameOriginOnly, async (c) => {
    const { tab } = await readSignals(c)
    if (live.isFull(tab)) {
      c.header('Retry-After', '5')
      throw new HTTPException(503, { message: 'Too many open tabs: close one, or try again in a moment.' })
    }
    const view = c.req.query('show') === 'balance' ? 'balance' : 'log'
    return lifecycle.during(() => openStream(c, (stream) => live.open(stream, tab, SHARED, view)))
  })

  /** 204 whatever the outcome, once it is known; in words it goes to the tab that asked, over its stream. */
  const command = (path: string, run: (request: CommandRequest) => Promise<string>) =>
    routes.post(path, datastarJsonOnly, smallBodyOnly, async (c) => {
      const { tab, amount } = await readSignals(c)
      const id = readIdempotencyKey(c)
      await lifecycle.during(async () => {
        const error = await run({ id, actor: tab ?? 'unknown', amount })
        live.tell(tab, error)
      })
      return c.body(null, 204)
    })

  for (const type of ['deposit', 'withdraw'] as const) {
    command(`/${type}`, async ({ id, actor, amount }) => {
      const { account } = accounts.lastKnown(SHARED) ?? (await accounts.current(SHARED))
      const money = parseMoney(amount, account.currency)
      if (money.type === 'invalid') return money.message
      return messageOf(await commands.handle(SHARED, { id, actor, command: { type, amount: money.amount } }))
    })
  }

  if (reset) {
    const done = new LRUCache<string, true>({ max: 1_000 })
    command('/reset', async ({ id }) => {
      if (done.has(id)) return ''
      done.set(id, true)
      await reset()
      return ''
    })
  }
  return routes
}

interface CommandRequest {
  readonly id: string
  readonly actor: string
  /** As it was typed. */
  readonly amount: unknown
}

/** What the tab that asked is told; nothing, if all went well, which also clears what it was told before. */
const messageOf = (outcome: Awaited<ReturnType<CommandHandler['handle']>>): string => {
  switch (outcome.type) {
    case 'accepted':
      return ''
    case 'rejected':
      return outcome.rejection.message
    case 'busy':
      return 'Busy: too many are using this account at once. Try again in a moment.'
    case 'id-taken':
      throw new HTTPException(422, {
        message: 'This Idempotency-Key was used for another command. Use a new one.',
      })
  }
}

/** The client's, as in Stripe's API; without one, a command that is sent twice is two commands. */
const readIdempotencyKey = (c: Context): string => {
  const key = idempotencyKey.safeParse(c.req.header('Idempotency-Key'))
  if (key.success) return key.data ?? randomId()
  throw new HTTPException(400, { message: 'An Idempotency-Key is 1 to 255 visible ASCII characters.' })
}
