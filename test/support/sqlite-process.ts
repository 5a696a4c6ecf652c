// What another process does to a SQLite file while a test uses it. Started by `startProcess` in `sqlite.ts`.

import { once } from 'node:events'
import Database from 'better-sqlite3'
import { LogEventStore } from '../../src/events/log-event-store.ts'
import { SqliteFile } from '../../src/events/sqlite-file.ts'
import { SqliteKeys } from '../../src/events/sqlite-keys.ts'
import { SqliteLog } from '../../src/events/sqlite-log.ts'
import { ConcurrencyError } from '../../src/events/store.ts'
import { deposits } from '../events/sample-events.ts'

const say = (what: unknown): void => void process.send?.(what)
const told = (): Promise<unknown> => once(process, 'message')

/** Holds the lock that writing takes until it is told to go on. */
const hold = async (path: string): Promise<void> => {
  const database = new Database(path)
  database.exec('BEGIN IMMEDIATE')
  say('holding')
  await told()
  database.exec('COMMIT')
  database.close()
}

/** Appends so many events to a stream, one at a time, each at the version that it last saw there. */
const append = async (path: string, stream = '', count = ''): Promise<void> => {
  say('ready')
  await told()
  const file = await SqliteFile.open(path, { create: true })
  const store = new LogEventStore(new SqliteLog(file), await SqliteKeys.open(path))
  const ids: string[] = []
  let expected = 0
  for (const event of deposits(Number(count))) {
    while (!ids.includes(event.id)) {
      try {
        const { version } = await store.append(stream, [event], { expected })
        expected = version
        ids.push(event.id)
      } catch (error) {
        if (!(error instanceof ConcurrencyError)) throw error
        expected = error.actual
      }
    }
  }
  await store.close()
  file.close()
  say({ ids })
}

/** Asks for the keys of so many accounts, all at once. */
const keys = async (path: string, count = ''): Promise<void> => {
  say('ready')
  await told()
  const store = await SqliteKeys.open(path)
  const streams = Array.from({ length: Number(count) }, (_, index) => `account ${index}`)
  const given = await Promise.all(streams.map((stream) => store.keyFor(stream)))
  await store.close()
  say(given.map(({ id, secret }) => `${id} ${Buffer.from(secret).toString('hex')}`))
}

const [task = '', path = '', ...args] = process.argv.slice(2)
const tasks = new Map([
  ['hold', hold],
  ['append', append],
  ['keys', keys],
])
await tasks.get(task)?.(path, ...args)
process.disconnect()
