/** Real connections for these tests: a server whose every request becomes a stream, and a client that may not read. */
import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type Server,
  type ServerResponse,
} from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { constants, createGunzip } from 'node:zlib'
import { afterAll, afterEach, beforeAll, vi } from 'vitest'
import { Frame } from '../../src/registry/frame.ts'
import { SseStream, type SseStreamOptions } from '../../src/registry/sse-stream.ts'

/** More than the kernel takes for a client that does not read. */
export const HUGE = new Frame(`: ${'.'.repeat(8 << 20)}\n\n`)

/** A frame that is told from all others by its name, and as long as wanted. */
export const view = (name: string | number, length = 0) =>
  new Frame(`data: ${name} ${'.'.repeat(length)}\n\n`)

/** Reads an event stream as it arrives, decompressed if it must be. */
export class Client {
  readonly head: IncomingMessage
  /** What was read so far, as text and as it was on the wire (without the chunks of HTTP). */
  text = ''
  readonly chunks: Buffer[] = []
  /** The names of the views that were read whole, in order. */
  readonly views: string[] = []
  #rest = ''

  constructor(head: IncomingMessage) {
    this.head = head
    const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH })
    gunzip.setEncoding('utf8').on('data', (text: string) => this.#read(text))
    const isGzip = head.headers['content-encoding'] === 'gzip'
    head.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk)
      if (isGzip) gunzip.write(chunk)
      else this.#read(chunk.toString())
    })
    head.on('error', () => {})
  }

  static get(url: string, headers: OutgoingHttpHeaders = {}, method = 'GET'): Promise<Client> {
    return new Promise((resolve, reject) => {
      request(url, { agent: false, headers, method }, (head) => resolve(new Client(head)))
        .on('error', reject)
        .end()
    })
  }

  /** How the response ended: in good order, or cut. */
  get ending(): 'open' | 'ended' | 'cut' {
    if (!this.head.closed) return 'open'
    return this.head.complete ? 'ended' : 'cut'
  }

  pause(): void {
    this.head.pause()
  }

  resume(): void {
    this.head.resume()
  }

  cut(): void {
    this.head.destroy()
  }

  #read(text: string): void {
    this.text += text
    this.#rest += text
    if (!text.includes('\n')) return
    const blocks = this.#rest.split('\n\n')
    this.#rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const [, name] = /^data: (\S+) /.exec(block) ?? []
      if (name !== undefined) this.views.push(name)
    }
  }
}

export interface Tab {
  readonly stream: SseStream
  readonly response: ServerResponse
  readonly client: Client
}

export const urlOf = (server: Pick<Server, 'address'>): string => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server does not listen.')
  return `http://127.0.0.1:${address.port}`
}

/** Listens while the tests of a file run; what they opened is cut after each. */
export const streamServer = () => {
  const requests = new Map<string, (response: ServerResponse) => void>()
  const server = createServer((incoming, response) => requests.get(incoming.url ?? '')?.(response))
  let opened = 0

  beforeAll(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening')
  })
  afterEach(() => server.closeAllConnections())
  afterAll(() => {
    server.close()
  })

  /** Sends a request; says when it reached the server and when its answer's head came back. */
  const ask = () => {
    opened += 1
    const path = `/${opened}`
    const arrived = new Promise<ServerResponse>((resolve) => requests.set(path, resolve))
    return { arrived, answered: Client.get(urlOf(server) + path) }
  }

  const open = async ({
    reads = true,
    ...options
  }: SseStreamOptions & { reads?: boolean } = {}): Promise<Tab> => {
    const { arrived, answered } = ask()
    const response = await arrived
    const stream = new SseStream(response, options)
    const client = await answered
    if (!reads) client.pause()
    return { stream, response, client }
  }

  return { ask, open }
}

/** Waits for something to happen on real sockets, whether or not time is faked. */
export const until = async (condition: () => boolean): Promise<void> => {
  const start = performance.now()
  while (!condition()) {
    if (performance.now() - start > 10_000) throw new Error(`Still not so after 10 s: ${condition}`)
    await nextTurn()
  }
}

/** From here to the end of the test, timers fire when the test says so; sockets go on as ever. */
export const fakeTimers = (): void => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
  })
}

export const realTimers = (): void => {
  vi.useRealTimers()
}
