/** Serves Passbook over HTTP, and stops in good order when it is told to. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Config } from './config.ts'
import { createPassbook } from './passbook.ts'
import type { Storage } from './storage.ts'

/** When stopping: connections that are still open are cut then; what has not ended by then is given up. */
const CUT_MS = 2_000
const GIVE_UP_MS = 4_500

/** Resolves when it listens. From then on it stops at SIGINT and SIGTERM, and ends the process. */
export const serve = async (
  storage: Storage,
  { host, port, datastarUrl, empty: isEmpty = false, ...config }: Config,
): Promise<void> => {
  const allowedHosts = config.allowedHosts ?? namesOf(host)
  const passbook = await createPassbook(storage, { datastarUrl, allowedHosts, isEmpty })

  const server = createServer(getRequestListener(passbook.app.fetch))
  server.listen(port, host)
  await once(server, 'listening')

  const stop = async () => {
    setTimeout(giveUp, GIVE_UP_MS).unref()
    await passbook.stop()
    const closed = once(server, 'close')
    server.close()
    setTimeout(() => server.closeAllConnections(), CUT_MS).unref()
    await closed
    process.exit(0)
  }
  let isStopping = false
  for (const signal of ['SIGINT', 'SIGTERM']) {
    // Ctrl-C comes twice under npm: from the terminal, and from npm.
    process.on(signal, () => {
      if (!isStopping) void stop()
      isStopping = true
    })
  }
  console.log(`Passbook is live at ${addressOf(server)}\n${storage.description}`)
}

/** Who listens on this machine alone goes by its names alone, unless told otherwise. */
const namesOf = (host: string): readonly string[] | undefined =>
  /^(localhost|127\..*|::1)$/i.test(host)
    ? [host.toLowerCase(), '127.0.0.1', 'localhost', '[::1]']
    : undefined

const giveUp = () => {
  console.error('passbook: gave up on what did not end; to send a command again is safe')
  process.exit(1)
}

const addressOf = (server: Server): string => {
  const address = server.address()
  if (address === null || typeof address === 'string') return String(address)
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${host}:${address.port}`
}
