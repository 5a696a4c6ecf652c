/** Servers of the benchmarks: on this machine alone, with room for everybody who comes at once. */
import { once } from 'node:events'
import type { Server } from 'node:http'

/** Resolves with the port. */
export const listening = async (server: Server): Promise<number> => {
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 })
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}

export const closed = async (server: Server): Promise<void> => {
  const end = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await end
}
