/** Turns a request to a Hono app on Node's server into an open stream. */
import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context, Env } from 'hono'
import { accepts } from 'hono/accepts'
import type { ContentEncoding } from './frame.ts'
import { SseStream, type SseStreamOptions, StreamClosedError } from './sse-stream.ts'

/** What a Hono app needs to know of Node's server to open streams. */
export type StreamEnv = Env & { Bindings: HttpBindings }

/**
 * Answers with an event stream, in gzip for a client that takes it. Register the stream before showing it
 * anything, so that no change falls in between. If `onOpen` fails the stream is dropped, and the app's own
 * `onError` is told. A HEAD request gets the head alone; one that waits behind another on its connection (HTTP
 * pipelining) is refused, since nobody would hear that it ended.
 *
 * @example
 * app.get('/stream', (c) => openStream(c, (stream) => registry.register(stream)))
 */
export const openStream = async (
  c: Context<StreamEnv>,
  onOpen: (stream: SseStream) => void | Promise<void>,
  options: Omit<SseStreamOptions, 'encoding'> = {},
): Promise<Response> => {
  if (c.req.method === 'HEAD') {
    return c.body(null, 200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
  }
  if (!c.env.outgoing.socket) return c.text('Ask for a stream on a connection of its own.\n', 400)
  const stream = new SseStream(c.env.outgoing, { ...options, encoding: negotiated(c) })
  try {
    await onOpen(stream)
  } catch (error) {
    stream.drop()
    if (!(error instanceof StreamClosedError)) throw error
  }
  return RESPONSE_ALREADY_SENT
}

const negotiated = (c: Context): ContentEncoding =>
  accepts(c, { header: 'Accept-Encoding', supports: ['gzip', 'identity'], default: 'identity' }) === 'gzip'
    ? 'gzip'
    : 'identity'
