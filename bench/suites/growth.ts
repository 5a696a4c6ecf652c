/** What one account costs as its log grows. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GrowthOptions } from '../contenders/growth.ts'
import type { Contender, Contest, Suite } from '../contest.ts'
import { longLog } from '../long-log.ts'

const SHORT = { name: '10^3', events: 1_000 }

const LONGER = [
  { name: '10^4', events: 10_000 },
  { name: '10^5', events: 100_000 },
  { name: '10^6', events: 1_000_000 },
]

const contender = async (
  { name, events }: { readonly name: string; readonly events: number },
  folder: string,
): Promise<Contender> => {
  const options: GrowthOptions = { events, log: await longLog(events), folder }
  return { name, module: new URL('../contenders/growth.ts', import.meta.url), options }
}

export const growth: Suite = {
  name: 'growth',
  description:
    'One account in SQLite with ten, a hundred and a thousand times the events, against itself at 10^3.',
  async contests() {
    const folder = await mkdtemp(join(tmpdir(), 'passbook-growth-'))
    const short = await contender(SHORT, folder)
    const all: Contest[] = []
    for (const longer of LONGER) {
      const ours = await contender(longer, folder)
      const figures = {
        command: { unit: 'ms', better: 'less' },
        'commands/64': { unit: 'µs each', better: 'less' },
        push: { unit: 'ms', better: 'less' },
        'push-gzip': { unit: 'bytes', better: 'less' },
        'push-raw': { unit: 'bytes', better: 'less' },
        page: { unit: 'ms', better: 'less' },
        past: { unit: 'ms', better: 'less' },
        restart: { unit: 's', better: 'less' },
      } as const
      all.push({ name: longer.name, figures, ours, peers: [short], rounds: 7 })
    }
    return { all, close: () => rm(folder, { recursive: true }) }
  },
}
