import { expect, it } from 'vitest'
import { isExpected } from '../../src/events/event-log.ts'
import { ConcurrencyError, type ExpectedVersion } from '../../src/events/store.ts'
import { deposits, idsOf, newEvent, oneTo, versionsOf } from '../events/sample-events.ts'
import type { WithStore } from './event-store.ts'
import { shown } from './shown.ts'

interface Case {
  readonly expected: ExpectedVersion
  readonly actual: number
}

const met: readonly Case[] = [
  { expected: 0, actual: 0 },
  { expected: 2, actual: 2 },
  { expected: 'no-stream', actual: 0 },
  { expected: 'stream-exists', actual: 1 },
  { expected: 'stream-exists', actual: 2 },
  { expected: 'any', actual: 0 },
  { expected: 'any', actual: 2 },
]

const unmet: readonly Case[] = [
  { expected: 0, actual: 1 },
  { expected: 1, actual: 0 },
  { expected: 1, actual: 2 },
  { expected: 3, actual: 2 },
  { expected: 'no-stream', actual: 2 },
  { expected: 'stream-exists', actual: 0 },
]

export const concurrency = (withStore: WithStore) => {
  it.each(met)('$expected, and appends to a stream at $actual', ({ expected, actual }) =>
    withStore(async (store) => {
      await store.append('bob', deposits(5), { expected: 'any' })
      if (actual > 0) await store.append('alice', deposits(actual), { expected: 'any' })
      expect(await store.append('alice', deposits(1), { expected })).toMatchObject({ version: actual + 1 })
      expect(await store.read('alice')).toHaveLength(actual + 1)
    })())

  it.each(unmet)('$expected, and appends nothing to a stream at $actual', ({ expected, actual }) =>
    withStore(async (store) => {
      await store.append('bob', deposits(5), { expected: 'any' })
      if (actual > 0) await store.append('alice', deposits(actual), { expected: 'any' })
      const refused = deposits(2)
      const before = await shown(store, ['alice', 'bob'], idsOf(refused))

      const error = await store.append('alice', refused, { expected }).catch((thrown: unknown) => thrown)

      expect(error).toBeInstanceOf(ConcurrencyError)
      expect(error).toMatchObject({ name: 'ConcurrencyError', stream: 'alice', expected, actual })
      expect(error).toHaveProperty(
        'message',
        `Stream "alice" is at version ${actual}, not at the expected ${expected}. Read on and decide again.`,
      )
      expect(await shown(store, ['alice', 'bob'], idsOf(refused))).toEqual(before)
    })())

  it(
    'and can be tried again with the same events at the right version',
    withStore(async (store) => {
      const late = newEvent()
      await store.append('alice', deposits(1), { expected: 0 })
      await expect(store.append('alice', [late], { expected: 0 })).rejects.toThrow(ConcurrencyError)
      expect(await store.append('alice', [late], { expected: 1 })).toMatchObject({
        version: 2,
        repeated: false,
      })
    }),
  )

  it.each<Case & { readonly winners: number }>([
    { expected: 0, actual: 0, winners: 1 },
    { expected: 2, actual: 2, winners: 1 },
    { expected: 1, actual: 2, winners: 0 },
    { expected: 'no-stream', actual: 0, winners: 1 },
    { expected: 'no-stream', actual: 2, winners: 0 },
    { expected: 'stream-exists', actual: 0, winners: 0 },
    { expected: 'stream-exists', actual: 2, winners: 50 },
    { expected: 'any', actual: 0, winners: 50 },
    { expected: 'any', actual: 2, winners: 50 },
  ])('$expected from 50 callers at once at $actual: $winners append', ({ expected, actual, winners }) =>
    withStore(async (store) => {
      if (actual > 0) await store.append('alice', deposits(actual), { expected: 'any' })
      const results = await Promise.allSettled(
        oneTo(50).map(() => store.append('alice', deposits(2), { expected })),
      )
      const refused = results.filter((result) => result.status === 'rejected')
      expect(refused).toHaveLength(50 - winners)
      for (const { reason } of refused) expect(reason).toBeInstanceOf(ConcurrencyError)
      expect(versionsOf(await store.read('alice'))).toEqual(oneTo(actual + 2 * winners))
      expect(await store.head()).toBe((await store.readAll()).at(-1)?.position ?? 0)
    })())

  it(
    'of every kind at once: each is told what it would be if they had come one after the other',
    withStore(async (store) => {
      const kinds: readonly ExpectedVersion[] = ['no-stream', 'stream-exists', 'any', 0, 1, 2, 3, 5, 8]
      const asked = oneTo(45).map((number) => kinds[number % kinds.length] ?? 'any')
      const told = await Promise.allSettled(
        asked.map((expected) => store.append('alice', deposits(1), { expected })),
      )
      const appended: number[] = []
      for (const [index, expected] of asked.entries()) {
        const result = told[index]
        if (result?.status === 'fulfilled') {
          appended.push(result.value.version)
          expect(isExpected(expected, result.value.version - 1)).toBe(true)
        } else {
          expect(result?.reason).toMatchObject({ name: 'ConcurrencyError', expected })
          expect(isExpected(expected, result?.reason.actual)).toBe(false)
        }
      }
      expect(appended.sort((a, b) => a - b)).toEqual(versionsOf(await store.read('alice')))
      expect(appended).toEqual(oneTo(appended.length))
    }),
  )

  it(
    'in many streams at once: in each of them one appends',
    withStore(async (store) => {
      const streams = oneTo(10).map((number) => `account ${number}`)
      const results = await Promise.allSettled(
        oneTo(5).flatMap(() =>
          streams.map((stream) => store.append(stream, deposits(1), { expected: 'no-stream' })),
        ),
      )
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
      for (const stream of streams) expect(await store.read(stream)).toHaveLength(1)
    }),
  )
}
