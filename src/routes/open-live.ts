/** Opens the streams of live pages, as many as there is room for. */
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { openStream, type StreamEnv } from '../registry/open-stream.ts'
import type { SseStream } from '../registry/sse-stream.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { Live } from './live.ts'

interface LiveContext {
  readonly live: Live
  readonly lifecycle: Lifecycle
}

/** A 503 if the tab has too many streams already, or all tabs together have. */
export const openLive = (
  c: Context<StreamEnv>,
  { live, lifecycle }: LiveContext,
  tab: string | undefined,
  onOpen: (stream: SseStream) => void | Promise<void>,
): Promise<Response> => {
  if (live.isFull(tab)) {
    c.header('Retry-After', '5')
    throw new HTTPException(503, { message: 'Too many open tabs: close one, or try again in a moment.' })
  }
  return lifecycle.during(() => openStream(c, onOpen))
}
