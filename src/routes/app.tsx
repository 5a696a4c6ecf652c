/** The web application: guards, pages, streams, commands, assets and health, put together. */
import { type Context, Hono } from 'hono'
import { compress } from 'hono/compress'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { type EventLog, StoreUnavailableError } from '../events/event-log.ts'
import type { StreamEnv } from '../registry/open-stream.ts'
import { type AccountContext, accountRoutes } from './account/account.tsx'
import { type CommandContext, commandRoutes } from './account/commands.tsx'
import { accountsRoutes } from './accounts/accounts.tsx'
import { openingRoutes } from './accounts/opening.ts'
import { eventRoutes } from './event/event-page.tsx'
import { knownHostsOnly, sameOriginOnly, securityHeaders } from './guards.ts'
import { ErrorPage } from './layout.tsx'
import { exportRoutes } from './papers/export-routes.ts'
import { statementRoutes } from './papers/statement-routes.tsx'

const isSafe = (c: Context): boolean => ['GET', 'HEAD', 'OPTIONS'].includes(c.req.method)

const UNKNOWN = 'It is not known whether this was done; to send it again with its key is safe.'

export interface AppContext extends AccountContext, CommandContext {
  /** The events as they are stored. */
  readonly log: EventLog
  readonly now: () => Date
  /** The names that the server goes by; any, if it is not said. */
  readonly allowedHosts: readonly string[] | undefined
  /** The positions that the log and the summaries of accounts have come to. */
  readonly progress: () => Promise<Progress>
  /** Told what the server's own people have to know, and nobody else. */
  readonly onError: (error: unknown) => void
}

export interface Progress {
  readonly head: number
  readonly summaries: number
}

export const createApp = (context: AppContext): Hono<StreamEnv> => {
  const { assets, lifecycle, allowedHosts, progress, onError } = context
  const app = new Hono<StreamEnv>()

  app.get('*', securityHeaders(assets.clientOrigin))
  app.use(async (c, next) => {
    await next()
    if (lifecycle.isStopping) c.header('Connection', 'close')
  })
  app.get('/healthz', (c) => c.text('ok'))
  app.get('/readyz', async (c) => {
    c.header('Cache-Control', 'no-store')
    if (lifecycle.isStopping) return c.json({ status: 'stopping' }, 503)
    try {
      const { head, summaries } = await progress()
      return c.json({ status: 'ready', head, summaries, lag: Math.max(head - summaries, 0) })
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error
      onError(error)
      return c.json({ status: 'unreachable' }, 503)
    }
  })

  if (allowedHosts) app.use(knownHostsOnly(allowedHosts))
  app.get('*', compress())
  app.use((c, next) => (isSafe(c) ? next() : sameOriginOnly(c, next)))

  app.route('/', accountsRoutes(context))
  app.route('/accounts', openingRoutes(context))
  app.route('/accounts/:account', accountRoutes(context))
  for (const routes of [commandRoutes, statementRoutes, exportRoutes, eventRoutes]) {
    app.route('/accounts/:account', routes(context))
  }
  app.route('/', assets.routes)

  const explain = (c: Context, status: ContentfulStatusCode, title: string, message: string) => {
    c.header('Cache-Control', 'no-store')
    c.header('X-Content-Type-Options', 'nosniff')
    const wantsPage = ['GET', 'HEAD'].includes(c.req.method) && c.req.header('Accept')?.includes('text/html')
    const canLoadPage = status !== 421 && !c.req.header('Datastar-Request')
    return wantsPage && canLoadPage
      ? c.html(<ErrorPage assets={assets} title={title} message={message} />, status)
      : c.text(`${message}\n`, status)
  }

  app.notFound((c) => explain(c, 404, 'Not found', `There is nothing at ${c.req.path}.`))

  app.onError((error, c) => {
    if (error instanceof HTTPException) {
      return explain(c, error.status, 'Not possible', error.message)
    }
    if (error instanceof StoreUnavailableError) {
      onError(error)
      return isSafe(c)
        ? explain(c, 503, 'Not reachable', 'The store is not reachable. Try again in a moment.')
        : explain(c, 504, 'Not reachable', `The store is not reachable. ${UNKNOWN}`)
    }
    onError(error)
    return explain(
      c,
      500,
      'Something went wrong',
      'Something went wrong here; the log of the server says what.',
    )
  })
  return app
}
