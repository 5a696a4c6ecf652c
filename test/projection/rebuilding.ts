/** Summaries that are made anew while everything goes on, and those that cannot be used as they are. */
import { describe, expect, it } from 'vitest'
import { CommandHandler } from '../../src/commands/handler.ts'
import { FOLD_VERSION, fold } from '../../src/projection/account.ts'
import { CurrentAccounts } from '../../src/projection/current-accounts.ts'
import { catchUp, rebuild, SummariesMisfitError } from '../../src/projection/projector.ts'
import type { AccountSummary, Generation } from '../../src/projection/summary-table.ts'
import type { Storage } from '../../src/storage.ts'
import { storeWith } from '../commands/store-with.ts'
import { gate } from '../events/gate.ts'
import { deposits, oneTo } from '../events/sample-events.ts'
import { logOf } from './ledger.ts'
import {
  caughtUp,
  eventually,
  expectTruth,
  paged,
  quiet,
  startProjector,
  tableWith,
  turns,
  type WithStorage,
} from './projecting.ts'

/** What no fold of today makes. */
const WRONG: AccountSummary = {
  account: 'alice',
  currency: 'USD',
  balance: -666_666,
  status: 'closed',
  version: 1,
  transactions: 7,
}

const write = ({ events }: Storage, account: string, count = 1) =>
  events.append(account, deposits(count), { expected: 'any' })

/** Wrong summaries that are read, of some fold, up to the end of the log. */
const plant = async ({ events, summaries }: Storage, foldVersion: number): Promise<Generation> => {
  const generation = await summaries.begin(foldVersion)
  const head = await events.head()
  expect(await summaries.advance(generation, head, [WRONG])).toBe(true)
  expect(await summaries.activate(generation.generation)).toBe(true)
  return { ...generation, position: head }
}

/** Moves the summaries' position, and not the summaries. */
const setPosition = async ({ summaries }: Storage, position: number): Promise<Generation> => {
  const active = await summaries.active()
  if (!active) throw new Error('No summaries are read.')
  expect(await summaries.advance(active, position, [])).toBe(true)
  return { ...active, position }
}

/** What a projector needs of a storage, and what it asked of it so far, by name. */
const watched = (storage: Storage) => {
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

export const rebuilding = (withStorage: WithStorage) => {
  describe('a rebuild', () => {
    it(
      'has the old summaries read until the new ones are complete',
      withStorage(async (storage) => {
        await write(storage, 'alice', 10)
        await write(storage, 'bob', 10)
        await plant(storage, FOLD_VERSION)
        const read: (readonly AccountSummary[])[] = []
        const summaries = tableWith(storage.summaries, {
          advance: async (...move) => {
            const isDone = await storage.summaries.advance(...move)
            read.push(await storage.summaries.list())
            return isDone
          },
        })
        const positions: number[] = []
        const made = await rebuild(
          { ...storage, events: paged(storage, [3]), summaries },
          { onProgress: (position) => positions.push(position) },
        )
        expect(positions).toEqual([3, 6, 9, 12, 15, 18, 20])
        expect(read).toEqual(positions.map(() => [WRONG]))
        expect(await storage.summaries.active()).toEqual(made)
        await expectTruth(storage)
      }),
    )

    it(
      'goes on while a projector runs and commands come in, and the list is true at any moment',
      withStorage(async (storage) => {
        await write(storage, 'alice', 20)
        await write(storage, 'bob', 20)
        const { errors } = startProjector({ ...storage, events: paged(storage, [4]) })
        await caughtUp(storage)

        const isOver = { commands: false, rebuilds: false }
        const commands = async () => {
          const handler = new CommandHandler(storage.events, new CurrentAccounts(storage.events))
          for (const number of oneTo(40)) {
            const command = { type: 'deposit', amount: number } as const
            const account = number % 2 === 0 ? 'alice' : 'carol'
            await handler.handle(account, { id: `c-${number}`, actor: 'test', command })
            await turns(1)
          }
          isOver.commands = true
        }
        const rebuilds = async () => {
          while (!isOver.commands) {
            expect(await rebuild({ ...storage, events: paged(storage, [5]) })).toBeDefined()
          }
          isOver.rebuilds = true
        }
        const lists: (readonly AccountSummary[])[] = []
        const looks = async () => {
          while (!isOver.rebuilds) {
            lists.push(await storage.summaries.list())
            await turns(1)
          }
        }
        await Promise.all([commands(), rebuilds(), looks()])
        await caughtUp(storage)
        await expectTruth(storage)
        expect(errors).toEqual([])

        const log = await logOf(storage.events)
        for (const list of lists) {
          expect(list.map(({ account }) => account)).toEqual(expect.arrayContaining(['alice', 'bob']))
        }
        for (const { account, version, balance } of new Set(lists.flat())) {
          const events = log.filter((event) => event.stream === account && event.version <= version)
          expect({ account, version, balance }).toEqual({ account, version, balance: fold(events).balance })
        }
      }),
    )

    it(
      'has what a projector added to the old summaries right before the new ones took their place',
      withStorage(async (storage) => {
        await write(storage, 'alice', 3)
        startProjector(storage)
        await caughtUp(storage)
        const summaries = tableWith(storage.summaries, {
          activate: async (generation) => {
            await write(storage, 'alice', 2)
            await caughtUp(storage)
            return storage.summaries.activate(generation)
          },
        })
        await rebuild({ ...storage, summaries })
        await expectTruth(storage)
      }),
    )

    it(
      'is one of two at once: one takes its place, the other leaves it there',
      withStorage(async (storage) => {
        await write(storage, 'alice', 10)
        await plant(storage, FOLD_VERSION)
        const bothBegun = gate()
        let begun = 0
        const summaries = tableWith(storage.summaries, {
          begin: async (foldVersion) => {
            const generation = await storage.summaries.begin(foldVersion)
            begun += 1
            if (begun === 2) bothBegun.open()
            await bothBegun.opened
            return generation
          },
        })
        const sources = { ...storage, summaries, events: paged(storage, [3]) }
        const rebuilds = [rebuild(sources), rebuild(sources)]
        const made = (await Promise.all(rebuilds)).filter((generation) => generation !== undefined)
        expect(made).toHaveLength(1)
        expect(await storage.summaries.active()).toEqual(made[0])
        await expectTruth(storage)
      }),
    )

    it(
      'that is told to stop changes nothing',
      withStorage(async (storage) => {
        await write(storage, 'alice', 10)
        const old = await plant(storage, FOLD_VERSION)
        const stopping = new AbortController()
        const made = await rebuild(
          { ...storage, events: paged(storage, [3]) },
          { onProgress: () => stopping.abort(), signal: stopping.signal },
        )
        expect(made).toBeUndefined()
        expect(await storage.summaries.active()).toEqual(old)
        expect(await storage.summaries.list()).toEqual([WRONG])
      }),
    )

    it(
      'of a log with a hole ends and says so, and the old summaries are read on',
      withStorage(async (storage) => {
        await write(storage, 'alice', 10)
        await plant(storage, FOLD_VERSION)
        const readAll = async (options?: { after?: number }) =>
          (await storage.events.readAll(options)).filter(({ version }) => version !== 4)
        const { sources, calls } = watched({ ...storage, events: storeWith(storage.events, { readAll }) })
        await expect(rebuild(sources)).rejects.toThrow(
          'The summaries do not fit the log: event 5 of "alice" cannot follow event 3.',
        )
        expect(calls.filter((call) => call === 'begin')).toHaveLength(1)
        expect(await storage.summaries.list()).toEqual([WRONG])
      }),
    )
  })

  describe('summaries of another fold', () => {
    it(
      'are made anew at the start if it was an older one',
      withStorage(async (storage) => {
        await write(storage, 'alice', 5)
        await plant(storage, FOLD_VERSION - 1)
        const { errors } = startProjector(storage)
        await eventually(async () => (await storage.summaries.active())?.foldVersion).toBe(FOLD_VERSION)
        await write(storage, 'bob', 2)
        await caughtUp(storage)
        await expectTruth(storage)
        expect(errors).toEqual([])
      }),
    )

    it(
      'are left alone if it was a newer one, however much happens',
      withStorage(async (storage) => {
        await write(storage, 'alice', 5)
        const newer = await plant(storage, FOLD_VERSION + 1)
        const { sources, calls } = watched(storage)
        const { errors } = startProjector(sources)
        for (const number of oneTo(3)) {
          const before = calls.length
          await write(storage, 'bob', number)
          await eventually(() => calls.length).toBeGreaterThan(before)
        }
        await quiet(calls)
        expect(new Set(calls)).toEqual(new Set(['active', 'readAll']))
        expect(calls.length).toBeLessThan(20)
        expect(await storage.summaries.active()).toEqual(newer)
        expect(await storage.summaries.list()).toEqual([WRONG])
        expect(errors).toEqual([])
      }),
    )

    it(
      'are left alone also when a newer one takes over while the projector runs',
      withStorage(async (storage) => {
        await write(storage, 'alice', 5)
        const { sources, calls } = watched(storage)
        startProjector(sources)
        await caughtUp(storage)
        const newer = await plant(storage, FOLD_VERSION + 1)
        calls.length = 0
        await write(storage, 'bob', 3)
        await eventually(() => calls).toContain('active')
        await quiet(calls)
        expect(await storage.summaries.active()).toEqual(newer)
        expect(await storage.summaries.list()).toEqual([WRONG])
      }),
    )

    it(
      'are moved on again once this fold has made them anew',
      withStorage(async (storage) => {
        await write(storage, 'alice', 5)
        await plant(storage, FOLD_VERSION + 1)
        const { sources, calls } = watched(storage)
        startProjector(sources)
        await write(storage, 'bob', 2)
        await eventually(() => calls).toContain('active')
        await rebuild(storage)
        await write(storage, 'bob', 2)
        await caughtUp(storage)
        await expectTruth(storage)
      }),
    )
  })

  it(
    'notices that somebody else made the summaries anew, and completes those',
    withStorage(async (storage) => {
      await write(storage, 'alice', 5)
      const { errors } = startProjector(storage)
      await caughtUp(storage)
      const { generation } = await storage.summaries.begin(FOLD_VERSION)
      expect(await storage.summaries.activate(generation)).toBe(true)
      await write(storage, 'bob', 1)
      await caughtUp(storage)
      expect((await storage.summaries.active())?.generation).toBe(generation)
      await expectTruth(storage)
      expect(errors).toEqual([])
    }),
  )

  describe('summaries that do not fit the log', () => {
    it.each([
      ['too far back', 2],
      ['at zero', 0],
    ])('since their position was set %s are not touched, and it is said what to do', (_, position) =>
      withStorage(async (storage) => {
        await write(storage, 'alice', 5)
        await catchUp(storage)
        const before = await storage.summaries.list()
        const misfit = await setPosition(storage, position)

        const { sources, calls } = watched(storage)
        const { errors } = startProjector(sources, { retryMs: 3_600_000 })
        await eventually(() => errors.length).toBe(1)
        expect(errors[0]).toBeInstanceOf(SummariesMisfitError)
        expect(String(errors[0])).toContain(
          `event ${position + 1} of "alice" cannot follow event 5. Make them anew with "passbook rebuild"`,
        )
        await quiet(calls)
        expect(errors).toHaveLength(1)
        expect(calls.filter((call) => call === 'readAll')).toHaveLength(1)
        expect(await storage.summaries.active()).toEqual(misfit)
        expect(await storage.summaries.list()).toEqual(before)
        await expect(catchUp(storage)).rejects.toThrow(SummariesMisfitError)
      })())

    it(
      'since their position was set too far ahead are not touched, either',
      withStorage(async (storage) => {
        await write(storage, 'alice', 5)
        await catchUp(storage)
        await write(storage, 'alice', 2)
        const misfit = await setPosition(storage, 6)
        await expect(catchUp(storage)).rejects.toThrow('event 7 of "alice" cannot follow event 5')
        expect(await storage.summaries.active()).toEqual(misfit)
        expect((await storage.summaries.list())[0]?.version).toBe(5)
      }),
    )

    it(
      'while the projector runs are noticed at the next event, and are right again after a rebuild',
      withStorage(async (storage) => {
        await write(storage, 'alice', 5)
        const { errors } = startProjector({ ...storage, events: paged(storage) })
        await caughtUp(storage)
        await setPosition(storage, 2)
        await write(storage, 'alice', 1)
        await eventually(() => errors.length).toBeGreaterThan(2)
        expect(new Set(errors.map(String)).size).toBe(1)
        expect((await storage.summaries.list())[0]?.version).toBe(5)

        await rebuild(storage)
        await write(storage, 'alice', 1)
        await caughtUp(storage)
        await expectTruth(storage)
      }),
    )
  })
}
