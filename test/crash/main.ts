/** The crash test by itself, for as many kills as wanted: `npm run test:crash -- --kills 300 --store postgres`. */
import { Command, InvalidArgumentError, Option } from 'commander'
import { z } from 'zod'
import { LYING_SERVER, type Report, run } from './harness.ts'
import type { Offence } from './offence.ts'

const count = (text: string): number => {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It takes a whole number.')
}

const program = new Command('test:crash')
  .description('Kills servers at work, starts them again, and looks whether they kept what they promised.')
  .option('--kills <number>', 'how many servers to kill', count, 20)
  .addOption(
    new Option('--store <store>', 'where they keep their log')
      .choices(['sqlite', 'postgres'])
      .default('sqlite'),
  )
  .option('--seed <number>', 'what makes the same run again', count, Date.now() % 1_000_000)
  .option('--fault', 'run a server that answers before it commits, which has to be found out')
  .parse()

const flags = z
  .object({
    kills: z.number(),
    store: z.enum(['sqlite', 'postgres']),
    seed: z.number(),
    fault: z.boolean().default(false),
  })
  .parse(program.opts())

const COUNTED = [
  'lost',
  'duplicated',
  'overdrawn',
  'in-flight',
  'settled-twice',
  'mis-settled',
  'unbalanced',
] as const satisfies readonly Offence['type'][]

const summary = (report: Report): string => {
  const { kills, databaseKills, acknowledged, unknown, events, accounts, offences } = report
  const of = (type: Offence['type']) => offences.filter((offence) => offence.type === type).length
  return [
    `${kills} kills (and ${databaseKills} of the database)`,
    `${acknowledged} acknowledged`,
    `${unknown} unknown`,
    ...COUNTED.map((type) => `${of(type)} ${type}`),
    `${events} events of ${accounts} accounts`,
    `${report.transfers} transfers (${report.returned} returned)`,
    `seed ${flags.seed}`,
  ].join(', ')
}

// The servers die with this process, in whatever way it ends.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const startedAt = performance.now()
const elapsed = () => `${Math.round((performance.now() - startedAt) / 1_000)} s`
console.log(`Killing ${flags.kills} servers on ${flags.store}, seed ${flags.seed}.`)

const report = await run({
  ...flags,
  ...(flags.fault && { script: LYING_SERVER }),
  onKill: (kills) => {
    if (kills % 50 === 0) console.log(`${kills} kills after ${elapsed()}.`)
  },
})
for (const [reason, times] of report.failures) console.log(`No outcome, ${times} times: ${reason}`)
for (const [point, times] of [...report.points].sort()) console.log(`Killed ${point}, ${times} times.`)
console.log(`Took ${elapsed()}.`)
console.log(summary(report))

const [first] = report.offences
if (first) {
  const what = [first.type, first.command].filter(Boolean).join(' ')
  console.error(`${report.offences.length} offences. The first: ${what}: ${first.message}`)
  console.error(`The journal and the log are in ${report.folder}`)
  // The embedded PostgreSQL ends every process that comes to its end as if all were well, whatever its exit code.
  process.exit(1)
}
