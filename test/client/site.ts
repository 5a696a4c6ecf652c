// A site for one test: a page with the client on it, and routes that the test answers by hand. DATASTAR_URL names
// an official build to hold against the same specifications.

import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Browser, Page } from 'playwright-core'
import { expect, onTestFinished, vi } from 'vitest'
import { bundleClient } from '../../src/client/bundle.ts'

vi.setConfig({ testTimeout: 20_000, hookTimeout: 60_000 })

export type Call = {
  readonly headers: IncomingMessage['headers']
  /** What the browser sent of the page's signals, in the query or in the body. */
  readonly signals: unknown
}

export type Answer = (res: ServerResponse, call: Call) => void

export type Site = {
  readonly calls: (route: string) => readonly Call[]
  /** Opens the page, and remembers what it announced and complained of; `script` runs before the page's own. */
  readonly open: (script?: string) => Promise<Visit>
  /** Cuts every connection, and stops listening. */
  readonly kill: () => Promise<void>
  readonly listen: () => Promise<void>
}

export type Visit = {
  readonly page: Page
  /** Errors on the console, and errors that nothing caught. */
  readonly complaints: readonly string[]
  readonly warnings: readonly string[]
  /** The types of every datastar-fetch so far. */
  readonly announced: () => Promise<readonly string[]>
}

const client = process.env.DATASTAR_URL ? readFile(process.env.DATASTAR_URL, 'utf8') : bundleClient()

const html = (body: string) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Test</title>
<link rel="icon" href="data:,"><script type="module" src="/datastar.js"></script></head>${body}</html>`

const CSP = "default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self'; img-src data:"

const signalsOf = async (req: IncomingMessage, url: URL): Promise<unknown> => {
  const json = req.method === 'POST' ? await text(req) : url.searchParams.get('datastar')
  return json ? JSON.parse(json) : undefined
}

const REMEMBER = `window.announced = []
  document.addEventListener('datastar-fetch', ({ detail }) => window.announced.push(detail.type))`

/** `body` is the page's body element; routes are named like `POST /deposit`. */
export const openSite = async (
  browser: Browser,
  body: string,
  routes: Readonly<Record<string, Answer>> = {},
): Promise<Site> => {
  const script = await client
  const calls: (Call & { route: string })[] = []

  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const url = new URL(req.url ?? '/', 'http://localhost')
    const route = `${req.method} ${url.pathname}`
    if (route === 'GET /') {
      res.writeHead(200, { 'Content-Type': 'text/html', 'Content-Security-Policy': CSP }).end(html(body))
      return
    }
    if (route === 'GET /datastar.js') {
      res.writeHead(200, { 'Content-Type': 'text/javascript' }).end(script)
      return
    }
    const call = { route, headers: req.headers, signals: await signalsOf(req, url) }
    calls.push(call)
    const answer = routes[route]
    if (answer) answer(res, call)
    else res.writeHead(404).end()
  }

  let server: Server
  let port = 0
  const listen = async () => {
    server = createServer((req, res) => void handle(req, res).catch(() => res.destroy()))
    await new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
    port = (server.address() as AddressInfo).port
  }
  const kill = async () => {
    const closed = new Promise<void>((done) => server.close(() => done()))
    server.closeAllConnections()
    await closed
  }
  await listen()
  onTestFinished(kill)

  const open = async (script = ''): Promise<Visit> => {
    const page = await browser.newPage()
    onTestFinished(() => page.close())
    const complaints: string[] = []
    const warnings: string[] = []
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
      if (message.type() === 'warning') warnings.push(message.text())
    })
    await page.addInitScript({ content: `${REMEMBER}\n${script}` })
    await page.goto(`http://127.0.0.1:${port}/`)
    return { page, complaints, warnings, announced: () => page.evaluate<string[]>('window.announced') }
  }

  return { calls: (route) => calls.filter((call) => call.route === route), open, kill, listen }
}

/** Streams that the browser opened, in order; each route that answers with it adds one. */
export const eventStreams = () => {
  const opened: EventStream[] = []
  return {
    opened,
    /** The stream of that number, counted from 1, once the browser asked for it. */
    nth: async (number: number): Promise<EventStream> => {
      await eventually(() => opened.length).toBeGreaterThanOrEqual(number)
      const stream = opened[number - 1]
      if (!stream) throw new Error(`There is no stream ${number}.`)
      return stream
    },
    answer: (res: ServerResponse): void => {
      opened.push(eventStream(res))
    },
  }
}

export type EventStream = ReturnType<typeof eventStream>

const eventStream = (res: ServerResponse) => {
  res.writeHead(200, { 'Content-Type': 'text/event-stream' })
  res.flushHeaders()
  const write = (bytes: string | Uint8Array) => res.write(bytes)
  const send = (type: string, ...lines: string[]) =>
    write(`event: ${type}\n${lines.map((line) => `data: ${line}\n`).join('')}\n`)
  return {
    write,
    elements: (markup: string, ...lines: string[]) =>
      send('datastar-patch-elements', ...lines, ...markup.split('\n').map((line) => `elements ${line}`)),
    signals: (patch: object, ...lines: string[]) =>
      send('datastar-patch-signals', ...lines, `signals ${JSON.stringify(patch)}`),
    end: () => res.end(),
    cut: () => res.destroy(),
    /** Whether the browser, or the server, let go of it. */
    closed: () => res.destroyed || res.closed,
  }
}

export const eventually = <T>(look: () => T | Promise<T>) =>
  expect.poll(look, { timeout: 8000, interval: 20 })

export const noContent: Answer = (res) => res.writeHead(204).end()
