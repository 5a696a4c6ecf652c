/**
 * SQLite logs of one account with as many events as asked for, and the summaries and snapshots of a server that has
 * followed it all the time. A long one takes a minute to make, and so they are kept for the next run.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PERSONAL_FIELDS, SCHEMA_VERSIONS } from '../src/events/event.ts'
import { chain, EMPTY_STREAM, type StreamHead } from '../src/events/hash-chain.ts'
import type { Key } from '../src/events/keys.ts'
import { sealFields } from '../src/events/sealing.ts'
import { SqliteFile } from '../src/events/sqlite-file.ts'
import { SqliteKeys } from '../src/events/sqlite-keys.ts'
import { SqliteLog } from '../src/events/sqlite-log.ts'
import type { Draft } from '../src/events/stored-event.ts'
import { FOLD_VERSION } from '../src/projection/account.ts'
import { rebuild } from '../src/projection/projector.ts'
import { openStorage } from '../src/storage.ts'
import { ACCOUNT, eventAt } from './account-history.ts'

const CACHE = join(tmpdir(), 'passbook-bench-logs')

/** The path of a log that is to be copied and not to be written to. */
export const longLog = async (count: number): Promise<string> => {
  const key = await keyOf()
  const folder = join(CACHE, `${key}-${count}`)
  if (!existsSync(folder)) {
    console.error(`Making a log of ${count.toLocaleString('en-US')} events, for this run and those to come.`)
    await mkdir(CACHE, { recursive: true })
    const outdated = (await readdir(CACHE)).filter((name) => !name.startsWith(key))
    for (const name of outdated) await rm(join(CACHE, name), { recursive: true })
    const making = await mkdtemp(join(CACHE, `${key}-making-`))
    await writeEvents(join(making, 'log.db'), count)
    await followEvents(join(making, 'log.db'), count)
    await rename(making, folder)
  }
  return join(folder, 'log.db')
}

/** Resolves when the copy is on the disk, so that nobody who measures waits for it. */
export const copyLog = async (from: string, to: string): Promise<void> => {
  for (const suffix of ['', '-keys']) {
    await copyFile(from + suffix, to + suffix)
    const copy = await open(to + suffix, 'r+')
    await copy.sync()
    await copy.close()
  }
}

/** Besides the version of the folds, what a log is made of: if any of it changes, those that were kept are of no use. */
const INGREDIENTS = [
  './account-history.ts',
  './long-log.ts',
  '../src/events/hash-chain.ts',
  '../src/events/sql/sqlite/',
]

const keyOf = async (): Promise<string> => {
  const hash = createHash('sha256').update(String(FOLD_VERSION))
  for (const name of INGREDIENTS) {
    const place = new URL(name, import.meta.url)
    const files = name.endsWith('/') ? (await readdir(place)).sort() : ['']
    for (const file of files) hash.update(await readFile(new URL(file, place)))
  }
  return hash.digest('hex').slice(0, 12)
}

const BATCH = 100_000

const writeEvents = async (path: string, count: number): Promise<void> => {
  const file = await SqliteFile.open(path, { create: true })
  const keys = await SqliteKeys.open(path)
  const key = await keys.keyFor(ACCOUNT)
  const log = new SqliteLog(file)
  // Ids come in no order: where their index has no room, each of its pages is written again and again.
  file.execute('PRAGMA cache_size = -1000000')
  let head: StreamHead = EMPTY_STREAM
  for (let from = 0; from < count; from += BATCH) {
    const drafts = Array.from({ length: Math.min(BATCH, count - from) }, (_, i) => draftAt(from + i, key))
    const events = chain(ACCOUNT, head, drafts)
    head = events.at(-1) ?? head
    await log.restore(events.map((event) => ({ ...event, position: event.version })))
  }
  await keys.close()
  file.close()
}

/** As the store would write it. */
const draftAt = (index: number, key: Key): Draft => {
  const { id, type, data, metadata, occurredAt } = eventAt(index)
  const sealed = sealFields(data, PERSONAL_FIELDS[type], key, `${ACCOUNT}/${id}`)
  return { id, type, schemaVersion: SCHEMA_VERSIONS[type], data: sealed, metadata, occurredAt }
}

/** Leaves what a server leaves: summaries, snapshots, and the checkpoint of the transfers, all of which have ended. */
const followEvents = async (path: string, count: number): Promise<void> => {
  const storage = await openStorage({ type: 'sqlite', path }, { create: false })
  await rebuild(storage)
  await storage.checkpoints.advance('transfers', count)
  await storage.close()
}
