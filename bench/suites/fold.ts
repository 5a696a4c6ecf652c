/** How fast the events of an account become its balance. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FoldOptions, Source } from '../contenders/fold.ts'
import type { Contest, Suite } from '../contest.ts'
import { longLog } from '../long-log.ts'
import { startPostgres } from '../postgres.ts'

const EVENTS = 100_000

export const fold: Suite = {
  name: 'fold',
  description:
    'A hundred thousand events of one account to its balance, against a plain reduce over objects in memory.',
  async contests() {
    const log = await longLog(EVENTS)
    const folder = await mkdtemp(join(tmpdir(), 'passbook-fold-'))
    const server = await startPostgres()
    const contest = (source: Source): Contest => {
      const options: FoldOptions = { log, folder, events: EVENTS, source }
      const module = (name: string) => new URL(`../contenders/${name}.ts`, import.meta.url)
      return {
        name: source.type,
        figures: { events: { unit: 'events/s', better: 'more' } },
        ours: { name: 'passbook', module: module('fold'), options },
        peers: [{ name: 'reduce', module: module('reduce'), options }],
      }
    }
    const url = await server.freshDatabase()
    return {
      all: [
        contest({ type: 'memory' }),
        contest({ type: 'memory-store' }),
        contest({ type: 'sqlite' }),
        contest({ type: 'postgres', url }),
      ],
      async close() {
        await server.stop()
        await rm(folder, { recursive: true })
      },
    }
  },
}
