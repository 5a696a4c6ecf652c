/**
 * `@get` and `@post` as in 1.0: a request that is announced, answered by an event stream or by nothing, and made
 * again after it failed. A failure of the network is retried whatever `retry` says: a `@post` with the same headers and
 * body, hence a command's Idempotency-Key; a `@get` with the signals of that moment, so that a stream comes back to what
 * the page looks at by then.
 */
import { type ActionPlugin, PluginType, type RuntimeContext } from 'datastar-beta/engine/types'
import { getBytes, getLines, getMessages } from 'datastar-beta/vendored/fetch-event-source'
import { untracked } from 'datastar-beta/vendored/preact-core'
import { announce } from './events.ts'

/** Times are in milliseconds. */
type Options = {
  readonly headers?: Readonly<Record<string, string>>
  /** What else is retried: `auto` nothing, `error` a status of 400 and more, `always` the end of a stream too. */
  readonly retry?: 'auto' | 'error' | 'always' | 'never'
  readonly retryInterval?: number
  readonly retryScaler?: number
  readonly retryMaxWait?: number
  /** Failures in a row before the request is given up. */
  readonly retryMaxCount?: number
  /** `auto`: a request cancels the earlier one that has the same method and URL. */
  readonly requestCancellation?: 'auto' | 'disabled'
  /** False (as for GET): a hidden tab hangs up, and asks again when it is shown. */
  readonly openWhenHidden?: boolean
}

const underway = new Map<string, AbortController>()

/** Waits for the tab to be hidden or shown, for the request to be cancelled, or for some time to pass. */
const idle = (cancelled: AbortSignal, time?: number): Promise<void> =>
  new Promise((resolve) => {
    const over = new AbortController()
    const end = () => {
      over.abort()
      clearTimeout(timer)
      resolve()
    }
    const timer = time === undefined ? undefined : setTimeout(end, time)
    document.addEventListener('visibilitychange', end, { signal: over.signal })
    cancelled.addEventListener('abort', end, { signal: over.signal })
  })

/** An event's data is lines of `name value`; a name's lines make one value. */
const argumentsOf = (data: string): Record<string, string> => {
  const args: Record<string, string> = {}
  for (const line of data.split('\n')) {
    const [name = ''] = line.split(' ', 1)
    const value = line.slice(name.length + 1)
    args[name] = name in args ? `${args[name]}\n${value}` : value
  }
  return args
}

const compose = (method: string, url: string, { signals }: RuntimeContext, headers: Options['headers']) => {
  const address = new URL(url, document.baseURI)
  const local = (name: string, value: unknown) => (name.startsWith('_') ? undefined : value)
  const body = untracked(() => JSON.stringify(signals.values(), local))
  const common = { Accept: 'text/event-stream', 'Datastar-Request': 'true' }
  if (method === 'GET') {
    address.searchParams.set('datastar', body)
    return new Request(address, { method, headers: { ...common, ...headers } })
  }
  const typed = { ...common, 'Content-Type': 'application/json', ...headers }
  return new Request(address, { method, headers: typed, body })
}

const converse = async (
  method: string,
  url: string,
  ctx: RuntimeContext,
  cancelled: AbortSignal,
  {
    headers,
    retry = 'auto',
    retryInterval = 1000,
    retryScaler = 2,
    retryMaxWait = 30_000,
    retryMaxCount = 10,
    openWhenHidden = method !== 'GET',
  }: Options,
): Promise<void> => {
  const { el } = ctx
  const away = () => document.hidden && !openWhenHidden
  let base = retryInterval
  let wait = base
  let failures = 0

  /** Says whether to ask again: `now` when it hung up itself. */
  const ask = async (request: Request): Promise<'now' | 'later' | 'never'> => {
    const line = new AbortController()
    const hangUp = () => {
      if (cancelled.aborted || away()) line.abort()
    }
    document.addEventListener('visibilitychange', hangUp, { signal: line.signal })
    cancelled.addEventListener('abort', hangUp, { signal: line.signal })
    try {
      const response = await fetch(request.clone(), { signal: line.signal })
      if (!response.ok) {
        announce('error', el, { status: `${response.status}` })
        return retry === 'always' || retry === 'error' ? 'later' : 'never'
      }
      wait = base
      failures = 0
      if (!response.body || !response.headers.get('Content-Type')?.includes('text/event-stream'))
        return 'never'
      const onRetry = (time: number) => {
        base = time
        wait = time
      }
      const onMessage = ({ event, data }: { event: string; data: string }) => {
        if (event.startsWith('datastar-')) announce(event, el, argumentsOf(data))
      }
      await getBytes(response.body, getLines(getMessages(() => {}, onRetry, onMessage)))
      return retry === 'always' ? 'later' : 'never'
    } catch {
      return line.signal.aborted ? 'now' : 'later'
    } finally {
      line.abort()
    }
  }

  let request: Request | undefined
  while (!cancelled.aborted) {
    if (away()) {
      await idle(cancelled)
      continue
    }
    request ??= compose(method, url, ctx, headers)
    const again = await ask(request)
    if (again === 'never') return
    if (again === 'now' || method === 'GET') request = undefined
    if (again === 'now') continue
    failures += 1
    if (failures > retryMaxCount) {
      announce('retries-failed', el)
      return
    }
    announce('retrying', el)
    await idle(cancelled, wait * (0.9 + Math.random() * 0.2))
    wait = Math.min(wait * retryScaler, retryMaxWait)
  }
}

const action = (name: string, method: string): ActionPlugin => ({
  type: PluginType.Action,
  name,
  fn: async (ctx: RuntimeContext, url: string, options: Options = {}): Promise<void> => {
    const cancel = new AbortController()
    if (options.requestCancellation !== 'disabled') {
      const key = `${method} ${url}`
      underway.get(key)?.abort()
      underway.set(key, cancel)
    }
    announce('started', ctx.el)
    try {
      await converse(method, url, ctx, cancel.signal, options)
    } finally {
      announce('finished', ctx.el)
    }
  },
})

export const get = action('get', 'GET')
export const post = action('post', 'POST')
