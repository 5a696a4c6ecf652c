import { expect, it } from 'vitest'
import { InvalidEventError, SCHEMA_VERSIONS } from '../../src/events/event.ts'
import { MAX_AMOUNT } from '../../src/events/money.ts'
import {
  at,
  deposited,
  deposits,
  idsOf,
  newEvent,
  newEvents,
  oneTo,
  positionsOf,
  versionsOf,
  withdrawn,
} from '../events/sample-events.ts'
import type { WithStore } from './event-store.ts'
import { shown } from './shown.ts'

export const appending = (withStore: WithStore) => {
  it(
    'and gives the version and position of the last event',
    withStore(async (store) => {
      await store.append('bob', deposits(1), { expected: 'any' })
      const appended = await store.append('alice', deposits(3), { expected: 'any' })
      const last = (await store.read('alice')).at(-1)
      expect(appended).toEqual({ version: 3, position: last?.position, repeated: false })
    }),
  )

  it(
    'versions from 1 without a hole, in every stream',
    withStore(async (store) => {
      await store.append('alice', deposits(2), { expected: 'any' })
      await store.append('bob', deposits(1), { expected: 'any' })
      await store.append('alice', deposits(3), { expected: 'any' })
      await store.append('bob', deposits(2), { expected: 'any' })
      expect(versionsOf(await store.read('alice'))).toEqual([1, 2, 3, 4, 5])
      expect(versionsOf(await store.read('bob'))).toEqual([1, 2, 3])
    }),
  )

  it(
    'at positions that increase in commit order, across streams',
    withStore(async (store) => {
      const appended = [
        await store.append('alice', deposits(2), { expected: 'any' }),
        await store.append('bob', deposits(1), { expected: 'any' }),
        await store.append('alice', deposits(1), { expected: 'any' }),
      ]
      const positions = positionsOf(await store.readAll())
      expect(positions).toHaveLength(4)
      expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b))
      expect(positions[0]).toBeGreaterThan(0)
      expect(appended.map(({ position }) => position)).toEqual([positions[1], positions[2], positions[3]])
    }),
  )

  it(
    'what comes back as it was given',
    withStore(async (store) => {
      const metadata = { commandId: 'c-9', correlationId: 'r-9', causationId: 'k-9', actor: "Zoë O'Hara 💶" }
      const given = [
        newEvent(deposited(MAX_AMOUNT), { metadata, occurredAt: at(0.123) }),
        newEvent(withdrawn(1), { occurredAt: at(7) }),
      ]
      await store.append('alice', given, { expected: 'any' })
      const read = await store.read('alice')
      expect(
        read.map(({ id, type, data, metadata, occurredAt }) => ({ id, type, data, metadata, occurredAt })),
      ).toEqual(given)
      expect(read.map(({ stream }) => stream)).toEqual(['alice', 'alice'])
    }),
  )

  it(
    'with the schema version that its type has today',
    withStore(async (store) => {
      await store.append('alice', newEvents(deposited(1), withdrawn(1)), { expected: 'any' })
      const read = await store.read('alice')
      expect(read.map(({ schemaVersion }) => schemaVersion)).toEqual([
        SCHEMA_VERSIONS.deposited,
        SCHEMA_VERSIONS.withdrawn,
      ])
    }),
  )

  it.each([
    'it\'s "quoted"; --',
    'a/b%_\\',
    '__proto__',
    'constructor',
    'Zoë 💶',
    'Alice',
  ])('to a stream of any name: %s', (name) =>
    withStore(async (store) => {
      const [event, other] = [newEvent(), newEvent()]
      await store.append(name, [event], { expected: 'no-stream' })
      await store.append('alice', [other], { expected: 'no-stream' })
      expect(idsOf(await store.read(name))).toEqual([event.id])
      expect((await store.readAll()).map(({ stream }) => stream)).toEqual([name, 'alice'])
    })())

  it(
    'no events: that is refused',
    withStore(async (store) => {
      await expect(store.append('alice', [], { expected: 'any' })).rejects.toThrow(RangeError)
      expect(await store.read('alice')).toEqual([])
      expect(await store.append('alice', deposits(1), { expected: 'no-stream' })).toMatchObject({
        version: 1,
      })
    }),
  )

  it(
    'all or nothing: with a bad event in the middle nothing changes',
    withStore(async (store) => {
      const kept = deposits(2)
      const refused = newEvents(deposited(1), deposited(0.5), deposited(3))
      await store.append('alice', kept, { expected: 'any' })
      const ids = idsOf([...kept, ...refused])
      const before = await shown(store, ['alice', 'bob'], ids)

      await expect(store.append('alice', refused, { expected: 'any' })).rejects.toThrow(InvalidEventError)
      await expect(store.append('bob', refused, { expected: 'any' })).rejects.toThrow(InvalidEventError)

      expect(await shown(store, ['alice', 'bob'], ids)).toEqual(before)
      expect(await store.append('bob', deposits(1), { expected: 'no-stream' })).toMatchObject({ version: 1 })
    }),
  )

  it(
    'more events than a page in one call',
    withStore(async (store) => {
      expect(await store.append('alice', deposits(1_001), { expected: 'any' })).toMatchObject({
        version: 1_001,
      })
      expect(await store.read('alice', { from: 1_001 })).toMatchObject([{ data: { amount: 1_001 } }])
    }),
  )

  it(
    'an event that is earlier than its predecessor at the predecessor’s time',
    withStore(async (store) => {
      const append = (...seconds: readonly number[]) =>
        store.append(
          'alice',
          seconds.map((second) => newEvent(deposited(1), { occurredAt: at(second) })),
          { expected: 'any' },
        )
      await append(10, 5, 20)
      await append(15, 30, 29)
      await append(40)
      const times = (await store.read('alice')).map(({ occurredAt }) => occurredAt)
      expect(times).toEqual([10, 10, 20, 20, 30, 30, 40].map(at))
    }),
  )

  it(
    'at the time given, however late other streams are',
    withStore(async (store) => {
      await store.append('alice', [newEvent(deposited(1), { occurredAt: at(60) })], { expected: 'any' })
      await store.append('bob', [newEvent(deposited(1), { occurredAt: at(1) })], { expected: 'any' })
      expect(await store.read('bob')).toMatchObject([{ occurredAt: at(1) }])
    }),
  )

  it(
    'from many callers at once, each of them whole',
    withStore(async (store) => {
      const batches = oneTo(50).map((size) => deposits((size % 3) + 1))
      const appended = await Promise.all(
        batches.map((batch) => store.append('alice', batch, { expected: 'any' })),
      )
      const read = await store.read('alice')
      expect(versionsOf(read)).toEqual(oneTo(batches.flat().length))
      for (const [index, batch] of batches.entries()) {
        const version = appended[index]?.version ?? 0
        expect(idsOf(read.slice(version - batch.length, version))).toEqual(idsOf(batch))
      }
    }),
  )
}
