import { writeFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FORMATS, type Format, formatOf, headOf, lineOf, readArchive } from '../../src/cli/archive.ts'
import { chain, EMPTY_STREAM } from '../../src/events/hash-chain.ts'
import type { StoredEvent } from '../../src/events/stored-event.ts'
import { ImportError } from '../../src/events/whole-log.ts'
import { draft, oneTo } from '../events/sample-events.ts'
import { newPath } from './temporary.ts'

const EVENT: StoredEvent = {
  position: 7,
  stream: 'alice',
  version: 2,
  id: '5eed0000-0000-4000-8000-000000000001',
  type: 'withdrawn',
  schemaVersion: 1,
  data: { reason: 'a "bicycle", used', amount: 2_000 },
  metadata: { commandId: 'c-1', correlationId: 'r-1', causationId: 'k-1', actor: 'Ada' },
  occurredAt: '2026-11-20T11:00:00.000Z',
  hash: 'ab'.repeat(32),
}

const written = (content: string, name: string): string => {
  const path = newPath(name)
  writeFileSync(path, content)
  return path
}

const textOf = (events: readonly StoredEvent[], format: Format): string =>
  headOf(format) + events.map((event) => lineOf(event, format)).join('')

const readAll = (path: string, format?: Format): Promise<StoredEvent[]> =>
  Readable.from(readArchive(path, format)).toArray()

/** One event for each of these names, with this text in it. */
const logOf = (streams: readonly string[], reason = 'a bicycle'): StoredEvent[] =>
  streams.flatMap((stream, index) => {
    const fact = { type: 'withdrawn', data: { amount: 1, reason } } as const
    return chain(stream, EMPTY_STREAM, [draft(fact)]).map((event) => ({ ...event, position: index + 1 }))
  })

describe('an archive', () => {
  it('is named for its format, or holds lines of JSON', () => {
    const names = ['log.csv', 'LOG.CSV', 'log.ndjson', 'log.json', 'csv', 'log.csv.gz']
    expect(names.map(formatOf)).toEqual(['csv', 'csv', 'ndjson', 'ndjson', 'ndjson', 'ndjson'])
  })

  it('has one line of canonical JSON for each event', () => {
    expect(textOf([EVENT], 'ndjson')).toBe(
      '{"data":{"amount":2000,"reason":"a \\"bicycle\\", used"},' +
        `"hash":"${EVENT.hash}","id":"${EVENT.id}",` +
        '"metadata":{"actor":"Ada","causationId":"k-1","commandId":"c-1","correlationId":"r-1"},' +
        '"occurredAt":"2026-11-20T11:00:00.000Z","position":7,"schemaVersion":1,"stream":"alice",' +
        '"type":"withdrawn","version":2}\n',
    )
  })

  it('has the same in CSV, under a line of names', () => {
    expect(textOf([EVENT], 'csv')).toBe(
      'position,stream,version,id,type,schemaVersion,data,metadata,occurredAt,hash\n' +
        `7,alice,2,${EVENT.id},withdrawn,1,` +
        '"{""amount"":2000,""reason"":""a \\""bicycle\\"", used""}",' +
        '"{""actor"":""Ada"",""causationId"":""k-1"",""commandId"":""c-1"",""correlationId"":""r-1""}",' +
        `2026-11-20T11:00:00.000Z,${EVENT.hash}\n`,
    )
  })

  it.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ["'=1+1", "''=1+1"],
    ["''@", "'''@"],
    ["'", "'"],
    ["'quoted'", "'quoted'"],
    ["'1", "'1"],
    ['a=b', 'a=b'],
  ])('shows a spreadsheet the name %s as %s, and reads it as it was', async (stream, cell) => {
    const text = textOf([{ ...EVENT, stream }], 'csv')
    expect(parse(text, { columns: true })).toMatchObject([{ stream: cell }])
    expect(await readAll(written(text, 'log.csv'))).toEqual([{ ...EVENT, stream }])
  })

  it.each(FORMATS)('in %s reads as it was written, whatever the names and the texts', async (format) => {
    const start = fc.constantFrom('', '=', '+', '-', '@', "'", "''=", '"', ',', ' ', '\u2028', '\ufeff', '#')
    const anyText = fc
      .tuple(start, fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), start)
      .map((parts) => parts.join(''))
    await fc.assert(
      fc.asyncProperty(fc.array(anyText, { minLength: 1 }), anyText, async (streams, reason) => {
        const events = logOf(streams, reason)
        expect(await readAll(written(textOf(events, format), 'log'), format)).toEqual(events)
      }),
      { numRuns: 50 },
    )
  })

  it.each(FORMATS)('in %s is read whole when it is longer than what is read at once', async (format) => {
    const events = logOf(oneTo(600).map((number) => `Zoë ${number} 💶`))
    const text = textOf(events, format)
    expect(Buffer.byteLength(text)).toBeGreaterThan(2 * 64 * 1024)
    expect(await readAll(written(text, 'log'), format)).toEqual(events)
  })

  it.each(FORMATS)('in %s may have come by way of an editor that ends lines otherwise', async (format) => {
    const events = logOf(['alice', 'bob'])
    const text = textOf(events, format)
    expect(await readAll(written(text.replaceAll('\n', '\r\n'), 'log'), format)).toEqual(events)
    expect(await readAll(written(text.trimEnd(), 'log'), format)).toEqual(events)
  })

  it.each(FORMATS)('in %s may have no events', async (format) => {
    expect(await readAll(written(headOf(format), 'log'), format)).toEqual([])
  })
})

describe('what is no archive is told by its line', () => {
  const events = logOf(oneTo(400).map((number) => `account ${number}`))

  /** What reading says of the archive with one of its lines changed. */
  const complaint = async (
    format: Format,
    line: number,
    change: (text: string) => string,
  ): Promise<unknown> => {
    const lines = textOf(events, format).split('\n')
    const path = written(
      lines.map((text, index) => (index + 1 === line ? change(text) : text)).join('\n'),
      'log',
    )
    const error = await readAll(path, format).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(ImportError)
    return error instanceof Error ? error.message.replace(path, 'FILE') : undefined
  }

  it.each([
    ['is not JSON', 1, () => '{', /^Line 1 of FILE is not an event: .* JSON at position 1\.$/],
    ['is empty', 300, () => '', /^Line 300 of FILE is not an event: .* JSON.*\.$/],
    [
      'is cut off',
      400,
      (text: string) => text.slice(0, 50),
      /^Line 400 of FILE is not an event: .* JSON.*\.$/,
    ],
    ['is a list', 250, () => '[]', /^Line 250 of FILE is not an event: event: .*expected object.*\.$/],
    [
      'has less',
      7,
      (text: string) => text.replace(/"hash":"\w+",/, ''),
      /^Line 7 of FILE is not an event: hash: Invalid input.*\.$/,
    ],
    [
      'has more',
      7,
      (text: string) => text.replace('{', '{"note":1,'),
      /^Line 7 of FILE is not an event: event: Unrecognized key: "note"\.$/,
    ],
    [
      'has a time that is none',
      7,
      (text: string) => text.replace('"2026-11-20T', '"2026-11-31T'),
      /^Line 7 of FILE is not an event: occurredAt: .*\.$/,
    ],
  ])('that %s', async (_, line, change, message) => {
    expect(await complaint('ndjson', line, change)).toMatch(message)
  })

  it.each([
    ['has a cell too few', 300, (text: string) => text.slice(4), /^Line 300 of FILE .* got 9 on line 300\.$/],
    ['has a cell too many', 300, (text: string) => `${text},`, /^Line 300 of FILE .* got 11 on line 300\.$/],
    ['is empty', 300, () => '\n', /^Line 300 of FILE is not an event: .*\.$/],
    ['has a quote too few', 300, (text: string) => text.replace('"', ''), /^Line 300 of FILE .*\.$/],
    [
      'has no number',
      300,
      (text: string) => text.replace(/^\d+/, 'x'),
      /^Line 300 of FILE .*: position: .*\.$/,
    ],
    ['has no JSON', 300, (text: string) => text.replace('{', '{{'), /^Line 300 of FILE .* JSON.*\.$/],
    [
      'does not name a column',
      1,
      (text: string) => text.replace('hash', 'h'),
      /^Line 2 of .* no column "hash"\.$/,
    ],
  ])('of CSV that %s', async (_, line, change, message) => {
    expect(await complaint('csv', line, change)).toMatch(message)
  })

  it.each(FORMATS)('if it cannot be read as %s at all', async (format) => {
    const path = newPath('none')
    await expect(readAll(path, format)).rejects.toThrow(
      /^Line 1 of .* ENOENT: no such file or directory, open/,
    )
  })
})
