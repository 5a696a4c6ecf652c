/**
 * Passbook, but for this: of the commits that PASSBOOK_CRASH_AT counts, only those count that have an event in them of
 * the type CRASH_WITHIN. So it is killed in the middle of what is seldom done, too.
 */
import { readConfig } from '../../src/config.ts'
import { crashAt } from '../../src/crash-point.ts'
import type { CommitPoint, EventLog } from '../../src/events/event-log.ts'
import { LogEventStore } from '../../src/events/log-event-store.ts'
import { serve } from '../../src/serve.ts'
import { openStorage } from '../../src/storage.ts'

const { PASSBOOK_STORE: store, PORT: port, HOST: host, PASSBOOK_CRASH_AT, CRASH_WITHIN } = process.env

/** The types of the events of each append that no commit has begun with yet, and of those in the one under way. */
let coming: ReadonlySet<string>[] = []
const group = new Set<ReadonlySet<string>>()
const crash = crashAt(PASSBOOK_CRASH_AT)

/** A group is all that has come until it begins; it may be written more than once before its appends are told. */
const reached = (point: CommitPoint): void => {
  if (point === 'before-write' && group.size === 0) {
    for (const types of coming) group.add(types)
    coming = []
  }
  if ([...group].some((types) => CRASH_WITHIN !== undefined && types.has(CRASH_WITHIN))) crash(point)
}

const watched = (log: EventLog): EventLog => ({
  append: (stream, drafts, expected) => {
    const types = new Set(drafts.map(({ type }) => type))
    coming.push(types)
    return log.append(stream, drafts, expected).finally(() => group.delete(types))
  },
  restore: (events) => log.restore(events),
  read: (stream, options) => log.read(stream, options),
  facts: (stream, options) => log.facts(stream, options),
  readAll: (options) => log.readAll(options),
  find: (ids) => log.find(ids),
  versionAt: (stream, at) => log.versionAt(stream, at),
  head: () => log.head(),
  onNews: (listener) => log.onNews(listener),
  close: () => log.close(),
})

const config = readConfig({ store, port, host })
const storage = await openStorage(config.store, { create: true, reached })
await serve({ ...storage, events: new LogEventStore(watched(storage.log), storage.keys) }, config)
