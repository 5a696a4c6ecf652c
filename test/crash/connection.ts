/** Sends commands to one server as the page does, over connections that are kept open. */
import { Agent, type OutgoingHttpHeaders, request } from 'node:http'
import type { Answer, Order } from './journal.ts'

/** What every command is sent as, and so who the log says did it. */
export const TAB = 'crash-test'

/** What is not answered for so long is taken for lost. */
const PATIENCE_MS = 10_000

interface Exchange {
  readonly method: 'GET' | 'POST'
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string
}

interface Response {
  readonly status: number
  readonly text: string
}

export class Connection {
  readonly #account: string
  readonly #agent = new Agent({ keepAlive: true })

  constructor(url: string) {
    this.#account = `${url}/accounts/shared`
  }

  async send({ type, key, amount }: Order): Promise<Answer> {
    const body = JSON.stringify({ tab: TAB, amount: (amount / 100).toFixed(2) })
    const headers = {
      'Content-Type': 'application/json',
      'Content-Length': body.length,
      'Datastar-Request': 'true',
      'Idempotency-Key': key,
    }
    const response = await this.#exchange(`/${type}`, { method: 'POST', headers, body })
    if (!response) return { type: 'unknown', reason: 'no answer' }
    const { status, text } = response
    if (status === 204) return { type: 'acknowledged' }
    return { type: status >= 500 ? 'unknown' : 'refused', reason: `${status} ${text.trim()}` }
  }

  /** As the page shows it, in cents; undefined if it cannot be had. */
  async balance(): Promise<number | undefined> {
    const response = await this.#exchange('', { method: 'GET' })
    const [, shown] = /<output id="balance-amount".*?>(.*?)<\/output>/s.exec(response?.text ?? '') ?? []
    return shown === undefined ? undefined : Number(shown.replace(/<.*?>|[^\d−]/g, '').replace('−', '-'))
  }

  close(): void {
    this.#agent.destroy()
  }

  /** Undefined if there was no answer, or only a part of one. */
  #exchange(path: string, { body, ...options }: Exchange): Promise<Response | undefined> {
    return new Promise((resolve) => {
      const giveUp = () => resolve(undefined)
      const asked = request(
        this.#account + path,
        { ...options, agent: this.#agent, timeout: PATIENCE_MS },
        (response) => {
          let text = ''
          response.setEncoding('utf8').on('data', (part: string) => {
            text += part
          })
          response.once('end', () => resolve({ status: response.statusCode ?? 0, text }))
          response.once('error', giveUp).once('close', giveUp)
        },
      )
      asked.once('error', giveUp).once('timeout', () => asked.destroy())
      asked.end(body)
    })
  }
}
