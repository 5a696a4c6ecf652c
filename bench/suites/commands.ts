/** Commands a second: on one account that everybody uses, and on a thousand of them. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StoreName } from '../../src/config.ts'
import type { Depositing, Load } from '../contenders/depositing.ts'
import type { Contest, Suite } from '../contest.ts'
import { startPostgres } from '../postgres.ts'

const OURS = new URL('../contenders/commands.ts', import.meta.url)

const EMMETT = {
  memory: new URL('../peers/emmett/memory.ts', import.meta.url),
  sqlite: new URL('../peers/emmett-sqlite/sqlite.ts', import.meta.url),
  postgres: new URL('../peers/emmett/postgres.ts', import.meta.url),
}

const STORES = ['memory', 'sqlite', 'postgres'] as const

/** One kind of load, and what it is for a peer where that is less. */
interface Work {
  readonly load: Omit<Load, 'inFlight'>
  readonly peerMost?: number
}

type WorkOn = Readonly<Record<StoreName['type'], Work>>

/** Emmett reads the whole account for each command: in memory, 2,000 events on average. */
const ONE_ACCOUNT: WorkOn = {
  memory: { load: { accounts: 1, events: 1_500, isRenewed: true }, peerMost: 1_000 },
  sqlite: { load: { accounts: 1, events: 100, isRenewed: true } },
  postgres: { load: { accounts: 1, events: 100, isRenewed: true } },
}

const few: Work = { load: { accounts: 1_000, events: 3, isRenewed: false } }
const MANY_ACCOUNTS: WorkOn = { memory: few, sqlite: few, postgres: few }

const suite = (name: string, description: string, workOn: WorkOn, inFlights: readonly number[]): Suite => ({
  name,
  description,
  async contests() {
    const server = await startPostgres()
    const folder = await mkdtemp(join(tmpdir(), 'passbook-bench-'))
    let files = 0
    const freshStore = async (type: StoreName['type']): Promise<StoreName> => {
      if (type === 'memory') return { type }
      if (type === 'postgres') return { type, url: await server.freshDatabase() }
      return { type, path: join(folder, `${++files}.db`) }
    }

    const contest = async (type: StoreName['type'], inFlight: number): Promise<Contest> => {
      const { load, peerMost } = workOn[type]
      const ours: Depositing = { store: await freshStore(type), load: { ...load, inFlight } }
      const peer: Depositing = {
        store: await freshStore(type),
        load: { ...load, inFlight, ...(peerMost && { most: peerMost }) },
      }
      return {
        name: `${type}/${inFlight}`,
        figures: { commands: { unit: 'commands/s', better: 'more' } },
        ours: { name: 'passbook', module: OURS, options: ours },
        peers: [{ name: 'emmett', module: EMMETT[type], options: peer }],
        // So many on one account are in each other's way, and take their time.
        rounds: inFlight > 64 * load.accounts ? 2 : 3,
      }
    }

    const all: Contest[] = []
    for (const type of STORES) for (const inFlight of inFlights) all.push(await contest(type, inFlight))
    return {
      all,
      async close() {
        await server.stop()
        await rm(folder, { recursive: true })
      },
    }
  },
})

export const commandsHot = suite(
  'commands-hot',
  "deposits to one account, so many at a time, against Emmett's command handler on the same kind of store",
  ONE_ACCOUNT,
  [1, 20, 64, 256],
)

export const commandsSpread = suite(
  'commands-spread',
  "deposits to 1,000 accounts, so many at a time, against Emmett's command handler on the same kind of store",
  MANY_ACCOUNTS,
  [256],
)
