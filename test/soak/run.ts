/**
 * Has a server work for a while: commands at a steady rate, and tabs that do what tabs do. Then looks whether every tab
 * shows what the log says, whether anything is left of the tabs when they are gone, and whether memory grew meanwhile.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { SHARED } from '../../src/projection/account.ts'
import { openStorage } from '../../src/storage.ts'
import { randomFrom } from '../crash/random.ts'
import type { State } from './answers.ts'
import { grownMemory, leftBehind, type Watching, wrongTabs } from './checks.ts'
import { Crowd } from './crowd.ts'
import { type Fault, fault } from './fault.ts'
import { type Folds, foldLog } from './folds.ts'
import { type Load, startLoad } from './load.ts'
import { Poster } from './poster.ts'
import { fillCaches, openAccounts } from './preparing.ts'
import { startWatched, type WatchedServer } from './watched-server.ts'

export interface Options {
  readonly seconds: number
  readonly seed: number
  /** Commands a second. */
  readonly rate: number
  /** At a time. */
  readonly tabs: number
  /** The longest that a tab does nothing, unless it stalls. */
  readonly tabPauseMs: number
  /** So many commands are rejected first: what keeps something of the newest is as large then as it gets. */
  readonly rejectedFirst: number
  /** How long it may take, once it has nothing to do, until all is as it should be. */
  readonly patienceMs: number
  /** What is run as the server: Passbook, if nothing else is said. */
  readonly script?: string
  readonly env?: Readonly<Record<string, string>>
  readonly onProgress?: (progress: Progress) => void
}

export interface Progress {
  /** One after the other. */
  readonly states: readonly State[]
  readonly sent: Load['sent']
  readonly crowd: Pick<Crowd, 'tabs' | 'done' | 'dropped'>
}

export interface Report extends Progress {
  readonly events: number
  readonly faults: readonly Fault[]
}

/** The server's state is looked at so often, or more often in a long run; a slow machine has to work on for the fewest. */
const [SAMPLES, FEWEST_SAMPLES] = [24, 12]
const MAX_BETWEEN_MS = 5_000

export const run = async (options: Options): Promise<Report> => {
  const { script = 'test/soak/server.ts', env = {} } = options
  const folder = await mkdtemp(join(tmpdir(), 'passbook-soak-'))
  const path = join(folder, 'passbook.db')
  const server = await startWatched(script, { ...env, PASSBOOK_STORE: `sqlite:${path}` })
  try {
    const { watching, faults, ...progress } = await soak(server, path, options)
    const code = await server.stop()
    if (code !== 0) faults.push(fault('complained', `it ended with ${code}`))
    if (server.complaints() !== '') faults.push(fault('complained', server.complaints()))
    const folds = await readFolds(path)
    faults.push(...wrongTabs(watching, folds), ...grownMemory(progress.states))
    return { ...progress, events: folds.events, faults }
  } finally {
    await server.stop()
    await rm(folder, { recursive: true })
  }
}

interface Soaked extends Progress {
  /** What the tabs were showing when they left. */
  readonly watching: readonly Watching[]
  readonly faults: Fault[]
}

const soak = async (server: WatchedServer, path: string, options: Options): Promise<Soaked> => {
  const {
    seconds,
    seed,
    rate,
    tabs: size,
    tabPauseMs: pauseMs,
    rejectedFirst,
    patienceMs,
    onProgress,
  } = options
  const before = await server.counts()
  const poster = new Poster(server.url)
  const faults: Fault[] = []
  const accounts = [...(await openAccounts(poster, faults)), SHARED]
  await fillCaches(poster, accounts, rejectedFirst, faults)

  const crowd = new Crowd(server.url, poster, { size, accounts, seed, pauseMs })
  const load = startLoad(poster, { accounts, anyTab: () => crowd.anyTab() }, randomFrom(seed), rate)
  const states: State[] = []
  // The delays of what came before do not count.
  await server.state()
  const progress = { states, sent: load.sent, crowd }
  const between = Math.min((seconds / SAMPLES) * 1_000, MAX_BETWEEN_MS)
  const end = performance.now() + seconds * 1_000
  const isSettled = (folds: Folds) => folds.inFlight === 0 && wrongTabs(crowd.tabs, folds).length === 0
  let watching: readonly Watching[] = []
  try {
    while (performance.now() < end || states.length < FEWEST_SAMPLES) {
      await delay(between)
      states.push(await server.state())
      onProgress?.(progress)
    }
    await load.stop()
    await crowd.settle()
    await within(patienceMs, async () => isSettled(await readFolds(path)))
    watching = [...crowd.tabs]
  } finally {
    await load.stop()
    await crowd.leave()
    poster.close()
  }

  await within(patienceMs, async () => (await server.state()).connections === 0)
  let left: readonly Fault[] = []
  await within(patienceMs, async () => {
    left = leftBehind(before, await server.counts())
    return left.length === 0
  })
  return { ...progress, watching, faults: [...faults, ...load.faults, ...crowd.faults, ...left] }
}

/** Asks again and again, until it is so or the time is over. */
const within = async (ms: number, isSo: () => Promise<boolean>): Promise<void> => {
  const deadline = performance.now() + ms
  while (!(await isSo()) && performance.now() < deadline) await delay(200)
}

const readFolds = async (path: string): Promise<Folds> => {
  const storage = await openStorage({ type: 'sqlite', path }, { create: false })
  try {
    return await foldLog(storage.events)
  } finally {
    await storage.close()
  }
}
