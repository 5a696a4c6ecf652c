/** Sends commands to one server as the page does, over connections that are kept open. */
import { Agent, type OutgoingHttpHeaders, request } from 'node:http'
import { accountPath } from '../../src/routes/addresses.ts'
import { type Answer, FREEZE_REASON, type Order } from './journal.ts'

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
  readonly #url: string
  readonly #agent = new Agent({ keepAlive: true })

  constructor(url: string) {
    this.#url = url
  }

  async send(order: Order): Promise<Answer> {
    const body = JSON.stringify({ tab: TAB, ...signalsOf(order) })
    const headers = {
      'Content-Type': 'application/json',
      'Content-Length': body.length,
      'Datastar-Request': 'true',
      'Idempotency-Key': order.key,
    }
    const path = order.type === 'open' ? '/accounts' : accountPath(order.account, order.type)
    const response = await this.#exchange(path, { method: 'POST', headers, body })
    if (!response) return { type: 'unknown', reason: 'no answer' }
    const { status, text } = response
    if (status === 204) return { type: 'acknowledged' }
    return { type: status >= 500 ? 'unknown' : 'refused', reason: `${status} ${text.trim()}` }
  }

  /** As the page shows it, in cents; undefined if it cannot be had. */
  async balance(account: string): Promise<number | undefined> {
    const response = await this.#exchange(accountPath(account), { method: 'GET' })
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
        this.#url + path,
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

/** What the page's forms would send. */
const signalsOf = (order: Order): Readonly<Record<string, string>> => {
  switch (order.type) {
    case 'open':
      return { owner: order.key, currency: 'USD', opening: inDollars(order.amount) }
    case 'deposit':
    case 'withdraw':
      return { amount: inDollars(order.amount) }
    case 'transfer':
      return { to: order.to, sum: inDollars(order.amount) }
    case 'freeze':
      return { why: FREEZE_REASON }
    case 'unfreeze':
      return {}
  }
}

const inDollars = (cents: number): string => (cents / 100).toFixed(2)
