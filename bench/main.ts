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

const runSuite = async (suite: Suite, part: string): Promise<Row[]> => {
  console.log(`\n${suite.name}: ${suite.description}\n${heading}`)
  const { all, close } = await suite.contests()
  const rows: Row[] = []
  try {
    for (const contest of all.filter(({ name }) => name.includes(part))) {
      const measured = rowsOf(suite.name, contest, await runContest(contest))
      for (const row of measured) console.log(lineOf(row))
      rows.push(...measured)
    }
  } finally {
    await close?.()
  }
  return rows
}

const program = new Command('bench')
  .argument('[suites...]', `some of: ${SUITES.map(({ name }) => name).join(', ')}`)
  .option('--json <file>', 'write {suite, case, ours, peer, ratio, unit, ...} of every row there')
  .option('--case <text>', 'only cases whose names have this in them')
  .action(async (names: string[], { json, case: part = '' }: Options) => {
    const unknown = names.find((name) => !SUITES.some((suite) => suite.name === name))
    if (unknown !== undefined) program.error(`bench: there is no suite "${unknown}".`)
    install()
    console.log(machine())
    const rows: Row[] = []
    for (const suite of SUITES) {
      if (names.length === 0 || names.includes(suite.name)) rows.push(...(await runSuite(suite, part)))
    }
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(rows, null, 2)}\n`)
  })

await program.parseAsync()
