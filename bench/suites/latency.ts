/** How soon a tab sees what was done. */
import type { Contender, Suite } from '../contest.ts'

const FIGURES = {
  p50: { unit: 'ms', better: 'less' },
  p99: { unit: 'ms', better: 'less' },
} as const

const contender = (name: string, module: string, options: unknown): Contender => ({
  name,
  module: new URL(`../contenders/latency-${module}.ts`, import.meta.url),
  options,
})

const SOME_UNREAD = { reading: 950, unread: 50 }
const NONE_UNREAD = { reading: 1_000, unread: 0 }

export const latency: Suite = {
  name: 'latency',
  description:
    'commit to receipt in 1,000 tabs, 5% of which do not read, at 50 deposits/s, against a loop of res.write with one ' +
    'buffer as long, at each commit and at most every 33 ms; and against itself when all tabs read',
  contests: async () => ({
    all: [
      {
        name: '1000-tabs',
        figures: FIGURES,
        ours: contender('passbook', 'passbook', SOME_UNREAD),
        peers: [
          contender('bare', 'bare', { ...SOME_UNREAD, intervalMs: 0 }),
          contender('bare-33ms', 'bare', { ...SOME_UNREAD, intervalMs: 33 }),
        ],
      },
      {
        name: 'not-reading',
        figures: FIGURES,
        ours: contender('passbook', 'passbook', SOME_UNREAD),
        peers: [contender('all reading', 'passbook', NONE_UNREAD)],
      },
    ],
  }),
}
