import { once } from 'node:events'
import { request } from 'node:http'
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { frame, GZIP_HEADER } from '../../src/registry/frame.ts'
import { openStream } from '../../src/registry/open-stream.ts'
import type { SseStream } from '../../src/registry/sse-stream.ts'
import { Client, HUGE, until, urlOf, view } from './support.ts'

const opened: SseStream[] = []
const errors: unknown[] = []
let release = () => {}
const released = () => new Promise<void>((resolve) => (release = resolve))

const app = new Hono<{ Bindings: HttpBindings }>()
app.onError((error, c) => {
  errors.push(error)
  return c.text('Something went wrong.', 500)
})
app.get('/stream', (c) => openStream(c, (stream) => void opened.push(stream)))
app.get('/impatient', (c) => openStream(c, (stream) => void opened.push(stream), { writeDeadlineMs: 1 }))
app.get('/fails', (c) =>
  openStream(c, (stream) => {
    opened.push(stream)
    throw new Error('No view today')
  }),
)
app.get('/fails-late', (c) =>
  openStream(c, async (stream) => {
    opened.push(stream)
    await new Promise(setImmediate)
    throw new Error('No view today')
  }),
)
app.get('/slow', async (c) => {
  const held = released()
  c.env.outgoing.on('close', () => release())
  await held
  return openStream(c, (stream) => {
    opened.push(stream)
    stream.send(view('hello'))
  })
})
app.get('/hello', (c) => c.text('Hello'))

const server = createAdaptorServer({ fetch: app.fetch })
beforeAll(() => once(server.listen(0, '127.0.0.1'), 'listening'))
afterEach(() => {
  vi.restoreAllMocks()
  for (const stream of opened.splice(0)) stream.drop()
  errors.splice(0)
})
afterAll(() => {
  server.close()
})

const get = (path = '/stream', acceptEncoding?: string) =>
  Client.get(urlOf(server) + path, acceptEncoding === undefined ? {} : { 'Accept-Encoding': acceptEncoding })

/** Reads what comes back from a server by fetch, as it arrives and without compression's being seen. */
const fetching = async (acceptEncoding: string) => {
  const response = await fetch(`${urlOf(server)}/stream`, { headers: { 'Accept-Encoding': acceptEncoding } })
  const read = { text: '' }
  const reading = (async () => {
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) read.text += decoder.decode(chunk, { stream: true })
  })()
  reading.catch(() => {})
  return read
}

const newest = () => {
  const stream = opened.at(-1)
  if (!stream) throw new Error('No stream was opened.')
  return stream
}

describe('a stream', () => {
  it('answers with the head of an event stream that nothing on the way keeps, buffers or takes for another type', async () => {
    const { head } = await get()
    expect(head.statusCode).toBe(200)
    expect(head.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      vary: 'Accept-Encoding',
    })
  })

  it('is there before anything is sent', async () => {
    const plain = await get()
    expect(plain.ending).toBe('open')
    expect(plain.chunks).toEqual([])
  })

  it('starts with the gzip header before anything is sent', async () => {
    const zipped = await get('/stream', 'gzip')
    await until(() => zipped.chunks.length > 0)
    expect(Buffer.concat(zipped.chunks)).toEqual(GZIP_HEADER)
  })

  it('passes the options on', async () => {
    const client = await get('/impatient')
    client.pause()
    const left = new Promise<void>((resolve) => newest().onClose(resolve))
    newest().send(HUGE)
    await left
  })
})

describe('the encoding', () => {
  it.each([
    ['gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['gzip, deflate, br', 'gzip'],
    ['gzip, deflate, br, zstd', 'gzip'],
    ['br;q=1.0, gzip;q=0.8, *;q=0.1', 'gzip'],
    ['identity;q=0, gzip', 'gzip'],
    ['identity;q=0.5, gzip;q=0.4', undefined],
    ['br', undefined],
    ['deflate', undefined],
    ['gzip;q=0', undefined],
    ['gzip;q=0, *', undefined],
    ['identity', undefined],
    ['*', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('of a client that accepts %j is %j', async (accepted, encoding) => {
    const client = await get('/stream', accepted)
    expect(client.head.headers['content-encoding']).toBe(encoding)
    newest().send(view('hello'))
    await until(() => client.views.includes('hello'))
  })
})

describe.each(['gzip', 'identity'])('a client that takes %s', (acceptEncoding) => {
  it('can read each frame when it was sent and before the next is', async () => {
    const client = await get('/stream', acceptEncoding)
    for (let i = 0; i < 20; i++) {
      newest().send(frame((d) => d.patchSignals(`{"n":${i}}`)))
      await until(() => client.text.endsWith(`data: signals {"n":${i}}\n\n`))
    }
  })

  it('can read each frame with fetch, as a browser does', async () => {
    const read = await fetching(acceptEncoding)
    for (let i = 0; i < 20; i++) {
      newest().send(frame((d) => d.patchSignals(`{"n":${i}}`)))
      await until(() => read.text.endsWith(`data: signals {"n":${i}}\n\n`))
    }
  })
})

describe('a stream that cannot be opened', () => {
  it.each([
    '/fails',
    '/fails-late',
  ])('is cut when its first view fails, and the app is told why: %s', async (path) => {
    vi.spyOn(console, 'error').mockImplementation(() => {}) // the adapter's complaint that it cannot answer 500
    const client = await get(path)
    await until(() => client.ending !== 'open')
    expect(client.ending).toBe('cut')
    expect(opened[0]?.isClosed).toBe(true)
    expect(errors).toEqual([new Error('No view today')])
  })

  it('is no error when its client has left meanwhile', async () => {
    const asking = request(`${urlOf(server)}/slow`, { agent: false }).on('error', () => {})
    const arrived = once(server, 'request')
    asking.end()
    await arrived
    asking.destroy()
    await until(() => opened.length === 1)
    expect(newest().isClosed).toBe(true)
    expect(errors).toEqual([])
  })
})

describe('HEAD', () => {
  it('gets the head alone, and opens nothing', async () => {
    const logged = vi.spyOn(console, 'error')
    const client = await Client.get(`${urlOf(server)}/stream`, {}, 'HEAD')
    await until(() => client.ending === 'ended')
    expect(client.head.headers['content-type']).toBe('text/event-stream')
    expect(opened).toEqual([])
    expect(logged).not.toHaveBeenCalled()
  })
})
