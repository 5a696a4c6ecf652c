/**
 * Kills servers at work, again and again, and then looks whether they kept what they promised. It is processes that are
 * killed, not the machine: whether the disk keeps what it was given is not seen here.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { readStoreName } from '../../src/config.ts'
import { SHARED } from '../../src/projection/account.ts'
import { openStorage, type Storage } from '../../src/storage.ts'
import { audit, type Findings } from './audit.ts'
import { inFlightIn } from './audit-transfers.ts'
import { Connection } from './connection.ts'
import { type Death, deathOf } from './deaths.ts'
import { findingsIn, readLog } from './findings.ts'
import { isAcknowledged, Journal } from './journal.ts'
import { liveAndDie, PASSBOOK, type World } from './life.ts'
import { sendAll } from './load.ts'
import type { Offence } from './offence.ts'
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
  /** At which points, and how often. */
  readonly points: ReadonlyMap<string, number>
  readonly acknowledged: number
  /** Those that were left at that. */
  readonly unknown: number
  readonly events: number
  readonly accounts: number
  readonly transfers: number
  /** Those of them that the payee refused in the end. */
  readonly returned: number
  readonly offences: readonly Offence[]
  /** Why outcomes were not known at first, and how often. */
  readonly failures: ReadonlyMap<string, number>
  /** Where the journal and the log are, if anything was wrong. */
  readonly folder: string | undefined
}

/** Throws if a server does not start again, or does not die as it should; the error says where everything is. */
export const run = async (options: Options): Promise<Report> => {
  const { store, seed, script } = options
  const place = await makePlace(store)
  const journal = new Journal()
  try {
    const world: World = { place, journal, random: randomFrom(seed), script, startMs: 1_000 }
    const killed = await killServers(world, options)
    await settle(world)
    const findings = await withStorage(place, findingsIn)
    const offences = audit(journal.entries, findings)
    const isGood = offences.length === 0
    await (isGood ? removePlace(place) : keepRecords(place, journal, findings))
    const acknowledged = journal.entries.filter(isAcknowledged).length
    const { log } = findings
    return {
      ...killed,
      acknowledged,
      unknown: journal.entries.length - acknowledged,
      events: log.length,
      accounts: new Set(log.map(({ stream }) => stream)).size,
      transfers: log.filter(({ type }) => type === 'transferredOut').length,
      returned: log.filter(({ type }) => type === 'transferReturned').length,
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
): Promise<Pick<Report, 'kills' | 'databaseKills' | 'points'>> => {
  const chance = randomFrom(seed + 1)
  const points = new Map<string, number>()
  const first = chance.integer(0, 100)
  let [kills, databaseKills] = [0, 0]
  while (kills < wanted) {
    const death = deathOf(first + kills, store, chance)
    await liveAndDie(world, death)
    kills += 1
    if (death.type === 'after-database') databaseKills += 1
    const point = pointOf(death, world)
    if (point !== undefined) points.set(point, (points.get(point) ?? 0) + 1)
    onKill?.(kills)
  }
  return { kills, databaseKills, points }
}

/** A server that is run in place of Passbook counts all commits alike. */
const pointOf = (death: Death, { script }: World): string | undefined => {
  if (death.type !== 'at-point') return undefined
  const { point, within } = death
  return within === undefined || script !== undefined ? point : `${point} of ${within}`
}

/** Comes before anything is repeated, so that what was lost, and is done anew now, stands after it in the log. */
const LAST_ORDER = { key: 'last-command', account: SHARED, type: 'deposit', amount: 1 } as const
/** So often what failed is sent again to a server that nobody kills any more. */
const ATTEMPTS = 100
/** So many that were acknowledged at some time are sent once more. */
const REPEATED = 300

/** A last server does what is left to be done, ends the transfers that are under way, and stops in good order. */
const settle = async ({ place, journal, random, script = PASSBOOK }: World): Promise<void> => {
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
    await withStorage(place, nothingInFlight)
    server.stop()
    const { code } = await endWithin(STOP_MS, server)
    if (code !== 0) throw new Error(`The last server did not stop in good order: ${server.output()}`)
  } finally {
    server.kill()
  }
}

const STOP_MS = 10_000

/** What is still on its way then is left to the audit. */
const DEADLINE_MS = 20_000
const LOOK_MS = 50

const nothingInFlight = async (storage: Storage): Promise<void> => {
  const deadline = performance.now() + DEADLINE_MS
  let log = await readLog(storage)
  while (inFlightIn(log).size > 0 && performance.now() < deadline) {
    await delay(LOOK_MS)
    log = await readLog(storage, log)
  }
}

const withStorage = async <T>({ store }: Place, work: (storage: Storage) => Promise<T>): Promise<T> => {
  const storage = await openStorage(readStoreName({ store }), { create: false })
  try {
    return await work(storage)
  } finally {
    await storage.close()
  }
}

const keepRecords = async ({ folder }: Place, journal: Journal, { log }: Findings): Promise<void> => {
  const lines = (values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('')
  await writeFile(join(folder, 'journal.ndjson'), lines(journal.entries))
  await writeFile(join(folder, 'log.ndjson'), lines(log))
}
