/** What a request has to pass: where it comes from, what it carries, and what browsers may do with the answer. */
import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import { secureHeaders } from 'hono/secure-headers'

/** Datastar compiles the page's expressions, hence 'unsafe-eval'; everything else comes from this origin. */
export const securityHeaders = (clientOrigin?: string): MiddlewareHandler =>
  secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'", "'unsafe-eval'", ...(clientOrigin ? [clientOrigin] : [])],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      connectSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
    // Whether a domain is to be reached by TLS only is for whoever terminates TLS to say, and over plain HTTP
    // browsers complain of the other two.
    strictTransportSecurity: false,
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
  })

/**
 * Refuses a request to a name that the server does not go by: a page elsewhere can have its own name point here
 * (DNS rebinding), and would then pass for ours.
 */
export const knownHostsOnly =
  (names: readonly string[]): MiddlewareHandler =>
  async (c, next) => {
    const name = parse(`http://${c.req.header('Host')}`)?.hostname.replace(/\.$/, '')
    if (name === undefined || !names.includes(name)) {
      throw new HTTPException(421, {
        message: 'This server does not go by that name. Use another, or allow it with --allowed-hosts.',
      })
    }
    await next()
  }

/** Refuses what a page of another site asks for. Clients that are no browser say neither and pass. */
export const sameOriginOnly: MiddlewareHandler = (c, next) => {
  const site = c.req.header('Sec-Fetch-Site')
  const origin = c.req.header('Origin')
  const isOurs = site ? site === 'same-origin' : !origin || parse(origin)?.host === c.req.header('Host')
  if (!isOurs) {
    throw new HTTPException(403, { message: 'Refused: this request comes from a page of another site.' })
  }
  return next()
}

/** Only Datastar's own requests: a form or a link of another site cannot send this header. */
export const datastarJsonOnly: MiddlewareHandler = (c, next) => {
  if (c.req.header('Datastar-Request') !== 'true') {
    throw new HTTPException(400, { message: 'Send the header "Datastar-Request: true" with every command.' })
  }
  if (!/^application\/json\s*(;|$)/i.test(c.req.header('Content-Type') ?? '')) {
    throw new HTTPException(415, {
      message: 'Send the signals as JSON, with "Content-Type: application/json".',
    })
  }
  return next()
}

const MAX_BODY = 16 * 1024

const refuseLargeBody = (): never => {
  throw new HTTPException(413, { message: 'Too large: a command has at most 16 KB of signals.' })
}

const countedBody = bodyLimit({ maxSize: MAX_BODY, onError: refuseLargeBody })

/** A body that comes with its length is no longer than that. Others are counted as they come, which takes its time. */
export const smallBodyOnly: MiddlewareHandler = (c, next) => {
  const length = c.req.header('Content-Length')
  if (length === undefined) return countedBody(c, next)
  return Number(length) <= MAX_BODY ? next() : refuseLargeBody()
}

const parse = (url: string): URL | undefined => (URL.canParse(url) ? new URL(url) : undefined)
