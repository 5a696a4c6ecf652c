/** Deposits over keep-alive connections, one in flight on each, as light on their client as can be. */
import { randomUUID } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { now, obey } from './client.ts'

/** What the page of an account sends along with every request; see `accountSignals`. */
const SIGNALS = {
  amount: '1.00',
  note: '',
  sum: '',
  to: '',
  why: '',
  version: '',
  asked: '',
  at: '',
  time: '',
  looks: 0,
}

const NO_CONTENT = 'HTTP/1.1 204 '

const room = Buffer.alloc(1 << 16)
const run = randomUUID()
let count = 0

class Connection {
  readonly #socket: Socket
  readonly #before: string
  readonly #after: string
  #answer = ''
  #onAnswer = (_answer: string): void => {}

  constructor(port: number, path: string, tab: string) {
    const body = JSON.stringify({ tab, ...SIGNALS })
    this.#before =
      `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\n` +
      `Datastar-Request: true\r\nContent-Length: ${body.length}\r\nIdempotency-Key: ${run}-`
    this.#after = `\r\n\r\n${body}`
    this.#socket = connect({ port, host: '127.0.0.1', onread: { buffer: room, callback: this.#read } })
  }

  /** Resolves when the deposit was answered with 204. */
  async deposit(): Promise<void> {
    count += 1
    this.#socket.write(`${this.#before}${count}${this.#after}`, 'latin1')
    const answer = await new Promise<string>((resolve) => {
      this.#onAnswer = resolve
    })
    if (!answer.startsWith(NO_CONTENT)) throw new Error(answer)
  }

  close(): void {
    this.#socket.destroy()
  }

  readonly #read = (length: number): boolean => {
    this.#answer += room.toString('latin1', 0, length)
    if (!this.#answer.endsWith('\r\n\r\n') && this.#answer.startsWith(NO_CONTENT)) return true
    const answer = this.#answer
    this.#answer = ''
    this.#onAnswer(answer)
    return true
  }
}

interface Load {
  readonly port: number
  readonly path: string
  /** There is a connection for each. */
  readonly tabs: readonly string[]
}

const connectionsOf = ({ port, path, tabs }: Load): Connection[] =>
  tabs.map((tab) => new Connection(port, path, tab))

const orders = {
  /** As many as can be, each connection sending the next when the last was answered. */
  asMany: async ({ forMs, ...load }: Load & { forMs: number }) => {
    const connections = connectionsOf(load)
    let deposits = 0
    const start = now()
    const sending = connections.map(async (connection) => {
      while (now() - start < forMs) {
        await connection.deposit()
        deposits += 1
      }
    })
    await Promise.all(sending)
    const seconds = (now() - start) / 1_000
    for (const connection of connections) connection.close()
    return { deposits, seconds }
  },

  /** So many, at regular intervals, the connections in turns. */
  paced: async ({
    deposits,
    everyMs,
    ...load
  }: Load & { deposits: number; everyMs: number }): Promise<void> => {
    const connections = connectionsOf(load)
    const start = now()
    const sending = connections.map(async (connection, first) => {
      for (let index = first; index < deposits; index += connections.length) {
        await delay(Math.max(start + index * everyMs - now(), 0))
        await connection.deposit()
      }
    })
    await Promise.all(sending)
    for (const connection of connections) connection.close()
  },
}

export type Depositing = typeof orders
obey(orders)
