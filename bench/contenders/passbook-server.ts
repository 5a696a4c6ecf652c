/** The product on a socket, wired as `serve` does, with tabs of the shared account that follow it. */
import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { createPassbook } from '../../src/passbook.ts'
import { SHARED } from '../../src/projection/account.ts'
import type { Storage } from '../../src/storage.ts'
import { closed, listening } from './listening.ts'

export const ACCOUNT_PATH = `/accounts/${SHARED}`
export const DEPOSIT_PATH = `${ACCOUNT_PATH}/deposit`
/** `{tab}` stands for the name of the tab. */
export const STREAM_PATH = `${ACCOUNT_PATH}/stream?datastar=%7B%22tab%22%3A%22{tab}%22%7D`

export const tabNames = (count: number, name = 'tab'): string[] =>
  Array.from({ length: count }, (_, index) => `${name}-${index + 1}`)

export interface PassbookServer {
  readonly server: Server
  readonly port: number
  readonly close: () => Promise<void>
}

export const servePassbook = async (storage: Storage): Promise<PassbookServer> => {
  const passbook = await createPassbook(storage)
  const server = createServer(getRequestListener(passbook.app.fetch))
  const port = await listening(server)
  const close = async () => {
    await passbook.stop()
    await closed(server)
  }
  return { server, port, close }
}
