import { describe, expect, it } from 'vitest'
import type { NewEvent } from '../../src/events/event.ts'
import { type ExpectedVersion, IdempotencyConflictError } from '../../src/events/store.ts'
import {
  at,
  deposited,
  deposits,
  idsOf,
  METADATA,
  newEvent,
  newEvents,
  oneTo,
  withdrawn,
} from '../events/sample-events.ts'
import type { WithStore } from './event-store.ts'
import { shown } from './shown.ts'

const expectations: readonly ExpectedVersion[] = [0, 2, 99, 'no-stream', 'stream-exists', 'any']

interface Conflict {
  readonly what: string
  /** What is appended after alice's log holds `a`, `b`, `c` in one append and `d` in another. */
  readonly again: (log: readonly NewEvent[]) => readonly NewEvent[]
  readonly stream?: string
}

const conflicts: readonly Conflict[] = [
  { what: 'other data', again: ([a]) => [newEvent(deposited(99), { id: a?.id ?? '' })] },
  { what: 'another type', again: ([a]) => [newEvent(withdrawn(1), { id: a?.id ?? '' })] },
  { what: 'another stream', again: (log) => log.slice(0, 3), stream: 'bob' },
  { what: 'another stream that exists', again: (log) => log.slice(0, 3), stream: 'carol' },
  { what: 'a new event before them', again: (log) => [newEvent(), ...log.slice(0, 3)] },
  { what: 'a new event between them', again: ([a, ...rest]) => [...(a ? [a] : []), newEvent(), ...rest] },
  { what: 'a new event after them', again: (log) => [...log.slice(0, 3), newEvent()] },
  { what: 'a new event after a part of them', again: (log) => [...log.slice(0, 1), newEvent()] },
  { what: 'another order', again: (log) => log.slice(0, 3).reverse() },
  { what: 'one left out', again: (log) => [...log.slice(0, 1), ...log.slice(2, 3)] },
  { what: 'an old event twice', again: (log) => [...log.slice(0, 1), ...log.slice(0, 1)] },
]

export const idempotency = (withStore: WithStore) => {
  it(
    'an id that comes for two streams at once goes to one of them, and holds up nobody else',
    withStore(async (store) => {
      for (const stream of ['alice', 'bob', 'carol', 'dora']) {
        await store.append(stream, deposits(1), { expected: 'no-stream' })
      }
      const event = newEvent()
      const before = store.append('carol', deposits(1), { expected: 1 })
      // Those that come now wait for that one, and are together in the next group.
      await new Promise(setImmediate)
      const [alice, bob, dora] = await Promise.allSettled([
        store.append('alice', [event], { expected: 'any' }),
        store.append('bob', [event], { expected: 'any' }),
        store.append('dora', deposits(1), { expected: 1 }),
      ])
      expect(await before).toMatchObject({ version: 2 })
      expect(alice).toMatchObject({ status: 'fulfilled', value: { version: 2, repeated: false } })
      expect(bob).toMatchObject({ status: 'rejected', reason: expect.any(IdempotencyConflictError) })
      expect(dora).toMatchObject({ status: 'fulfilled', value: { version: 2 } })
    }),
  )

  it.each(expectations)('and gives the first result again, expecting %s', (expected) =>
    withStore(async (store) => {
      const events = deposits(3)
      const first = await store.append('alice', events, { expected: 'any' })
      expect(await store.append('alice', events, { expected })).toEqual({ ...first, repeated: true })
      expect(await store.readAll()).toHaveLength(3)
    })())

  it(
    'even after later appends',
    withStore(async (store) => {
      const events = deposits(2)
      const first = await store.append('alice', events, { expected: 0 })
      await store.append('bob', deposits(1), { expected: 'any' })
      await store.append('alice', deposits(4), { expected: 'any' })
      const before = await shown(store, ['alice', 'bob'], idsOf(events))

      expect(await store.append('alice', events, { expected: 0 })).toEqual({ ...first, repeated: true })
      expect(await shown(store, ['alice', 'bob'], idsOf(events))).toEqual(before)
    }),
  )

  it(
    'whoever asks again and whenever: time and metadata stay those of the first',
    withStore(async (store) => {
      const event = newEvent(deposited(5), { occurredAt: at(1) })
      await store.append('alice', [event], { expected: 'any' })
      const again = { ...event, occurredAt: at(9), metadata: { ...METADATA, actor: 'Bob' } }
      expect(await store.append('alice', [again], { expected: 'any' })).toMatchObject({ repeated: true })
      expect(await store.read('alice')).toMatchObject([{ occurredAt: at(1), metadata: METADATA }])
    }),
  )

  it(
    'from many callers at once',
    withStore(async (store) => {
      const events = deposits(3)
      const results = await Promise.all(
        oneTo(20).map(() => store.append('alice', events, { expected: 'no-stream' })),
      )
      expect(results.filter(({ repeated }) => !repeated)).toHaveLength(1)
      expect(new Set(results.map(({ version, position }) => `${version} ${position}`)).size).toBe(1)
      expect(idsOf(await store.readAll())).toEqual(idsOf(events))
    }),
  )

  describe('but refuses, and appends nothing, for the same ids with', () => {
    it.each(conflicts)('$what', ({ again, stream = 'alice' }) =>
      withStore(async (store) => {
        const log = deposits(4)
        await store.append('alice', log.slice(0, 3), { expected: 'any' })
        await store.append('carol', deposits(3), { expected: 'any' })
        await store.append('alice', log.slice(3), { expected: 'any' })
        const events = again(log)
        const ids = idsOf([...log, ...events])
        const before = await shown(store, ['alice', 'bob', 'carol'], ids)

        const error = await store.append(stream, events, { expected: 'any' }).catch((e: unknown) => e)

        expect(error).toBeInstanceOf(IdempotencyConflictError)
        expect(error).toMatchObject({ name: 'IdempotencyConflictError', stream })
        expect(await shown(store, ['alice', 'bob', 'carol'], ids)).toEqual(before)
      })())

    it(
      'a new event twice in one call',
      withStore(async (store) => {
        const [event, other] = [newEvent(), newEvent()]
        await expect(store.append('alice', [event, other, event], { expected: 'any' })).rejects.toMatchObject(
          { name: 'IdempotencyConflictError', stream: 'alice', eventId: event.id },
        )
        expect(await store.readAll()).toEqual([])
        expect(await store.append('alice', [event, other], { expected: 'no-stream' })).toMatchObject({
          version: 2,
        })
      }),
    )
  })

  it(
    'and a conflict names the id that is taken, not a new one beside it',
    withStore(async (store) => {
      const [old, fresh] = [newEvent(), newEvent()]
      await store.append('alice', [old], { expected: 'any' })
      for (const events of [
        [old, fresh],
        [fresh, old],
      ]) {
        await expect(store.append('alice', events, { expected: 'any' })).rejects.toMatchObject({
          eventId: old.id,
          message: expect.stringContaining(old.id),
        })
      }
    }),
  )

  it(
    'one by one: a conflict in one stream leaves the appends beside it alone',
    withStore(async (store) => {
      const taken = newEvent(deposited(1))
      await store.append('alice', [taken], { expected: 'any' })
      const results = await Promise.allSettled([
        store.append('bob', deposits(1), { expected: 'no-stream' }),
        store.append('alice', newEvents(deposited(2)), { expected: 7 }),
        store.append('carol', [taken], { expected: 'any' }),
        store.append('dave', newEvents(deposited(-1)), { expected: 'any' }),
        store.append('eve', deposits(2), { expected: 'no-stream' }),
      ])
      expect(results.map(({ status }) => status)).toEqual([
        'fulfilled',
        'rejected',
        'rejected',
        'rejected',
        'fulfilled',
      ])
      expect((await store.readAll()).map(({ stream }) => stream).sort()).toEqual([
        'alice',
        'bob',
        'eve',
        'eve',
      ])
    }),
  )
}
