import { writeFileSync } from 'node:fs'
import { beforeAll, expect, it, vi } from 'vitest'
import { figure } from '../../src/cli/answers.ts'
import { lineOf } from '../../src/cli/archive.ts'
import { chain, EMPTY_STREAM } from '../../src/events/hash-chain.ts'
import type { StoredEvent } from '../../src/events/stored-event.ts'
import { draft, oneTo } from '../events/sample-events.ts'
import { logOfStreams } from '../events/tampering.ts'
import { run, start } from './command-line.ts'
import { type DurableStore, using } from './stores.ts'
import { newPath } from './temporary.ts'

/** This many events of two accounts that take turns. */
const linesOf = (count: number): string[] =>
  logOfStreams(...oneTo(count).map((number) => (number % 2 === 1 ? 'alice' : 'bob'))).map((event) =>
    lineOf(event, 'ndjson'),
  )

const written = (lines: readonly string[]): string => {
  const path = newPath('log.ndjson')
  writeFileSync(path, lines.join(''))
  return path
}

/** One event of carol's at position 601, whatever it holds: its hash fits. */
const carols = (parts: Partial<StoredEvent>): string =>
  chain('carol', EMPTY_STREAM, [{ ...draft(), ...parts }])
    .map((event) => lineOf({ ...event, position: 601 }, 'ndjson'))
    .join('')

/** What is done to lines 601 and on of a log of seven hundred, and what is said of it. */
const faults: readonly { what: string; change: (lines: string[]) => string[]; reason: RegExp }[] = [
  {
    what: 'a line that is not JSON',
    change: ([first = '', ...rest]) => [first.slice(1), ...rest],
    reason: /^Line 601 of .* is not an event: .* JSON.*\.$/,
  },
  {
    what: 'a line that was changed',
    change: ([first = '', ...rest]) => [first.replace('"actor":"Ada"', '"actor":"Eve"'), ...rest],
    reason: /^Event 301 of "alice" \(position 601\) does not fit its hash: changed, put in, or moved\.$/,
  },
  {
    what: 'a line with another hash',
    change: ([first = '', ...rest]) => [first.replace(/"hash":"\w{8}/, '"hash":"00000000'), ...rest],
    reason: /^Event 301 of "alice" \(position 601\) does not fit its hash: changed, put in, or moved\.$/,
  },
  {
    what: 'a line that was taken out',
    change: ([, ...rest]) => rest,
    reason: /^The event at position 601 is missing: the next is at 602\.$/,
  },
  {
    what: 'lines in another order',
    change: ([first = '', second = '', ...rest]) => [second, first, ...rest],
    reason: /^The event at position 601 is missing: the next is at 602\.$/,
  },
  {
    what: 'a line twice',
    change: ([first = '', ...rest]) => [first, first, ...rest],
    reason: /^Event 301 of "alice" \(position 601\) comes after position 601: put in, or moved\.$/,
  },
  {
    what: 'an amount of less than nothing, with a hash that fits',
    change: () => [carols({ data: { amount: -5 } })],
    reason: /^Event 1 of stream "carol" of type "deposited" is not valid: data\.amount: .*\.$/,
  },
  {
    what: 'an event of a type that nobody knows, with a hash that fits',
    change: () => [carols({ type: 'stolen' })],
    reason: /^Event 1 of stream "carol" has the unknown type "stolen"\. Run the version of Passbook/,
  },
]

export const importing = ({ place }: DurableStore) => {
  let lines: readonly string[] = []
  let store = ''

  beforeAll(async () => {
    lines = linesOf(700)
    store = await place()
    await run('import', written(lines.slice(0, 300)), '--store', store)
  })

  it.each(faults)('of a log with $what imports nothing, and says what is wrong', async ({
    change,
    reason,
  }) => {
    const path = written([...lines.slice(0, 600), ...change(lines.slice(600))])
    const before = await run('export', '--store', store)
    for (const to of [store, await place()]) {
      await expect(run('import', path, '--store', to)).rejects.toThrow(reason)
      expect(await using(to, ({ log }) => log.head())).toBe(to === store ? 300 : 0)
    }
    expect(await run('export', '--store', store)).toBe(before)
  })

  it('that was killed goes on when it is started again', async () => {
    const many = linesOf(20_000)
    const path = written(many)
    const store = await place()
    const there = await using(store, async ({ log }) => {
      const { process, ended } = start(['import', path, '--store', store])
      await vi.waitFor(async () => expect(await log.head()).toBeGreaterThan(1_000), {
        timeout: 20_000,
        interval: 1,
      })
      process.kill('SIGKILL')
      expect(await ended).toMatchObject({ code: null, stdout: '' })
      return log.head()
    })
    expect(there).toBeLessThan(20_000)
    expect(there % 500).toBe(0)
    expect(await run('import', path, '--store', store)).toBe(
      `Imported ${figure(20_000 - there)} events; ${figure(there)} of 20,000 were there already.\n`,
    )
    expect((await run('export', '--store', store)) === many.join('')).toBe(true)
  })
}
