/** The soak by itself, for as long as wanted: `npm run soak -- --minutes 20`. */
import { Command, InvalidArgumentError } from 'commander'
import { z } from 'zod'
import { inMegabytes, medianOfQuarter } from './checks.ts'
import type { Fault } from './fault.ts'
import { type Progress, type Report, run } from './run.ts'

const count = (text: string): number => {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It takes a whole number.')
}

const duration = (text: string): number => {
  if (Number(text) > 0) return Number(text)
  throw new InvalidArgumentError('It takes a number, such as 20 or 0.5.')
}

const program = new Command('soak')
  .description('Has a server work for a while, and looks whether it stays as it was.')
  .option('--minutes <number>', 'for how long', duration, 2)
  .option('--rate <number>', 'how many commands a second', count, 200)
  .option('--tabs <number>', 'how many tabs there are at a time', count, 40)
  .option('--seed <number>', 'what makes a run like this one again', count, Date.now() % 1_000_000)
  .parse()

const flags = z
  .object({ minutes: z.number(), rate: z.number(), tabs: z.number(), seed: z.number() })
  .parse(program.opts())

const LINE_MS = 10_000

const sentIn = ({ sent }: Progress): number => [...sent.values()].reduce((sum, some) => sum + some, 0)

const inMs = (delay: number | undefined): string => `${(delay ?? Number.NaN).toFixed(1)} ms`

const line = (progress: Progress): string => {
  const { states, crowd } = progress
  const { heap = 0, external = 0, rss = 0, delay } = states.at(-1) ?? {}
  return [
    `${Math.round((performance.now() - startedAt) / 1_000)} s`,
    `${sentIn(progress)} commands`,
    `${crowd.tabs.size} tabs (${crowd.done.opened} opened)`,
    `heap ${inMegabytes(heap)} MB`,
    `outside of it ${inMegabytes(external)} MB`,
    `rss ${inMegabytes(rss)} MB`,
    `delay p99 ${inMs(delay)}`,
  ].join(', ')
}

const COUNTED = [
  'wrong',
  'left',
  'grown',
  'refused',
  'complained',
] as const satisfies readonly Fault['type'][]

const summary = (report: Report): string => {
  const { states, sent, crowd, faults } = report
  const from = (kind: 'heap' | 'external' | 'rss'): string => {
    const bytes = states.map((state) => state[kind])
    return [1, 3].map((quarter) => inMegabytes(medianOfQuarter(bytes, quarter))).join(' to ')
  }
  const delays = states.map(({ delay }) => delay).toSorted((one, other) => one - other)
  const { opened, ...others } = crowd.done
  return [
    `${flags.minutes.toFixed(1)} minutes`,
    `${sentIn(report)} commands (${[...sent].map(([kind, some]) => `${some} ${kind}`).join(', ')})`,
    `${report.events} events`,
    `${opened} tabs opened (${Object.entries(others)
      .map(([deed, some]) => `${some} ${deed}`)
      .join(', ')})`,
    `${crowd.dropped} streams ended by the server`,
    `heap from ${from('heap')} MB (outside of it ${from('external')}, rss ${from('rss')})`,
    `delay p99 ${inMs(delays[Math.floor(delays.length / 2)])} (at worst ${inMs(delays.at(-1))})`,
    ...COUNTED.map((type) => `${faults.filter((found) => found.type === type).length} ${type}`),
    `seed ${flags.seed}`,
  ].join(', ')
}

// The server ends with this process, in whatever way that ends.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const startedAt = performance.now()
let lineAt = startedAt
console.log(`Soaking for ${flags.minutes} minutes, seed ${flags.seed}.`)

const report = await run({
  ...flags,
  seconds: flags.minutes * 60,
  tabPauseMs: 1_000,
  rejectedFirst: 11_000,
  patienceMs: 20_000,
  onProgress: (progress) => {
    if (performance.now() < lineAt) return
    lineAt = performance.now() + LINE_MS
    console.log(line(progress))
  },
})
console.log(summary(report))
for (const { type, message } of report.faults.slice(0, 20)) console.error(`${type}: ${message}`)
if (report.faults.length > 0) process.exitCode = 1
