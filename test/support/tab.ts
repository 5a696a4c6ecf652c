// A tab without a browser: it holds a stream, reads what is pushed, and sends commands as the page does.

import { setTimeout as delay } from 'node:timers/promises'

export interface Tab {
  readonly id: string
  readonly response: Response
  /** Everything received so far. */
  readonly received: () => string
  /** Resolves when `text` has arrived after what was there at `since`; fails after five seconds. */
  readonly sees: (text: string, since?: number) => Promise<void>
  /** Resolves when the server has ended the stream; rejects if it was cut off, as far as one can tell. */
  readonly ended: Promise<void>
  readonly close: () => void
}

let count = 0

export const openTab = async (
  account: string,
  id = `tab-${++count}`,
  { query = '', headers = {} } = {},
): Promise<Tab> => {
  const leaving = new AbortController()
  const signals = encodeURIComponent(JSON.stringify({ tab: id }))
  const response = await fetch(`${account}/stream?datastar=${signals}${query}`, {
    signal: leaving.signal,
    headers,
  })
  const isGzip = response.headers.get('Content-Encoding') === 'gzip'
  let text = ''
  const read = async () => {
    if (!response.body) return
    try {
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) text += chunk
    } catch (error) {
      if (!leaving.signal.aborted && !(isGzip && isCutShort(error))) throw error
    }
  }
  return {
    id,
    response,
    received: () => text,
    sees: async (wanted, since = 0) => {
      const deadline = Date.now() + 5_000
      while (!text.includes(wanted, since)) {
        if (Date.now() > deadline) throw new Error(`never saw "${wanted}" in: ${text.slice(since)}`)
        await delay(5)
      }
    },
    ended: read(),
    close: () => leaving.abort(),
  }
}

/** A compressed stream ends without gzip's trailer: nobody keeps a checksum for every tab. */
const isCutShort = (error: unknown): boolean => error instanceof TypeError && error.message === 'terminated'

export interface Sent {
  readonly key?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Sends a command with the headers that the page's client sends. */
export const send = (
  account: string,
  command: string,
  signals: unknown,
  { key, headers }: Sent = {},
): Promise<Response> =>
  fetch(`${account}/${command}`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'Datastar-Request': 'true',
      ...(key !== undefined && { 'Idempotency-Key': key }),
      ...headers,
    },
    body: typeof signals === 'string' ? signals : JSON.stringify(signals),
  })
