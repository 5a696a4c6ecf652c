/** One life of a server: it starts, works as hard as it is made to, and dies. */
import { setTimeout as delay } from 'node:timers/promises'
import { Connection } from './connection.ts'
import type { Death, Running } from './deaths.ts'
import type { Journal } from './journal.ts'
import { type Load, startLoad } from './load.ts'
import type { Database, Place } from './place.ts'
import type { Random } from './random.ts'
import { endWithin, type Server, startServer } from './server.ts'

export interface World {
  readonly place: Place
  readonly journal: Journal
  readonly random: Random
  /** What is run as the server in place of Passbook. */
  readonly script: string | undefined
  /** How long the last start took; a first guess, to begin with. */
  startMs: number
}

export const PASSBOOK = 'src/main.ts'
/** The same, but particular about the commits that it dies in. */
const PARTICULAR_SERVER = 'test/crash/particular-server.ts'

/** Resolves when the server is dead; throws if it did not die of what it was to die of. */
export const liveAndDie = async (world: World, death: Death): Promise<void> => {
  const within = death.type === 'at-point' ? death.within : undefined
  const server = startServer(world.script ?? (within === undefined ? PASSBOOK : PARTICULAR_SERVER), {
    PASSBOOK_STORE: world.place.store,
    ...(death.type === 'at-point' && { PASSBOOK_CRASH_AT: `${death.point}:${death.count}` }),
    ...(within !== undefined && { CRASH_WITHIN: within }),
  })
  try {
    if (death.type === 'starting') await delay(world.startMs * death.part)
    else await work(world, server, death)
    if (death.type !== 'at-point') server.kill()
    const { code, signal } = await endWithin(DEATH_MS, server)
    if (signal !== 'SIGKILL') throw new Error(`The server ended by itself, with ${code}: ${server.output()}`)
  } finally {
    server.kill()
  }
}

/** A server that lives for longer does not come to where it is to die. */
const DEATH_MS = 30_000

const work = async (world: World, server: Server, death: Death): Promise<void> => {
  const { journal, random, place } = world
  const start = performance.now()
  const url = await server.url
  if (url === undefined) return
  world.startMs = performance.now() - start
  const connection = new Connection(url)
  const look = async (account: string) => {
    const balance = await connection.balance(account)
    if (balance !== undefined) journal.lookedAt(account, balance)
  }
  await Promise.all(journal.accounts.map(look))
  const load = startLoad(connection, journal, random)
  void server.exit.then(load.stop)
  try {
    await untilDeath(death, load, server, place.database)
    server.kill()
  } finally {
    await load.stop()
    connection.close()
  }
}

const untilDeath = async (
  death: Death,
  load: Load,
  server: Server,
  database: Database | undefined,
): Promise<void> => {
  const running = async ({ acknowledged, afterMs }: Running) => {
    const isReached = await Promise.race([
      load.acknowledges(acknowledged).then(() => true),
      server.exit.then(() => true),
      delay(DEATH_MS, false, { ref: false }),
    ])
    if (!isReached) throw new Error(`The server does not acknowledge enough. It said: ${server.output()}`)
    await delay(afterMs)
  }
  switch (death.type) {
    case 'running':
      return running(death)
    case 'after-database':
      await running(death.database)
      await database?.kill()
      if (!death.server) server.kill()
      await database?.start()
      return death.server && running(death.server)
    case 'at-point':
      await endWithin(DEATH_MS, server)
  }
}
