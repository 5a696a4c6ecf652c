// A tab without a browser: it holds a stream, reads what is pushed, and sends commands as the page does.

import { setTimeout as delay } from 'node:timers/promises'

export interface Tab {
  readonly id: string
  readonly response: Response
  /** Everything received so far. */
  readonly received: () => string
  /** What was pushed in it, in order: signals and the elements that came with them are one. */
  readonly frames: () => readonly string[]
  /** Resolves when `text` has arrived after what was there at `since`; fails after five seconds, or when nothing comes any more. */
  readonly sees: (text: string, since?: number) => Promise<void>
  /** Resolves when the server has ended the stream; rejects if it was cut off, as far as one can tell. */
  readonly ended: Promise<void>
  readonly close: () => void
}

export interface Opening {
  /** What the address of the page adds, such as `&before=51`. */
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
  /** What the tab says beside its id. */
  readonly signals?: Readonly<Record<string, unknown>>
}

let count = 0

/** A tab of an account, or, at the address of the server itself, of the list of all. */
export const openTab = async (
  address: string,
  id = `tab-${++count}`,
  { query = '', headers = {}, signals = {} }: Opening = {},
): Promise<Tab> => {
  const leaving = new AbortController()
  const sent = encodeURIComponent(JSON.stringify({ tab: id, ...signals }))
  const response = await fetch(`${address}/stream?datastar=${sent}${query}`, {
    signal: leaving.signal,
    headers,
  })
  const isGzip = response.headers.get('Content-Encoding') === 'gzip'
  let text = ''
  let isOver = false
  const read = async () => {
    if (!response.body) return
    try {
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) text += chunk
    } catch (error) {
      if (!leaving.signal.aborted && !(isGzip && isCutShort(error))) throw error
    } finally {
      isOver = true
    }
  }
  return {
    id,
    response,
    received: () => text,
    frames: () => framesIn(text),
    sees: async (wanted, since = 0) => {
      const deadline = Date.now() + 5_000
      while (!text.includes(wanted, since)) {
        if (isOver || Date.now() > deadline) throw new Error(`never saw "${wanted}" in: ${text.slice(since)}`)
        await delay(5)
      }
    },
    ended: read(),
    close: () => leaving.abort(),
  }
}

const framesIn = (text: string): readonly string[] => {
  const events = text.split('\n\n').slice(0, -1)
  const isSignals = (event = '') => event.startsWith('event: datastar-patch-signals')
  const isFirst = (index: number) => isSignals(events[index]) || !isSignals(events[index - 1])
  const firsts = events.map((_, index) => index).filter(isFirst)
  return firsts.map((first, index) => events.slice(first, firsts[index + 1]).join('\n\n'))
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

/** Opens an account as a person does; resolves with the address that the person's tab is sent to. */
export const openAccount = async (
  url: string,
  { owner = 'Ada', currency = 'USD', opening = '' } = {},
): Promise<string> => {
  const tab = await openTab(url)
  await send(url, 'accounts', { tab: tab.id, owner, currency, opening })
  await tab.sees('"_goto":"')
  tab.close()
  const [, path = ''] = /"_goto":"([^"]+)"/.exec(tab.received()) ?? []
  return url + path
}

/** The id of an account, by its address. */
export const idOf = (address: string): string => decodeURIComponent(address.split('/').at(-1) ?? '')
