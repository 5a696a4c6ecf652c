/**
 * Kills servers at work, again and again, and then looks whether they kept what they promised. It is processes that are
 * killed, not the machine: whether the disk keeps what it was given is not seen here.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readStoreName } from '../../src/config.ts'
import { openStorage } from '../../src/storage.ts'
import { audit, type Findings, type Offence } from './audit.ts'
import { Connection } from './connection.ts'
import { deathOf } from './deaths.ts'
import { findingsIn } from './findings.ts'
import { isAcknowledged, Journal } from './journal.ts'
import { liveAndDie, type World } from './life.ts'
import { sendAll } from './load.ts'
import { makePlace, type Place, removePlace, type StoreType } from './place.ts'
import { randomFrom } from './random.ts'
import { endWithin, startServer } from './server.ts'

/** Answers before it commits; to be run in place of Passbook, so that one sees that it is found out. */
export const LYING_SERVER = 'test/crash/lying-server.ts'

export interface Options {
  /** How many servers are killed. */
  readonly kills: number
  readonly store: StoreType
  readonly seed: number
  /** What is run as the server: Passbook, if nothing else is said. */
  readonly script?: string
  readonly onKill?: (kills: number) => void
}

export interface Report {
  readonly kills: number
  /** Of the database, besides. */
  readonly databaseKills: number
  readonly acknowledged: number
  /** Those that were left at that. */
  readonly unknown: number
  readonly events: number
  readonly offences: readonly Offence[]
  /** Why outcomes were not known at first, and how often. */
  readonly failures: ReadonlyMap<string, number>
  /** Where the journal and the log are, if anything was wrong. */
  readonly folder: string | undefined
}

/** Throws if a server does not start again, or does not die as it should; the error says where everything is. */
export const run = async (options: Options): Promise<Report> => {
  const { store, seed, script = 'src/main.ts' } = options
  const place = await makePlace(store)
  const journal = new Journal()
  try {
    const world: World = { place, journal, random: randomFrom(seed), script, startMs: 1_000 }
    const killed = await killServers(world, options)
    await settle(world)
    const findings = await look(place)
    const offences = audit(journal.entries, findings)
    const isGood = offences.length === 0
    await (isGood ? removePlace(place) : keepRecords(place, journal, findings))
    const acknowledged = journal.entries.filter(isAcknowledged).length
    return {
      ...killed,
      acknowledged,
      unknown: journal.entries.length - acknowledged,
      events: findings.log.length,
      offences,
      failures: journal.failures,
      folder: isGood ? undefined : place.folder,
    }
  } catch (cause) {
    throw new Error(`The run broke off. What it has left is in ${place.folder}`, { cause })
  } finally {
    await place.close()
  }
}

/** How they die comes from a chance of its own, so that it does not hang on how fast the others were. */
const killServers = async (
  world: World,
  { kills: wanted, store, seed, onKill }: Options,
): Promise<Pick<Report, 'kills' | 'databaseKills'>> => {
  const chance = randomFrom(seed + 1)
  const first = chance.integer(0, 100)
  let [kills, databaseKills] = [0, 0]
  while (kills < wanted) {
    const death = deathOf(first + kills, store, chance)
    await liveAndDie(world, death)
    kills += 1
    if (death.type === 'after-database') databaseKills += 1
    onKill?.(kills)
  }
  return { kills, databaseKills }
}

/** Comes before anything is repeated, so that what was lost, and is done anew now, stands after it in the log. */
const LAST_ORDER = { key: 'last-command', type: 'deposit', amount: 1 } as const
/** So often what failed is sent again to a server that nobody kills any more. */
const ATTEMPTS = 100
/** So many that were acknowledged at some time are sent once more. */
const REPEATED = 300

/** A last server does what is left to be done, and stops in good order. */
const settle = async ({ place, journal, random, script }: World): Promise<void> => {
  const server = startServer(script, { PASSBOOK_STORE: place.store })
  try {
    const url = await server.url
    if (url === undefined) throw new Error(`The last server did not start: ${server.output()}`)
    const connection = new Connection(url)
    await sendAll(connection, journal, [journal.write(LAST_ORDER, { isPatient: true })])
    for (let attempt = 0; journal.waiting.size > 0; attempt++) {
      if (attempt === ATTEMPTS) throw new Error(`The last server answers no more: ${server.output()}`)
      await sendAll(connection, journal, journal.waiting)
    }
    const acknowledged = journal.entries.filter(isAcknowledged)
    const often = REPEATED / acknowledged.length
    await sendAll(
      connection,
      journal,
      acknowledged.filter(() => random.chance(often)),
    )
    connection.close()
    server.stop()
    const { code } = await endWithin(STOP_MS, server)
    if (code !== 0) throw new Error(`The last server did not stop in good order: ${server.output()}`)
  } finally {
    server.kill()
  }
}

const STOP_MS = 10_000

const look = async ({ store }: Place): Promise<Findings> => {
  const storage = await openStorage(readStoreName({ store }), { create: false })
  try {
    return await findingsIn(storage)
  } finally {
    await storage.close()
  }
}

const keepRecords = async ({ folder }: Place, journal: Journal, { log }: Findings): Promise<void> => {
  const lines = (values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('')
  await writeFile(join(folder, 'journal.ndjson'), lines(journal.entries))
  await writeFile(join(folder, 'log.ndjson'), lines(log))
}
