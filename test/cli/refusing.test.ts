import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { CommandError } from '../../src/cli/answers.ts'
import { UsageError } from '../../src/config.ts'
import { StoreUnavailableError } from '../../src/events/event-log.ts'
import { passbook, run } from './command-line.ts'
import { writeSample } from './sample-log.ts'
import { newFolder } from './temporary.ts'

const HELP = '"passbook --help" lists the commands, "passbook COMMAND --help" what one takes.'

const folder = newFolder()
const file = (name: string): string => join(folder, name)
const store = `sqlite:${file('passbook.db')}`
let before = ''

beforeAll(async () => {
  writeFileSync(file('text'), 'Not an event.\n')
  await writeSample(store)
  before = await run('export', '--store', store)
})

const expectUntouched = async (): Promise<void> => {
  expect(await run('export', '--store', store)).toBe(before)
  expect(readdirSync(folder).sort()).toEqual(['passbook.db', 'passbook.db-keys', 'text'])
  expect(readFileSync(file('text'), 'utf8')).toBe('Not an event.\n')
}

describe('what cannot be done, in a process of its own', () => {
  it.concurrent.each([
    [
      1,
      `balance nobody --store ${store}`,
      'There is no account "nobody". "passbook accounts" lists those there are.',
    ],
    [
      2,
      `balance alice --version -1 --store ${store}`,
      '--version takes the number of an event, such as 7, not "-1".',
    ],
    [2, 'nonsense', `There is no command "nonsense". ${HELP}`],
    [2, 'accounts --nonsense', `unknown option '--nonsense'. ${HELP}`],
    [2, 'balance', `missing required argument 'account'. ${HELP}`],
    [2, 'accounts alice', `too many arguments for 'accounts'. Expected 0 arguments but got 1. ${HELP}`],
    [
      2,
      'export --store memory',
      'What is in memory is gone with its process: only "serve" takes --store memory.',
    ],
    [
      1,
      `accounts --store sqlite:${file('none.db')}`,
      `There is no log at ${file('none.db')}. Check the path, or start Passbook there to make one.`,
    ],
    [
      1,
      `verify --store sqlite:${file('text')}`,
      `${file('text')} is not a Passbook log. It was left as it is; choose another path.`,
    ],
    [1, `accounts --store sqlite:${folder}`, `${folder} cannot be opened: unable to open database file.`],
    [1, `import ${file('none')} --store sqlite:${file('new.db')}`, `There is no file ${file('none')}.`],
    [
      1,
      `import ${file('text')} --store sqlite:${file('new.db')}`,
      `Line 1 of ${file('text')} is not an event: Unexpected token 'N', "Not an event." is not valid JSON.`,
    ],
  ])('ends with %d and one line that says why: %s', async (code, line, reason) => {
    const ended = await passbook(...line.split(' '))
    expect(ended).toEqual({ code, stdout: '', stderr: `passbook: ${reason}\n` })
  })

  it('leaves everything as it was', expectUntouched)
})

describe('what cannot be done', () => {
  it.each([
    [['balance', 'alice', '--version', '8'], '"alice" has 7 events: --version takes 0 to 7, not 8.'],
    [['import', folder], `${folder} is not a file: save what is to be imported to one first.`],
    [['import', file('text'), '--keys', file('none')], `There is no file ${file('none')}.`],
    [['backup', file('text')], `${file('text')} is there already. Choose another name, or remove it.`],
    [
      ['export', '--keys', file('text')],
      `No keys were written: EEXIST: file already exists, open '${file('text')}'. Name a new file.`,
    ],
    [
      ['export', '--keys', file('none/keys')],
      `No keys were written: ENOENT: no such file or directory, open '${file('none/keys')}'. Name a new file.`,
    ],
    ...['balance', 'events', 'forget'].map((command): [string[], string] => [
      [command, 'Alice'],
      'There is no account "Alice". "passbook accounts" lists those there are.',
    ]),
  ])('is said in one line: %j', async (args, reason) => {
    await expect(run(...args, '--store', store)).rejects.toThrow(new CommandError(reason))
  })

  it.each([
    'seven',
    '',
    '1.5',
    '1e3',
    '0x1',
    '+1',
    ' 1',
    '9999999999999999',
  ])('is --version "%s"', async (text) => {
    const reason = `--version takes the number of an event, such as 7, not "${text}".`
    const balance = run('balance', 'alice', `--version=${text}`, '--store', store)
    await expect(balance).rejects.toThrow(new UsageError(reason))
  })

  it.each([
    '',
    'noon',
    '2026',
    '2026-11',
    '2026-13-01',
    '2026-02-29',
    '20261120',
    '2026-11-20 11:00:00Z',
    '2026-11-20T25:00:00Z',
    '2026-11-20T11:00:00+25:00',
    '9999-12-31T23:59:59-01:00',
    '0000-01-01T00:00:00+01:00',
    '1763636400',
  ])('is --at "%s"', async (text) => {
    const reason = `--at takes a time in ISO 8601, such as 2026-11-17 or 2026-11-17T18:00:00Z, not "${text}".`
    const balance = run('balance', 'alice', `--at=${text}`, '--store', store)
    await expect(balance).rejects.toThrow(new UsageError(reason))
  })

  it.each([
    [
      ['balance', 'alice', '--at', '2026-11-17', '--version', '1'],
      '--version and --at both say when: give one of them.',
    ],
    [['export', '--format', 'xml'], '--format takes ndjson or csv, not "xml".'],
    [['import', file('text'), '--format', 'CSV'], '--format takes ndjson or csv, not "CSV".'],
  ])('is %j', async (args, reason) => {
    await expect(run(...args, '--store', store)).rejects.toThrow(new UsageError(reason))
  })

  it('needs a server that is not there, whose password stays secret', async () => {
    const asking = run('accounts', '--store', 'postgres://passbook:secret@127.0.0.1:1/passbook')
    await expect(asking).rejects.toThrow(StoreUnavailableError)
    await expect(asking).rejects.toThrow(/^(?!.*secret).*127\.0\.0\.1:1.*$/)
  })

  it('is read from or written to the memory of another process', async () => {
    for (const args of [
      ['accounts'],
      ['events', 'alice'],
      ['verify'],
      ['forget', 'alice'],
      ['backup', file('copy')],
    ]) {
      await expect(run(...args, '--store', 'memory')).rejects.toThrow(UsageError)
    }
  })

  it('leaves everything as it was', expectUntouched)
})
