/** What the projector promises on every store: each event counts once, whatever happens to whom. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { forget } from '../../src/commands/forget.ts'
import { catchUp, rebuild, type Sources } from '../../src/projection/projector.ts'
import { emptyReading, readOn } from '../../src/projection/reading.ts'
import { Readings } from '../../src/projection/readings.ts'
import { type ListQuery, placeOf } from '../../src/projection/summary-table.ts'
import type { Storage } from '../../src/storage.ts'
import { deposited, deposits, newEvents, oneTo, opened } from '../events/sample-events.ts'
import { type Entry, ledger, listed, write } from './ledger.ts'
import {
  caughtUp,
  Death,
  expectTruth,
  fated,
  fates,
  paged,
  revived,
  startProjector,
  turns,
  withStorageOf,
} from './projecting.ts'
import { rebuilding } from './rebuilding.ts'
import { takingOver } from './taking-over.ts'

const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 })

/** `open` gives an empty store each time; the suite closes it. A property is tried on so many of them. */
export const readSide = (name: string, open: () => Promise<Storage>, runs: number) =>
  describe(`${name}: the projector`, () => {
    const withStorage = withStorageOf(open)

    const sourcesOf = (
      storage: Storage,
      pages?: readonly number[],
      summaries = storage.summaries,
    ): Sources => ({
      events: paged(storage, pages),
      snapshots: storage.snapshots,
      summaries,
    })

    it('makes summaries that are the fold, of any log, in pages of any size', () =>
      fc.assert(
        fc.asyncProperty(ledger(), sizes, fc.nat(40), async (entries, pages, cut) => {
          await withStorage(async (storage) => {
            const sources = sourcesOf(storage, pages)
            await write(storage.events, entries.slice(0, cut))
            await catchUp(sources)
            await expectTruth(storage)
            await write(storage.events, entries.slice(cut))
            await catchUp(sources)
            await expectTruth(storage)
            await rebuild(sources)
            await expectTruth(storage)
          })()
        }),
        { numRuns: runs },
      ))

    it('counts each event once, whenever it dies, also if there are two', () =>
      fc.assert(
        fc.asyncProperty(ledger(), sizes, fates, fates, async (entries, pages, one, other) => {
          await withStorage(async (storage) => {
            const catchingUp = [one, other].map((fates) => {
              const sources = sourcesOf(storage, pages, fated(storage.summaries, fates))
              return revived(() => catchUp(sources))
            })
            await Promise.all([...catchingUp, write(storage.events, entries)])
            await catchUp(sourcesOf(storage))
            await expectTruth(storage)
          })()
        }),
        { numRuns: runs },
      ))

    it('counts each event once, whenever it is stopped, started again or tries again', () =>
      fc.assert(
        fc.asyncProperty(
          ledger(),
          sizes,
          fates,
          fc.array(fc.record({ writes: fc.nat(8), starts: fc.nat(2), lives: fc.nat(30) }), { maxLength: 6 }),
          async (entries, pages, fates, steps) => {
            await withStorage(async (storage) => {
              const left: Entry[] = [...entries]
              for (const { writes, starts, lives } of steps) {
                const running = oneTo(starts).map(() =>
                  startProjector(sourcesOf(storage, pages, fated(storage.summaries, fates))),
                )
                await Promise.all([write(storage.events, left.splice(0, writes)), turns(lives)])
                await Promise.all(running.map(({ projector }) => projector.stop()))
                for (const error of running.flatMap(({ errors }) => errors))
                  expect(error).toBeInstanceOf(Death)
              }
              const { projector, errors } = startProjector(sourcesOf(storage, pages))
              await write(storage.events, left)
              await caughtUp(storage)
              await projector.stop()
              expect(errors).toEqual([])
              await expectTruth(storage)
            })()
          },
        ),
        { numRuns: runs },
      ))

    it(
      'counts what is delivered twice once',
      withStorage(async (storage) => {
        const { subscribe, ...others } = paged(storage, [2])
        const twice: Sources['events'] = {
          ...others,
          subscribe: ({ after }, onEvents, onError) =>
            subscribe(
              { after: Math.max(after - 3, 0) },
              async (events) => {
                await onEvents(events)
                return onEvents(events)
              },
              onError,
            ),
        }
        await storage.events.append('alice', deposits(5), { expected: 'any' })
        await catchUp(storage)
        const { errors } = startProjector({ ...storage, events: twice })
        for (const count of [1, 2, 5]) {
          await storage.events.append('bob', deposits(count), { expected: 'any' })
          await storage.events.append('alice', deposits(1), { expected: 'any' })
          await caughtUp(storage)
        }
        await expectTruth(storage)
        expect(errors).toEqual([])
      }),
    )

    it(
      'follows the log with two projectors at once, without a fault',
      withStorage(async (storage) => {
        const projectors = [startProjector(sourcesOf(storage, [3])), startProjector(sourcesOf(storage, [4]))]
        await Promise.all(
          ['alice', 'bob'].map(async (account) => {
            for (const event of deposits(30)) {
              await storage.events.append(account, [event], { expected: 'any' })
              await turns(2)
            }
          }),
        )
        await caughtUp(storage)
        await expectTruth(storage)
        for (const { errors } of projectors) expect(errors).toEqual([])
      }),
    )

    it(
      'keeps snapshots as it goes, as many as the log has room for',
      withStorage(async (storage) => {
        const { every } = storage.snapshots
        await storage.events.append('alice', deposits(every - 1), { expected: 'any' })
        startProjector(storage)
        await caughtUp(storage)
        expect(await storage.snapshots.nearest('alice', 10 * every)).toBeUndefined()
        await storage.events.append('alice', deposits(every + 2), { expected: 'any' })
        await caughtUp(storage)
        for (const version of [every, 2 * every]) {
          const events = await storage.events.read('alice', { to: version, limit: version })
          expect(await storage.snapshots.nearest('alice', version)).toStrictEqual(
            events.reduce(readOn, emptyReading),
          )
        }
      }),
    )

    it(
      'keeps no snapshot that can still be read of an owner who was forgotten before it came to that',
      withStorage(async (storage) => {
        const { events, snapshots } = storage
        const { every } = snapshots
        await events.append('alice', [...newEvents(opened(5)), ...deposits(every - 2)], { expected: 'any' })
        await catchUp(storage)
        await events.append('alice', deposits(1), { expected: 'any' })
        await forget(storage, 'alice', { actor: 'somebody' })
        await catchUp(storage)
        const snapshot = await snapshots.nearest('alice', every)
        expect(snapshot?.account.owner).toBe('[erased]')
        expect(snapshot).toEqual(await new Readings(events).past('alice', { version: every }))
      }),
    )

    rebuilding(withStorage)
    takingOver(withStorage)

    describe('a list', () => {
      it(
        'is searched by name and owner in any case, and forgets who was forgotten',
        withStorage(async (storage) => {
          await storage.events.append('Club', newEvents(opened(5)), { expected: 'any' })
          await storage.events.append('household', deposits(1), { expected: 'any' })
          await catchUp(storage)
          const found = async (search: string) =>
            (await listed(storage.summaries, { search })).map(({ account }) => account)
          expect(await found('aDA')).toEqual(['Club'])
          expect(await found('cLUB')).toEqual(['Club'])
          expect(await found('HOUSE')).toEqual(['household'])

          await forget(storage, 'Club', { actor: 'somebody' })
          await catchUp(storage)
          expect(await found('Ada')).toEqual([])
          expect(await found('[ERASED]')).toEqual(['Club'])
          await expectTruth(storage)
        }),
      )

      it(
        'visits each account once, page by page, while others are added all over the place',
        withStorage(async (storage) => {
          const { events, summaries } = storage
          const add = async (account: string) => {
            await events.append(account, newEvents(deposited(1)), { expected: 'any' })
            await catchUp(storage)
          }
          const there = oneTo(9).map((number) => `account ${number}`)
          for (const account of there) await add(account)

          const visited: string[] = []
          let query: ListQuery = { limit: 2 }
          for (let page = 0; ; page++) {
            const accounts = await summaries.list(query)
            const last = accounts.at(-1)
            if (!last) break
            query = { ...query, after: placeOf(last, 'account') }
            visited.push(...accounts.map(({ account }) => account))
            await add(`account ${page}a`)
            await add(`account ${9 - page}b`)
          }
          expect(new Set(visited).size).toBe(visited.length)
          expect(visited).toEqual(expect.arrayContaining(there))
          expect(visited).toEqual([...visited].sort())
        }),
      )
    })
  })
