/** What tests of the projector do to it: other pages, calls that are replaced, deaths at the worst moments. */
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { expect } from 'vitest'
import { follow } from '../../src/events/follow.ts'
import { PAGE } from '../../src/events/store.ts'
import { emptyWatch } from '../../src/projection/alerts.ts'
import { Projector, type ProjectorOptions, type Sources } from '../../src/projection/projector.ts'
import type { AccountSummary, Generation, SummaryTable } from '../../src/projection/summary-table.ts'
import type { Storage } from '../../src/storage.ts'
import { storeWith } from '../commands/store-with.ts'
import { withOpened } from '../contract/opened.ts'
import { at, deposits } from '../events/sample-events.ts'
import { listed, logOf, summariesOf } from './ledger.ts'

/** The log in pages of these sizes, in turn. Who follows it tries again at once what has failed. */
export const paged = ({ events, log }: Storage, sizes: readonly number[] = [PAGE]): Sources['events'] => {
  let turn = 0
  const readAll = ({ after = 0 } = {}) =>
    events.readAll({ after, limit: sizes[turn++ % sizes.length] ?? PAGE })
  return {
    read: (stream, options) => events.read(stream, options),
    readAll,
    subscribe: (options, onEvents, onError) => {
      const follower = follow({ readAll }, { ...options, retryMs: 1 }, onEvents, onError)
      const stopListening = log.onNews(() => follower.wake())
      return {
        stop: () => {
          stopListening()
          return follower.stop()
        },
      }
    },
  }
}

/** A table of which some calls are replaced. */
export const tableWith = (table: SummaryTable, replaced: Partial<SummaryTable>): SummaryTable => ({
  active: () => table.active(),
  begin: (foldVersion) => table.begin(foldVersion),
  get: (generation, accounts) => table.get(generation, accounts),
  advance: (from, to, summaries) => table.advance(from, to, summaries),
  activate: (generation) => table.activate(generation),
  scrub: () => table.scrub(),
  list: (query) => table.list(query),
  ...replaced,
})

/** The server died. What it did before that is done. */
export class Death extends Error {}

/** What happens at a call of the table. */
export type Fate = 'fine' | 'slow' | 'dies before' | 'dies after'

export const fates = fc.array(fc.constantFrom<Fate>('fine', 'slow', 'dies before', 'dies after'), {
  maxLength: 30,
})

/** A table whose calls meet these fates, one after the other; all the others are fine. */
export const fated = (table: SummaryTable, fates: readonly Fate[]): SummaryTable => {
  let turn = 0
  const meet = async <T>(call: () => Promise<T>): Promise<T> => {
    const fate = fates[turn++] ?? 'fine'
    if (fate === 'dies before') throw new Death()
    if (fate === 'slow') await nextTurn()
    const result = await call()
    if (fate === 'slow') await nextTurn()
    if (fate === 'dies after') throw new Death()
    return result
  }
  return tableWith(table, {
    begin: (foldVersion) => meet(() => table.begin(foldVersion)),
    get: (generation, accounts) => meet(() => table.get(generation, accounts)),
    advance: (from, to, summaries) => meet(() => table.advance(from, to, summaries)),
    activate: (generation) => meet(() => table.activate(generation)),
  })
}

/** Does it again for as long as it dies. */
export const revived = async (work: () => Promise<unknown>): Promise<void> => {
  for (;;) {
    try {
      await work()
      return
    } catch (error) {
      if (!(error instanceof Death)) throw error
    }
  }
}

export const eventually = <T>(look: () => T) => expect.poll(look, { interval: 2, timeout: 10_000 })

/** Resolves when the summaries have come to the end of the log. */
export const caughtUp = async ({ events, summaries }: Storage): Promise<void> => {
  const head = await events.head()
  await eventually(async () => (await summaries.active())?.position).toBe(head)
}

/** Nothing was counted twice, and nothing was lost. */
export const expectTruth = async ({ events, summaries }: Storage): Promise<void> => {
  expect(await listed(summaries)).toEqual(summariesOf(await logOf(events)))
  expect((await summaries.active())?.position).toBe(await events.head())
}

const running = new Set<Projector>()

/** What goes wrong in it is kept. It runs until it, or all, are stopped. */
export const startProjector = (sources: Sources, options: Partial<ProjectorOptions> = {}) => {
  const errors: unknown[] = []
  const onError = (error: unknown) => void errors.push(error)
  const projector = new Projector(sources, { pauseMs: 0, retryMs: 1, onError, ...options })
  running.add(projector)
  return { projector, errors }
}

/** Makes tests of what `open` gives, empty, each time; it is closed, and no projector runs any more, when they end. */
export const withStorageOf = (open: () => Promise<Storage>) =>
  withOpened(async () => {
    const storage = await open()
    const close = async () => {
      await Promise.all([...running].map((projector) => projector.stop()))
      running.clear()
      await storage.close()
    }
    return { ...storage, close }
  })

export type WithStorage = ReturnType<typeof withStorageOf>

/** Resolves when nothing is asked any more; whoever never stops asking has the test fail. */
export const quiet = async (calls: readonly unknown[]): Promise<void> => {
  for (let tries = 0; tries < 100; tries++) {
    const before = calls.length
    await delay(20)
    if (calls.length === before) return
  }
  throw new Error(`Still not quiet after ${calls.length} calls.`)
}

/** What no fold of today makes. */
export const WRONG: AccountSummary = {
  account: 'alice',
  currency: 'USD',
  balance: -666_666,
  status: 'closed',
  version: 1,
  transactions: 7,
  lastActivityAt: at(0),
  watch: emptyWatch,
}

export const deposit = ({ events }: Storage, account: string, count = 1) =>
  events.append(account, deposits(count), { expected: 'any' })

/** Wrong summaries that are read, of some fold, up to the end of the log. */
export const plant = async ({ events, summaries }: Storage, foldVersion: number): Promise<Generation> => {
  const generation = await summaries.begin(foldVersion)
  const head = await events.head()
  expect(await summaries.advance(generation, head, [WRONG])).toBe(true)
  expect(await summaries.activate(generation.generation)).toBe(true)
  return { ...generation, position: head }
}

/** What a projector needs of a storage, and what it asked of it so far, by name. */
export const watched = (storage: Storage) => {
  const { summaries: table } = storage
  const calls: string[] = []
  const kept =
    <Args extends unknown[], Result>(name: string, call: (...args: Args) => Result) =>
    (...args: Args): Result => {
      calls.push(name)
      return call(...args)
    }
  const summaries = tableWith(table, {
    active: kept('active', () => table.active()),
    begin: kept('begin', (foldVersion) => table.begin(foldVersion)),
    get: kept('get', (generation, accounts) => table.get(generation, accounts)),
    advance: kept('advance', (from, to, changed) => table.advance(from, to, changed)),
    activate: kept('activate', (generation) => table.activate(generation)),
  })
  const events = storeWith(storage.events, {
    readAll: kept('readAll', (options) => storage.events.readAll(options)),
  })
  return { sources: { ...storage, events: paged({ ...storage, events }), summaries }, calls }
}

export const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await nextTurn()
}
