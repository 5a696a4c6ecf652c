/** Summaries that another fold made, that somebody else made anew, or that do not fit the log. */
import { describe, expect, it } from 'vitest'
import { FOLD_VERSION } from '../../src/projection/account.ts'
import { catchUp, rebuild, SummariesMisfitError } from '../../src/projection/projector.ts'
import type { Generation } from '../../src/projection/summary-table.ts'
import type { Storage } from '../../src/storage.ts'
import { oneTo } from '../events/sample-events.ts'
import {
  caughtUp,
  deposit,
  eventually,
  expectTruth,
  paged,
  plant,
  quiet,
  startProjector,
  type WithStorage,
  WRONG,
  watched,
} from './projecting.ts'

/** Moves the summaries' position, and not the summaries. */
const setPosition = async ({ summaries }: Storage, position: number): Promise<Generation> => {
  const active = await summaries.active()
  if (!active) throw new Error('No summaries are read.')
  expect(await summaries.advance(active, position, [])).toBe(true)
  return { ...active, position }
}

export const takingOver = (withStorage: WithStorage) => {
  describe('summaries of another fold', () => {
    it(
      'are made anew at the start if it was an older one',
      withStorage(async (storage) => {
        await deposit(storage, 'alice', 5)
        await plant(storage, FOLD_VERSION - 1)
        const { errors } = startProjector(storage)
        await eventually(async () => (await storage.summaries.active())?.foldVersion).toBe(FOLD_VERSION)
        await deposit(storage, 'bob', 2)
        await caughtUp(storage)
        await expectTruth(storage)
        expect(errors).toEqual([])
      }),
    )

    it(
      'are left alone if it was a newer one, however much happens',
      withStorage(async (storage) => {
        await deposit(storage, 'alice', 5)
        const newer = await plant(storage, FOLD_VERSION + 1)
        const { sources, calls } = watched(storage)
        const { errors } = startProjector(sources)
        for (const number of oneTo(3)) {
          const before = calls.length
          await deposit(storage, 'bob', number)
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
        await deposit(storage, 'alice', 5)
        const { sources, calls } = watched(storage)
        startProjector(sources)
        await caughtUp(storage)
        const newer = await plant(storage, FOLD_VERSION + 1)
        calls.length = 0
        await deposit(storage, 'bob', 3)
        await eventually(() => calls).toContain('active')
        await quiet(calls)
        expect(await storage.summaries.active()).toEqual(newer)
        expect(await storage.summaries.list()).toEqual([WRONG])
      }),
    )

    it(
      'are moved on again once this fold has made them anew',
      withStorage(async (storage) => {
        await deposit(storage, 'alice', 5)
        await plant(storage, FOLD_VERSION + 1)
        const { sources, calls } = watched(storage)
        startProjector(sources)
        await deposit(storage, 'bob', 2)
        await eventually(() => calls).toContain('active')
        await rebuild(storage)
        await deposit(storage, 'bob', 2)
        await caughtUp(storage)
        await expectTruth(storage)
      }),
    )
  })

  it(
    'notices that somebody else made the summaries anew, and completes those',
    withStorage(async (storage) => {
      await deposit(storage, 'alice', 5)
      const { errors } = startProjector(storage)
      await caughtUp(storage)
      const { generation } = await storage.summaries.begin(FOLD_VERSION)
      expect(await storage.summaries.activate(generation)).toBe(true)
      await deposit(storage, 'bob', 1)
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
        await deposit(storage, 'alice', 5)
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
        await deposit(storage, 'alice', 5)
        await catchUp(storage)
        await deposit(storage, 'alice', 2)
        const misfit = await setPosition(storage, 6)
        await expect(catchUp(storage)).rejects.toThrow('event 7 of "alice" cannot follow event 5')
        expect(await storage.summaries.active()).toEqual(misfit)
        expect((await storage.summaries.list())[0]?.version).toBe(5)
      }),
    )

    it(
      'while the projector runs are noticed at the next event, and are right again after a rebuild',
      withStorage(async (storage) => {
        await deposit(storage, 'alice', 5)
        const { errors } = startProjector({ ...storage, events: paged(storage) })
        await caughtUp(storage)
        await setPosition(storage, 2)
        await deposit(storage, 'alice', 1)
        await eventually(() => errors.length).toBeGreaterThan(2)
        expect(new Set(errors.map(String)).size).toBe(1)
        expect((await storage.summaries.list())[0]?.version).toBe(5)

        await rebuild(storage)
        await deposit(storage, 'alice', 1)
        await caughtUp(storage)
        await expectTruth(storage)
      }),
    )
  })
}
