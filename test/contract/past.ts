import fc from 'fast-check'
import { expect, it } from 'vitest'
import { at, deposited, newEvent } from '../events/sample-events.ts'
import type { WithStore } from './event-store.ts'

const depositsAt = (...seconds: readonly number[]) =>
  seconds.map((second) => newEvent(deposited(1), { occurredAt: at(second) }))

export const past = (withStore: WithStore) => {
  it.each([
    { when: 'before the first event', second: 9, version: 0 },
    { when: 'a millisecond before the first', second: 9.999, version: 0 },
    { when: 'at the first', second: 10, version: 1 },
    { when: 'a millisecond after the first', second: 10.001, version: 1 },
    { when: 'between two', second: 15, version: 1 },
    { when: 'a millisecond before two of the same time', second: 19.999, version: 1 },
    { when: 'at two of the same time', second: 20, version: 3 },
    { when: 'after them', second: 25, version: 3 },
    { when: 'at the last', second: 30.5, version: 4 },
    { when: 'long after the last', second: 1e9, version: 4 },
    { when: 'long before the first', second: -1e9, version: 0 },
  ])('$when: at version $version', ({ second, version }) =>
    withStore(async (store) => {
      await store.append('bob', depositsAt(1, 2, 3), { expected: 'any' })
      await store.append('alice', depositsAt(10, 20), { expected: 'any' })
      await store.append('bob', depositsAt(20, 50), { expected: 'any' })
      await store.append('alice', depositsAt(20, 30.5), { expected: 'any' })
      expect(await store.versionAt('alice', at(second))).toBe(version)
    })())

  it(
    'a stream that nobody wrote to is at 0 at any time',
    withStore(async (store) => {
      expect(await store.versionAt('nobody', at(0))).toBe(0)
      await store.append('alice', depositsAt(0), { expected: 'any' })
      expect(await store.versionAt('nobody', at(60))).toBe(0)
      expect(await store.versionAt('Alice', at(60))).toBe(0)
    }),
  )

  it(
    'an event that came with an earlier time than its predecessor counts from the predecessor’s on',
    withStore(async (store) => {
      await store.append('alice', depositsAt(10, 5, 20, 7), { expected: 'any' })
      const versions = [5, 9.999, 10, 19.999, 20].map((second) => store.versionAt('alice', at(second)))
      expect(await Promise.all(versions)).toEqual([0, 0, 2, 2, 4])
    }),
  )

  it(
    'as many events as are not later, at any time of any stream',
    withStore(async (store) => {
      let run = 0
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 20 }),
          fc.integer({ min: -1, max: 21 }),
          async (seconds, second) => {
            const stream = `account ${++run}`
            await store.append(stream, depositsAt(...seconds), { expected: 'no-stream' })
            const events = await store.read(stream)
            const notLater = events.filter(({ occurredAt }) => occurredAt <= at(second))
            expect(await store.versionAt(stream, at(second))).toBe(notLater.length)
          },
        ),
        { numRuns: 50 },
      )
    }),
  )
}
