import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { NewEvent } from '../../src/events/event.ts'
import { FOLD_VERSION, fold } from '../../src/projection/account.ts'
import { History } from '../../src/projection/history.ts'
import { findWrongSnapshot } from '../../src/projection/make-snapshots.ts'
import { MemorySnapshotTable } from '../../src/projection/memory-tables.ts'
import { catchUp, emptySummary, rebuild, type Sources, summarize } from '../../src/projection/projector.ts'
import { emptyReading, readOn } from '../../src/projection/reading.ts'
import { Snapshots } from '../../src/projection/snapshots.ts'
import type { AccountSummary } from '../../src/projection/summary-table.ts'
import { memoryStorage, openStorage, type Storage } from '../../src/storage.ts'
import { gate } from '../events/gate.ts'
import {
  at,
  closed,
  deposited,
  deposits,
  forgotten,
  frozen,
  newEvent,
  newEvents,
  oneTo,
  opened,
  transferReturned,
  transferredIn,
  transferredOut,
  unfrozen,
  withdrawn,
} from '../events/sample-events.ts'
import { freshDatabase } from '../support/postgres.ts'
import { temporaryPath } from '../support/sqlite.ts'
import { ledger, listed, logOf, summariesOf, write } from './ledger.ts'
import {
  caughtUp,
  deposit,
  eventually,
  expectTruth,
  fated,
  fates,
  paged,
  plant,
  quiet,
  revived,
  startProjector,
  tableWith,
  turns,
  watched,
  withStorageOf,
} from './projecting.ts'
import { readSide } from './read-side.ts'
import { recorded, statement } from './statement.ts'

readSide('memory', async () => memoryStorage(), 100)
readSide('SQLite', () => openStorage({ type: 'sqlite', path: temporaryPath() }, { create: true }), 15)
readSide(
  'PostgreSQL',
  async () => openStorage({ type: 'postgres', url: await freshDatabase() }, { create: true }),
  5,
)

const withStorage = withStorageOf(async () => memoryStorage())

describe('the summary of an account', () => {
  const summaryOf = async (events: readonly NewEvent[]) => {
    const { log } = await recorded(events)
    return log.reduce<ReturnType<typeof emptySummary>>(summarize, emptySummary('alice'))
  }

  it.each([
    deposited(5),
    withdrawn(5),
    transferredOut(5),
    transferredIn(5),
    transferReturned(5),
  ])('counts a transaction for money that moves: $type', async (event) => {
    expect((await summaryOf(newEvents(event))).transactions).toBe(1)
  })

  it.each([
    opened(5),
    frozen,
    unfrozen,
    closed,
    forgotten,
  ])('counts none for what moves no money: $type', async (event) => {
    expect((await summaryOf(newEvents(event))).transactions).toBe(0)
  })

  it('has the time of the last event, whatever that was', async () => {
    const summary = await summaryOf([
      newEvent(deposited(5), { occurredAt: at(0) }),
      newEvent(frozen, { occurredAt: at(1) }),
    ])
    expect(summary).toMatchObject({ version: 2, lastActivityAt: at(1) })
  })

  it('has the state and the alerts that a reading of the account has', async () => {
    await fc.assert(
      fc.asyncProperty(statement(), async (events) => {
        const { log } = await recorded(events)
        const { account, version, watch } = log.reduce(readOn, emptyReading)
        expect(await summaryOf(events)).toMatchObject({ ...account, version, watch })
      }),
      { numRuns: 30 },
    )
  })

  it('knows what the account held before a movement: what empties it is an alert', async () => {
    const { watch } = await summaryOf([
      newEvent(deposited(100), { occurredAt: at(0) }),
      newEvent(withdrawn(90), { occurredAt: at(1) }),
    ])
    expect(watch.alerts).toEqual([{ rule: 'emptied-after-deposit', version: 2, at: at(1) }])
  })
})

describe('that the summaries have moved on', () => {
  /** A projector that keeps the position of the list that is read whenever it says so. */
  const told = (sources: Sources, { summaries }: Storage) => {
    const looks: Promise<number | undefined>[] = []
    const look = async () => (await summaries.active())?.position
    const { errors } = startProjector(sources, { onMoved: () => void looks.push(look()) })
    return { errors, looks, positions: () => Promise.all(looks) }
  }

  const isTold = ({ looks }: ReturnType<typeof told>, times: number) =>
    eventually(() => looks.length).toBe(times)

  it(
    'is told once they are read at the start, and then after every step',
    withStorage(async (storage) => {
      await deposit(storage, 'alice', 5)
      const server = told(storage, storage)
      await isTold(server, 1)
      for (const times of [2, 3]) {
        await deposit(storage, 'bob')
        await isTold(server, times)
      }
      expect(await server.positions()).toEqual([5, 6, 7])
    }),
  )

  it(
    'is told also when another server moved them',
    withStorage(async (storage) => {
      startProjector(storage)
      const { subscribe, ...others } = paged(storage)
      const late: Sources['events'] = {
        ...others,
        subscribe: (options, onEvents, onError) =>
          subscribe(
            options,
            async (events) => {
              await caughtUp(storage)
              return onEvents(events)
            },
            onError,
          ),
      }
      const server = told({ ...storage, events: late }, storage)
      await isTold(server, 1)
      for (const times of [2, 3]) {
        await deposit(storage, 'alice')
        await isTold(server, times)
      }
      expect(await server.positions()).toEqual([0, 1, 2])
    }),
  )

  it(
    'is told when others have taken their place, and not again for as long as those stand',
    withStorage(async (storage) => {
      await deposit(storage, 'alice', 5)
      const { sources, calls } = watched(storage)
      const server = told(sources, storage)
      await isTold(server, 1)
      await plant(storage, FOLD_VERSION + 1)
      await deposit(storage, 'bob')
      await isTold(server, 2)
      await quiet(calls)
      calls.length = 0
      await deposit(storage, 'bob')
      await eventually(() => calls).toContain('active')
      await quiet(calls)
      expect(server.looks).toHaveLength(2)
      await rebuild(storage)
      await deposit(storage, 'bob')
      await isTold(server, 3)
      expect(await server.positions()).toEqual([5, 5, 8])
    }),
  )

  it(
    'is not told when nothing is new in what is delivered',
    withStorage(async (storage) => {
      const { subscribe, ...others } = paged(storage)
      const delivered: number[] = []
      const twice: Sources['events'] = {
        ...others,
        subscribe: (options, onEvents, onError) =>
          subscribe(
            options,
            async (events) => {
              await onEvents(events)
              const position = await onEvents(events)
              delivered.push(events.length)
              return position
            },
            onError,
          ),
      }
      const server = told({ ...storage, events: twice }, storage)
      await isTold(server, 1)
      await deposit(storage, 'alice')
      await eventually(() => delivered).toEqual([1])
      expect(server.looks).toHaveLength(2)
    }),
  )

  it(
    'is told at the listener’s own risk: if that fails, the projector says so and goes on',
    withStorage(async (storage) => {
      const failure = new Error('broken')
      const onMoved = () => {
        throw failure
      }
      const { errors } = startProjector(storage, { onMoved })
      await eventually(() => errors.length).toBe(1)
      for (const times of [2, 3]) {
        await deposit(storage, 'alice')
        await eventually(() => errors.length).toBe(times)
      }
      expect(new Set(errors)).toEqual(new Set([failure]))
      await expectTruth(storage)
    }),
  )
})

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
        const before = changed.get(event.stream) ?? known ?? emptySummary(event.stream)
        changed.set(event.stream, summarize(before, event))
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

it(
  'a rebuild makes the snapshots what the events say, whatever they were',
  withStorage(async (storage) => {
    const { events, keys } = storage
    const table = new MemorySnapshotTable()
    const snapshots = new Snapshots(table, keys, { every: 3 })
    const sources = { ...storage, snapshots }
    await write(events, [
      { account: 'alice', event: newEvent(opened(5)) },
      ...deposits(11).map((event) => ({ account: 'alice', event })),
    ])
    await catchUp(sources)
    expect(await findWrongSnapshot(events, snapshots)).toBeUndefined()

    const row = await table.nearest('alice', FOLD_VERSION, 3)
    if (!row) throw new Error('No snapshot was kept.')
    const totals = { credited: '666666', debited: '0' }
    for (const version of [3, 6, 9, 12]) {
      await table.save([{ ...row, version, account: { ...row.account, totals } }])
    }
    expect(await findWrongSnapshot(events, snapshots)).toMatchObject({ version: 3 })
    await rebuild(sources)
    expect(await findWrongSnapshot(events, snapshots)).toBeUndefined()
    expect((await snapshots.nearest('alice', 12))?.version).toBe(12)
  }),
)

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
