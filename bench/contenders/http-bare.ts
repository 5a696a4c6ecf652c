/** As little as a server in Node can do with a deposit: read it, parse it, add it up, and answer 204. */
import { createServer } from 'node:http'
import { Client } from '../clients/client.ts'
import type { Depositing } from '../clients/load.ts'
import type { Open } from '../contest.ts'
import { closed, listening } from './listening.ts'

export const CONNECTIONS = 64
export const ROUND_MS = 600
/** A server runs for days: its first thousands of requests, in code that is not compiled yet, do not count. */
export const WARM_UPS = 2

export const open: Open<unknown> = async () => {
  let dollars = 0
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (text: string) => {
      body += text
    })
    request.on('end', () => {
      dollars += Number(JSON.parse(body).amount)
      response.writeHead(204).end()
    })
  })
  const port = await listening(server)
  const load = new Client<Depositing>(new URL('../clients/load.ts', import.meta.url))
  const tabs = Array.from({ length: CONNECTIONS }, (_, index) => `tab-${index + 1}`)

  const round = async () => {
    const before = dollars
    const { deposits, seconds } = await load.ask('asMany', { port, path: '/', tabs, forMs: ROUND_MS })
    if (dollars - before !== deposits) throw new Error(`${dollars - before} were added up, not ${deposits}`)
    return { requests: deposits / seconds }
  }
  for (let index = 0; index < WARM_UPS; index++) await round()

  return {
    round,
    close: async () => {
      await load.stop()
      await closed(server)
    },
  }
}
