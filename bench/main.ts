/**
 * Passbook against its peers: figures of one run on one machine, whose ratios are what counts.
 *
 *     npm run bench                        all suites
 *     npm run bench -- http fan-out        some of them
 *     npm run bench -- --case sqlite fold  only the cases whose names have this in them
 *     npm run bench -- --json FILE         and writes the rows there
 */
import { writeFileSync } from 'node:fs'
import { Command } from 'commander'
import type { Row, Suite } from './contest.ts'
import { install } from './install.ts'
import { heading, lineOf, machine } from './report.ts'
import { runContest } from './run-contest.ts'
import { rowsOf } from './statistics.ts'
import { commandsHot, commandsSpread } from './suites/commands.ts'
import { fanOut } from './suites/fan-out.ts'
import { fold } from './suites/fold.ts'
import { growth } from './suites/growth.ts'
import { http } from './suites/http.ts'
import { latency } from './suites/latency.ts'

const SUITES: readonly Suite[] = [commandsHot, commandsSpread, http, fanOut, latency, growth, fold]

interface Options {
  readonly json?: string
  readonly case?: string
}

/** Tells each row as soon as it is measured. */
const runSuite = async (suite: Suite, part: string, tell: (row: Row) => void): Promise<void> => {
  console.log(`\n${suite.name}: ${suite.description}\n${heading}`)
  const { all, close } = await suite.contests()
  try {
    for (const contest of all.filter(({ name }) => name.includes(part))) {
      for (const row of rowsOf(suite.name, contest, await runContest(contest))) tell(row)
    }
  } finally {
    await close?.()
  }
}

const program = new Command('bench')
  .argument('[suites...]', `some of: ${SUITES.map(({ name }) => name).join(', ')}`)
  .option('--json <file>', 'write {suite, case, ours, peer, ratio, unit, ...} of every row there')
  .option('--case <text>', 'only contests whose names have this in them, such as sqlite/64 or 10^6')
  .action(async (names: string[], { json, case: part = '' }: Options) => {
    const unknown = names.find((name) => !SUITES.some((suite) => suite.name === name))
    if (unknown !== undefined) program.error(`bench: there is no suite "${unknown}".`)
    const rows: Row[] = []
    const keep = () => json !== undefined && writeFileSync(json, `${JSON.stringify(rows, null, 2)}\n`)
    keep()
    install()
    console.log(machine())
    for (const suite of SUITES.filter(({ name }) => names.length === 0 || names.includes(name))) {
      await runSuite(suite, part, (row) => {
        console.log(lineOf(row))
        rows.push(row)
        keep()
      })
    }
    if (rows.length === 0) program.error(`bench: no contest has "${part}" in its name.`)
  })

await program.parseAsync()
