/** The log as a file: one line of canonical JSON for each stored event, or a table in CSV with the same in it. */
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import canonicalize from 'canonicalize'
import { CsvError, type Info, parse } from 'csv-parse'
import { stringify } from 'csv-stringify/sync'
import { parseStoredEvent, type StoredEvent } from '../events/stored-event.ts'
import { ImportError } from '../events/whole-log.ts'
import { guarded, unguarded } from '../formula-guard.ts'

export const FORMATS = ['ndjson', 'csv'] as const
export type Format = (typeof FORMATS)[number]

/** By the end of its name; anything but `.csv` holds lines of JSON. */
export const formatOf = (path: string): Format => (/\.csv$/i.test(path) ? 'csv' : 'ndjson')

const COLUMNS = [
  'position',
  'stream',
  'version',
  'id',
  'type',
  'schemaVersion',
  'data',
  'metadata',
  'occurredAt',
  'hash',
] as const satisfies readonly (keyof StoredEvent)[]

/** What stands before the first event. */
export const headOf = (format: Format): string => (format === 'csv' ? `${COLUMNS.join(',')}\n` : '')

export const lineOf = (event: StoredEvent, format: Format): string => {
  if (format === 'ndjson') return `${canonicalize(event)}\n`
  const { data, metadata, stream, ...plain } = event
  const cell = {
    ...plain,
    stream: guarded(stream),
    data: canonicalize(data),
    metadata: canonicalize(metadata),
  }
  return stringify([COLUMNS.map((name) => String(cell[name]))])
}

/** What stands on a line of a file, as soon as somebody asks what that is. */
interface Line {
  readonly number: number
  readonly read: () => unknown
}

/** The events of a file, in its order. Throws {@link ImportError} that names the first line which is none. */
export const readArchive = async function* (
  path: string,
  format: Format = formatOf(path),
): AsyncGenerator<StoredEvent> {
  let at = 1
  try {
    for await (const { number, read } of format === 'csv' ? csvLines(path) : jsonLines(path)) {
      at = number
      yield parseStoredEvent(read())
    }
  } catch (error) {
    if (error instanceof CsvError) at = Number(error.lines)
    const reason = error instanceof Error ? error.message : String(error)
    throw new ImportError(`Line ${at} of ${path} is not an event: ${reason}.`, { cause: error })
  }
}

const jsonLines = async function* (path: string): AsyncGenerator<Line> {
  let number = 0
  for await (const line of linesOf(createReadStream(path, 'utf8'))) {
    number += 1
    yield { number, read: () => JSON.parse(line) }
  }
}

/** Splits at line feeds alone: JSON may hold other characters that some take for the end of a line. */
const linesOf = async function* (chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}

type Cells = Readonly<Record<string, string>>

const csvLines = async function* (path: string): AsyncGenerator<Line> {
  const records = parse({ columns: true, info: true })
  pipeline(createReadStream(path), records, () => {})
  for await (const { info, record } of records as AsyncIterable<{ info: Info; record: Cells }>) {
    yield { number: info.lines, read: () => eventIn(record) }
  }
}

const eventIn = (cells: Cells): Record<(typeof COLUMNS)[number], unknown> => {
  const cell = (name: (typeof COLUMNS)[number]): string => {
    const text = cells[name]
    if (text === undefined) throw new Error(`there is no column "${name}"`)
    return text
  }
  return {
    position: Number(cell('position')),
    stream: unguarded(cell('stream')),
    version: Number(cell('version')),
    id: cell('id'),
    type: cell('type'),
    schemaVersion: Number(cell('schemaVersion')),
    data: JSON.parse(cell('data')),
    metadata: JSON.parse(cell('metadata')),
    occurredAt: cell('occurredAt'),
    hash: cell('hash'),
  }
}
