/** Files that are made while they are sent. */
import { setImmediate as othersFirst } from 'node:timers/promises'
import type { Context } from 'hono'

interface Download {
  readonly account: string
  /** What is in it, with the ending of its name: `events.csv`. */
  readonly what: string
  readonly type: string
}

/**
 * Asks for the next chunk when the client has room for it, and for no more once the client is gone. Between two of them
 * others have their turn, however fast the store and the client are. It is not to be compressed on the way (`no-transform`):
 * a CompressionStream of Node takes in thousands of chunks before it says that it is full.
 */
export const download = (
  c: Context,
  { account, what, type }: Download,
  chunks: AsyncGenerator<string>,
): Response => {
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        await othersFirst()
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(encoder.encode(value))
      },
      cancel: async () => {
        await chunks.return(undefined)
      },
    },
    { highWaterMark: 0 },
  )
  return c.body(body, 200, {
    'Content-Type': `${type}; charset=utf-8`,
    'Content-Disposition': `attachment; filename="${nameOf(account, what)}"`,
    'Cache-Control': 'no-store, no-transform',
  })
}

/** Safe on any system, and in a header: of the account's name only what is ASCII, and not all of a long one. */
const nameOf = (account: string, what: string): string =>
  `passbook-${account.replace(/[^A-Za-z0-9._]+/g, '-').slice(0, 80)}-${what}`
