/** One view pushed to many tabs at once. */
import type { Contender, Contest, Figure, Suite } from '../contest.ts'

const FIGURES: Readonly<Record<string, Figure>> = {
  deliveries: { unit: 'deliveries/s', better: 'more' },
  cpu: { unit: 'µs/delivery', better: 'less' },
  bytes: { unit: 'B/delivery', better: 'less' },
  memory: { unit: 'kB/tab', better: 'less' },
}

const ENCODINGS = ['gzip', 'identity'] as const
/** With how many rounds: the more tabs, the longer it takes to render the view for each. */
const ROUNDS = new Map([
  [100, 3],
  [1_000, 3],
  [5_000, 2],
])

/** Rendering for 5,000 tabs takes seconds, and the same seconds in both encodings, since the seed's way knows but one. */
const SEED_UP_TO = { gzip: 1_000, identity: 5_000 } as const

const contest = (encoding: (typeof ENCODINGS)[number], tabs: number, rounds: number): Contest => {
  const contender = (name: string, module: string, own = {}): Contender => ({
    name,
    module: new URL(`../contenders/fan-out-${module}.ts`, import.meta.url),
    options: { tabs, isGzip: encoding === 'gzip', ...own },
  })
  return {
    name: `${encoding}/${tabs}`,
    figures: FIGURES,
    ours: contender('passbook', 'passbook'),
    peers: [
      contender('bare', 'bare', { rendersAnew: false }),
      contender('bare-rendering', 'bare', { rendersAnew: true }),
      ...(tabs <= SEED_UP_TO[encoding] ? [contender('seed', 'seed')] : []),
      contender('better-sse', 'better-sse'),
    ],
    rounds,
  }
}

export const fanOut: Suite = {
  name: 'fan-out',
  description:
    'the view of an account pushed to all its tabs, against a loop of res.write with one buffer as long, the same ' +
    "with the view rendered each time, the seed's way (rendered for each tab), and a channel of better-sse, neither of which compresses",
  contests: async () => ({
    all: ENCODINGS.flatMap((encoding) =>
      [...ROUNDS].map(([tabs, rounds]) => contest(encoding, tabs, rounds)),
    ),
  }),
}
