import { describe, expect, it } from 'vitest'
import { ERASED, type RecordedEvent } from '../../src/events/event.ts'
import { PAGE, type ReadOptions } from '../../src/events/store.ts'
import {
  deposits,
  idsOf,
  newEvent,
  newEvents,
  oneTo,
  opened,
  positionsOf,
  versionsOf,
} from '../events/sample-events.ts'
import type { WithStore } from './event-store.ts'

/** Read from a stream of five events. */
const pages: readonly { readonly options: ReadOptions; readonly versions: readonly number[] }[] = [
  { options: {}, versions: [1, 2, 3, 4, 5] },
  { options: { direction: 'forward' }, versions: [1, 2, 3, 4, 5] },
  { options: { direction: 'backward' }, versions: [5, 4, 3, 2, 1] },
  { options: { from: 1 }, versions: [1, 2, 3, 4, 5] },
  { options: { from: 0 }, versions: [1, 2, 3, 4, 5] },
  { options: { from: 3 }, versions: [3, 4, 5] },
  { options: { from: 5 }, versions: [5] },
  { options: { from: 6 }, versions: [] },
  { options: { to: 0 }, versions: [] },
  { options: { to: 1 }, versions: [1] },
  { options: { to: 4 }, versions: [1, 2, 3, 4] },
  { options: { to: 6 }, versions: [1, 2, 3, 4, 5] },
  { options: { limit: 1 }, versions: [1] },
  { options: { limit: 5 }, versions: [1, 2, 3, 4, 5] },
  { options: { limit: 6 }, versions: [1, 2, 3, 4, 5] },
  { options: { from: 2, to: 4 }, versions: [2, 3, 4] },
  { options: { from: 3, to: 3 }, versions: [3] },
  { options: { from: 4, to: 2 }, versions: [] },
  { options: { from: 2, to: 4, limit: 2 }, versions: [2, 3] },
  { options: { from: 2, limit: 3 }, versions: [2, 3, 4] },
  { options: { from: 3, direction: 'backward' }, versions: [5, 4, 3] },
  { options: { from: 0, direction: 'backward' }, versions: [5, 4, 3, 2, 1] },
  { options: { from: 6, direction: 'backward' }, versions: [] },
  { options: { to: 0, direction: 'backward' }, versions: [] },
  { options: { to: 4, direction: 'backward' }, versions: [4, 3, 2, 1] },
  { options: { limit: 2, direction: 'backward' }, versions: [5, 4] },
  { options: { to: 4, limit: 2, direction: 'backward' }, versions: [4, 3] },
  { options: { from: 2, to: 4, direction: 'backward' }, versions: [4, 3, 2] },
  { options: { from: 3, to: 4, limit: 5, direction: 'backward' }, versions: [4, 3] },
  { options: { from: 4, to: 2, direction: 'backward' }, versions: [] },
]

export const reading = (withStore: WithStore) => {
  describe('a stream', () => {
    it.each(pages)('$options: versions $versions', ({ options, versions }) =>
      withStore(async (store) => {
        const events = deposits(5)
        await store.append('bob', deposits(2), { expected: 'any' })
        await store.append('alice', events.slice(0, 3), { expected: 'any' })
        await store.append('bob', deposits(7), { expected: 'any' })
        await store.append('alice', events.slice(3), { expected: 'any' })
        const page = await store.read('alice', options)
        expect(versionsOf(page)).toEqual(versions)
        expect(idsOf(page)).toEqual(versions.map((version) => events[version - 1]?.id))
      })())

    it(
      'that nobody wrote to: nothing, and it comes into being by appending alone',
      withStore(async (store) => {
        expect(await store.read('nobody')).toEqual([])
        expect(await store.read('nobody', { direction: 'backward' })).toEqual([])
        await store.append('alice', deposits(1), { expected: 'any' })
        expect(await store.read('nobody')).toEqual([])
        expect(await store.append('nobody', deposits(1), { expected: 'no-stream' })).toMatchObject({
          version: 1,
        })
      }),
    )

    it(
      'as facts alone: what happened is the same, but for texts that no fold looks at',
      withStore(async (store) => {
        const texts = newEvents(opened(7), { type: 'deposited', data: { amount: 5, source: 'a\\b' } })
        await store.append('alice', [...texts, ...deposits(PAGE)], { expected: 'any' })
        await store.append('bob', deposits(2), { expected: 'any' })
        expect(await store.facts('nobody')).toEqual([])
        for (const options of [{}, { from: 2 }, { to: 1 }, { from: 2, to: 9, limit: 3 }, { from: PAGE }]) {
          const page = await store.read('alice', options)
          expect(await store.facts('alice', options)).toMatchObject(
            page.map(({ version, type, data }) => ({
              version,
              type,
              data: 'source' in data ? { ...data, source: ERASED } : data,
            })),
          )
          expect(await store.facts('alice', options)).toHaveLength(page.length)
        }
      }),
    )

    it(
      'one page at a time if it is not told how much',
      withStore(async (store) => {
        await store.append('alice', deposits(PAGE + 2), { expected: 'any' })
        expect(versionsOf(await store.read('alice'))).toEqual(oneTo(PAGE))
        expect(versionsOf(await store.read('alice', { direction: 'backward' }))).toEqual(
          oneTo(PAGE + 2)
            .reverse()
            .slice(0, PAGE),
        )
      }),
    )

    it.each([1, 3, 7, 10, 11])('in pages of %i: every event exactly once, both ways', (limit) =>
      withStore(async (store) => {
        await store.append('alice', deposits(10), { expected: 'any' })
        const forward: RecordedEvent[] = []
        const backward: RecordedEvent[] = []
        for (let from = 1; ; from = (forward.at(-1)?.version ?? 0) + 1) {
          const page = await store.read('alice', { from, limit })
          if (page.length === 0) break
          forward.push(...page)
        }
        for (let to = 10; ; to = (backward.at(-1)?.version ?? 0) - 1) {
          const page = await store.read('alice', { to, limit, direction: 'backward' })
          if (page.length === 0) break
          backward.push(...page)
        }
        expect(versionsOf(forward)).toEqual(oneTo(10))
        expect(versionsOf(backward)).toEqual(oneTo(10).reverse())
      })())
  })

  describe('the whole log', () => {
    it(
      'in commit order, with every stream’s events as that stream has them',
      withStore(async (store) => {
        const batches = oneTo(9).map((size) => ({ stream: `s${size % 3}`, events: deposits(size % 4 || 1) }))
        for (const { stream, events } of batches) await store.append(stream, events, { expected: 'any' })
        const all = await store.readAll()
        expect(idsOf(all)).toEqual(idsOf(batches.flatMap(({ events }) => events)))
        for (const stream of ['s0', 's1', 's2']) {
          expect(all.filter((event) => event.stream === stream)).toEqual(await store.read(stream))
        }
      }),
    )

    it.each([1, 2, 5, 12, 13])('in pages of %i: every event exactly once', (limit) =>
      withStore(async (store) => {
        for (const stream of ['a', 'b', 'a', 'c'])
          await store.append(stream, deposits(3), { expected: 'any' })
        const read: RecordedEvent[] = []
        for (;;) {
          const page = await store.readAll({ after: read.at(-1)?.position ?? 0, limit })
          expect(page.length).toBeLessThanOrEqual(limit)
          if (page.length === 0) break
          read.push(...page)
        }
        expect(read).toEqual(await store.readAll())
        expect(read).toHaveLength(12)
      })())

    it(
      'after any position, which is not in it',
      withStore(async (store) => {
        await store.append('a', deposits(2), { expected: 'any' })
        await store.append('b', deposits(2), { expected: 'any' })
        const positions = positionsOf(await store.readAll())
        for (const [index, after] of [0, ...positions].entries()) {
          expect(positionsOf(await store.readAll({ after }))).toEqual(positions.slice(index))
        }
        expect(await store.readAll({ after: (await store.head()) + 1 })).toEqual([])
      }),
    )

    it(
      'one page at a time if it is not told how much',
      withStore(async (store) => {
        expect(await store.readAll()).toEqual([])
        await store.append('alice', deposits(PAGE + 1), { expected: 'any' })
        expect(await store.readAll()).toHaveLength(PAGE)
      }),
    )
  })

  describe('by id', () => {
    it(
      'the events that are there, of any stream, and none that are not',
      withStore(async (store) => {
        const [a, b, c, missing] = [newEvent(), newEvent(), newEvent(), newEvent()]
        await store.append('alice', [a, b], { expected: 'any' })
        await store.append('bob', [c], { expected: 'any' })
        const found = await store.find([c.id, missing.id, a.id, a.id])
        expect([...found.keys()].sort()).toEqual([a.id, c.id].sort())
        expect(found.get(a.id)).toEqual((await store.read('alice'))[0])
        expect(found.get(c.id)).toEqual((await store.read('bob'))[0])
        expect((await store.find([])).size).toBe(0)
      }),
    )

    it(
      'a thousand at once',
      withStore(async (store) => {
        const events = deposits(1_000)
        await store.append('alice', events, { expected: 'any' })
        expect((await store.find(idsOf(events))).size).toBe(1_000)
      }),
    )
  })

  it(
    'the head: 0 in an empty log, then the position of the newest event',
    withStore(async (store) => {
      expect(await store.head()).toBe(0)
      await store.append('alice', deposits(2), { expected: 'any' })
      const { position } = await store.append('bob', deposits(1), { expected: 'any' })
      expect(await store.head()).toBe(position)
      expect(positionsOf(await store.readAll()).at(-1)).toBe(position)
    }),
  )
}
