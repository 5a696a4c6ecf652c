/** The composition root: reads the configuration, chooses the store, serves, and stops in good order. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { type Config, ConfigError, readConfig } from './config.ts'
import { MemoryEventStore } from './events/memory-store.ts'
import { createPassbook } from './passbook.ts'

/** When stopping: connections that are still open are cut then; what has not ended by then is given up. */
const CUT_MS = 2_000
const GIVE_UP_MS = 4_500

/** Who listens on this machine alone goes by its names alone, unless told otherwise. */
const namesOf = (host: string): readonly string[] | undefined =>
  /^(localhost|127\..*|::1)$/i.test(host)
    ? [host.toLowerCase(), '127.0.0.1', 'localhost', '[::1]']
    : undefined

const start = async ({ host, port, datastarUrl, ...config }: Config): Promise<void> => {
  const store = new MemoryEventStore()
  const allowedHosts = config.allowedHosts ?? namesOf(host)
  const passbook = await createPassbook(store, { datastarUrl, allowedHosts, clear: () => store.clear() })

  const server = createServer(getRequestListener(passbook.app.fetch))
  server.listen(port, host)
  await once(server, 'listening')

  const stop = async () => {
    setTimeout(
      () => exit('gave up on commands that did not end; to send them again is safe'),
      GIVE_UP_MS,
    ).unref()
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
  console.log(
    `Passbook is live at ${addressOf(server)}\nEvents are kept in memory: they are gone when it stops.`,
  )
}

const addressOf = (server: Server): string => {
  const address = server.address()
  if (address === null || typeof address === 'string') return String(address)
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${host}:${address.port}`
}

/** One line for what people can mend; undefined for a fault of ours. */
const explain = (error: unknown): string | undefined => {
  if (error instanceof ConfigError) return error.message
  if (!(error instanceof Error && 'code' in error && 'syscall' in error)) return undefined
  if (error.code === 'EADDRINUSE') {
    return `${error.message}. Stop what listens there, or choose another port with --port.`
  }
  return error.syscall === 'listen' || error.syscall === 'getaddrinfo'
    ? `${error.message}. Choose where to listen with --host and --port.`
    : undefined
}

const exit = (reason: string): never => {
  console.error(`passbook: ${reason}`)
  process.exit(1)
}

try {
  await start(readConfig(process.argv.slice(2)))
} catch (error) {
  const reason = explain(error)
  if (reason === undefined) throw error
  exit(reason)
}
