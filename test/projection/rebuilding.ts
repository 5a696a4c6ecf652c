/** Summaries that are made anew while everything goes on. */
import { describe, expect, it } from 'vitest'
import { CommandHandler } from '../../src/commands/handler.ts'
import { FOLD_VERSION, fold } from '../../src/projection/account.ts'
import { CurrentAccounts } from '../../src/projection/current-accounts.ts'
import { rebuild } from '../../src/projection/projector.ts'
import type { AccountSummary } from '../../src/projection/summary-table.ts'
import { storeWith } from '../commands/store-with.ts'
import { gate } from '../events/gate.ts'
import { oneTo } from '../events/sample-events.ts'
import { logOf } from './ledger.ts'
import {
  caughtUp,
  deposit,
  expectTruth,
  paged,
  plant,
  startProjector,
  tableWith,
  turns,
  type WithStorage,
  WRONG,
  watched,
} from './projecting.ts'

export const rebuilding = (withStorage: WithStorage) => {
  describe('a rebuild', () => {
    it(
      'has the old summaries read until the new ones are complete',
      withStorage(async (storage) => {
        await deposit(storage, 'alice', 10)
        await deposit(storage, 'bob', 10)
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
        await deposit(storage, 'alice', 20)
        await deposit(storage, 'bob', 20)
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
        await deposit(storage, 'alice', 3)
        startProjector(storage)
        await caughtUp(storage)
        const summaries = tableWith(storage.summaries, {
          activate: async (generation) => {
            await deposit(storage, 'alice', 2)
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
        await deposit(storage, 'alice', 10)
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
        await deposit(storage, 'alice', 10)
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
        await deposit(storage, 'alice', 10)
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
}
