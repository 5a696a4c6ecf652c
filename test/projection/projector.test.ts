import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emptyAccount, FOLD_VERSION, fold } from '../../src/projection/account.ts'
import { History } from '../../src/projection/history.ts'
import { catchUp, type Sources, summarize } from '../../src/projection/projector.ts'
import type { AccountSummary } from '../../src/projection/summary-table.ts'
import { memoryStorage, openStorage, type Storage } from '../../src/storage.ts'
import { gate } from '../events/gate.ts'
import { deposited, deposits, newEvents, oneTo } from '../events/sample-events.ts'
import { freshDatabase } from '../support/postgres.ts'
import { temporaryPath } from '../support/sqlite.ts'
import { ledger, listed, logOf, summariesOf, write } from './ledger.ts'
import {
  caughtUp,
  expectTruth,
  fated,
  fates,
  paged,
  revived,
  startProjector,
  tableWith,
  turns,
  withStorageOf,
} from './projecting.ts'
import { readSide } from './read-side.ts'

readSide('memory', async () => memoryStorage(), 100)
readSide('SQLite', () => openStorage({ type: 'sqlite', path: temporaryPath() }, { create: true }), 15)
readSide(
  'PostgreSQL',
  async () => openStorage({ type: 'postgres', url: await freshDatabase() }, { create: true }),
  5,
)

const withStorage = withStorageOf(async () => memoryStorage())

describe('a projector that wrote its position after the summaries', () => {
  /** As the projector must not be. */
  const naivelyCatchUp = async ({ events, summaries }: Sources): Promise<void> => {
    let generation = await summaries.active()
    if (!generation) {
      generation = await summaries.begin(FOLD_VERSION)
      await summaries.activate(generation.generation)
    }
    for (;;) {
      const page = await events.readAll({ after: generation.position })
      const changed = new Map<string, AccountSummary>()
      for (const event of page) {
        const [known] = await summaries.get(generation.generation, [event.stream])
        const empty = { ...emptyAccount, account: event.stream, version: 0, transactions: 0 }
        changed.set(event.stream, summarize(changed.get(event.stream) ?? known ?? empty, event))
      }
      const position = page.at(-1)?.position
      if (position === undefined) return
      await summaries.advance(generation, generation.position, [...changed.values()])
      await summaries.advance(generation, position, [])
      generation = { ...generation, position }
    }
  }

  /** The summaries are the fold, whenever it dies. */
  const isTrue = (project: (sources: Sources) => Promise<unknown>) =>
    fc.asyncProperty(ledger(), fates, async (entries, fates) => {
      await withStorage(async (storage) => {
        await write(storage.events, entries)
        const events = paged(storage, [1, 2])
        const sources = { ...storage, events, summaries: fated(storage.summaries, fates) }
        await revived(() => project(sources))
        expect(await listed(storage.summaries)).toEqual(summariesOf(await logOf(storage.events)))
      })()
    })

  it('would count twice what the projector counts once', async () => {
    expect((await fc.check(isTrue(naivelyCatchUp), { endOnFailure: true })).failed).toBe(true)
    await fc.assert(isTrue(catchUp))
  })
})

describe('stopping', () => {
  const HOUR = 3_600_000

  it(
    'while it catches up comes after the page that is under way',
    withStorage(async (storage) => {
      await storage.events.append('alice', deposits(20), { expected: 'any' })
      const [third, release] = [gate(), gate()]
      const summaries = tableWith(storage.summaries, {
        advance: async (from, to, changed) => {
          if (to === 3) third.open()
          if (to === 3) await release.opened
          return storage.summaries.advance(from, to, changed)
        },
      })
      const reads: number[] = []
      const { readAll, ...others } = paged(storage, [1])
      const events = {
        ...others,
        readAll: ({ after = 0 } = {}) => {
          reads.push(after)
          return readAll({ after })
        },
      }
      const { projector, errors } = startProjector({ ...storage, events, summaries })
      await third.opened
      const stopped = projector.stop()
      release.open()
      await stopped
      await turns(20)
      expect(reads).toEqual([0, 1, 2])
      expect(errors).toEqual([])
    }),
  )

  it(
    'while it pauses does not wait for the end of the pause',
    withStorage(async (storage) => {
      const { projector } = startProjector(storage, { pauseMs: HOUR })
      await storage.events.append('alice', deposits(1), { expected: 'any' })
      await caughtUp(storage)
      await projector.stop()
    }),
  )

  it.each([
    'active',
    'begin',
    'get',
    'advance',
    'activate',
  ] as const)('while it waits to try again, since "%s" failed, does not wait for that', (call) =>
    withStorage(async (storage) => {
      await storage.events.append('alice', deposits(1), { expected: 'any' })
      const failed = gate()
      const summaries = tableWith(storage.summaries, { [call]: () => Promise.reject(new Error('broken')) })
      const { projector } = startProjector({ ...storage, summaries }, { retryMs: HOUR, onError: failed.open })
      await failed.opened
      await projector.stop()
    })())

  it(
    'while it waits to try again, since the log cannot be read, does not wait for that',
    withStorage(async (storage) => {
      const failed = gate()
      const readAll = () => Promise.reject(new Error('broken'))
      const events = { ...paged(storage), readAll }
      const { projector } = startProjector({ ...storage, events }, { retryMs: HOUR, onError: failed.open })
      await failed.opened
      await projector.stop()
    }),
  )

  it(
    'right after the start, twice, and for good',
    withStorage(async (storage) => {
      await storage.events.append('alice', deposits(1), { expected: 'any' })
      const { projector } = startProjector(storage)
      await Promise.all([projector.stop(), projector.stop()])
      const before = await storage.summaries.active()
      await storage.events.append('alice', deposits(1), { expected: 'any' })
      await turns(50)
      expect(await storage.summaries.active()).toEqual(before)
      await projector.stop()
    }),
  )
})

describe('trying again', () => {
  it(
    'goes on where it failed, and does not begin anew',
    withStorage(async (storage) => {
      await storage.events.append('alice', deposits(20), { expected: 'any' })
      let begun = 0
      const summaries = tableWith(storage.summaries, {
        begin: (foldVersion) => {
          begun += 1
          return storage.summaries.begin(foldVersion)
        },
      })
      const failure = new Error('broken')
      const reads: number[] = []
      const { readAll, ...others } = paged(storage, [5])
      const events = {
        ...others,
        readAll: ({ after = 0 } = {}) => {
          reads.push(after)
          return reads.length > 2 && reads.length < 6 ? Promise.reject(failure) : readAll({ after })
        },
      }
      const { errors } = startProjector({ ...storage, events, summaries })
      await caughtUp(storage)
      expect(reads.slice(0, 7)).toEqual([0, 5, 10, 10, 10, 10, 15])
      expect(errors).toEqual([failure, failure, failure])
      expect(begun).toBe(1)
      await expectTruth(storage)
    }),
  )
})

it(
  'many small changes are written together, after a pause',
  withStorage(async (storage) => {
    const moves: number[] = []
    const summaries = tableWith(storage.summaries, {
      advance: (from, to, changed) => {
        moves.push(to)
        return storage.summaries.advance(from, to, changed)
      },
    })
    await catchUp(storage)
    startProjector({ ...storage, summaries }, { pauseMs: 50 })
    await storage.events.append('alice', deposits(1), { expected: 'any' })
    await caughtUp(storage)
    for (const event of deposits(20)) await storage.events.append('alice', [event], { expected: 'any' })
    await caughtUp(storage)
    expect(moves).toEqual([1, 21])
  }),
)

describe('Reset', () => {
  const cleared = async ({ clear }: Storage): Promise<void> => {
    if (!clear) throw new Error('This store cannot be cleared.')
    await clear()
  }

  /** So many steps of what is under way go by. */
  const steps = async (count: number): Promise<void> => {
    for (let step = 0; step < count; step++) await undefined
  }

  it('at any moment leaves summaries that are the fold of what came after, and nothing undone', () =>
    fc.assert(
      fc.asyncProperty(
        ledger(),
        fc.array(
          fc.record({
            writes: fc.nat(8),
            does: fc.constantFrom('clear', 'wait'),
            steps: fc.nat(40),
            isAtOnce: fc.boolean(),
          }),
          { maxLength: 8 },
        ),
        async (entries, script) => {
          await withStorage(async (storage) => {
            const { errors } = startProjector({ ...storage, events: paged(storage, [3, 1, 5]) })
            const left = [...entries]
            for (const { writes, does, steps: count, isAtOnce } of script) {
              const writing = write(storage.events, left.splice(0, writes))
              if (!isAtOnce) await writing
              await steps(count)
              if (does === 'clear') await cleared(storage)
              else await turns(count)
              await writing
            }
            await caughtUp(storage)
            await expectTruth(storage)
            expect(errors).toEqual([])
          })()
        },
      ),
    ))

  it('at any moment leaves no snapshot of what was before', async () => {
    for (const count of oneTo(12)) {
      await withStorage(async (storage) => {
        const { events, snapshots } = storage
        const { every } = snapshots
        startProjector(storage)
        await events.append('alice', deposits(every), { expected: 'any' })
        await steps(count)
        await cleared(storage)
        const anew = newEvents(...oneTo(every + 1).map(() => deposited(7)))
        await events.append('alice', anew, { expected: 'no-stream' })
        await caughtUp(storage)
        const { account } = await new History(events, snapshots).account('alice')
        expect({ count, account }).toEqual({ count, account: fold(anew) })
      })()
    }
  })
})
