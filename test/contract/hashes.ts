import { expect, it } from 'vitest'
import type { RecordedEvent } from '../../src/events/event.ts'
import { hashOf } from '../../src/events/hash-chain.ts'
import type { EventStore } from '../../src/events/store.ts'
import { Collector, unexpected } from '../events/collector.ts'
import {
  at,
  deposited,
  deposits,
  idsOf,
  newEvent,
  newEvents,
  oneTo,
  withdrawn,
} from '../events/sample-events.ts'
import type { WithStore } from './event-store.ts'

/** For events without personal text, which are stored as they are read. */
const expectLinked = (stream: readonly RecordedEvent[]): void => {
  let previous = ''
  for (const event of stream) {
    expect(event.hash).toBe(hashOf(event, previous))
    previous = event.hash
  }
}

const appendAll = async (store: EventStore) => {
  await store.append('alice', newEvents(deposited(100), withdrawn(30)), { expected: 'any' })
  await store.append('bob', deposits(3), { expected: 'any' })
  await store.append('alice', newEvents({ type: 'unfrozen', data: {} }, { type: 'closed', data: {} }), {
    expected: 'any',
  })
  await store.append('alice', newEvents({ type: 'forgotten', data: {} }), { expected: 'any' })
}

export const hashes = (withStore: WithStore) => {
  it(
    'by a hash over what it holds and the hash before it, in each stream from its own beginning',
    withStore(async (store) => {
      await appendAll(store)
      expect(await store.read('alice')).toHaveLength(5)
      expectLinked(await store.read('alice'))
      expectLinked(await store.read('bob'))
    }),
  )

  it(
    'over the time that was recorded, not the earlier one that was given',
    withStore(async (store) => {
      const events = [10, 5, 20].map((second) => newEvent(deposited(1), { occurredAt: at(second) }))
      await store.append('alice', events, { expected: 'any' })
      await store.append('alice', [newEvent(deposited(1), { occurredAt: at(1) })], { expected: 'any' })
      expectLinked(await store.read('alice'))
    }),
  )

  it(
    'when many append at once',
    withStore(async (store) => {
      const streams = oneTo(30).map((number) => `s${number % 3}`)
      await Promise.all(
        streams.map((stream, index) => store.append(stream, deposits((index % 4) + 1), { expected: 'any' })),
      )
      for (const stream of new Set(streams)) expectLinked(await store.read(stream))
    }),
  )

  it(
    'the same however it is read',
    withStore(async (store) => {
      const collector = new Collector()
      await appendAll(store)
      const all = await store.readAll()
      const hashById = new Map(all.map(({ id, hash }) => [id, hash]))
      const subscription = store.subscribe({ after: 0 }, collector.onEvents, unexpected)
      await collector.has(all.length)
      await subscription.stop()
      const readings = [
        await store.read('alice'),
        await store.read('bob', { direction: 'backward' }),
        [...(await store.find(idsOf(all))).values()],
        collector.events,
      ]
      for (const { id, hash } of readings.flat()) expect(hash).toBe(hashById.get(id))
      expect(new Set(hashById.values()).size).toBe(all.length)
    }),
  )

  it(
    'the same after a repetition and after what was refused',
    withStore(async (store) => {
      const events = deposits(2)
      await store.append('alice', events, { expected: 'any' })
      await store.append('alice', events, { expected: 'any' })
      await expect(store.append('alice', deposits(1), { expected: 7 })).rejects.toThrow()
      await store.append('alice', deposits(1), { expected: 2 })
      expect(await store.read('alice')).toHaveLength(3)
      expectLinked(await store.read('alice'))
    }),
  )

  it(
    'with personal text, too: a hash of its own for each',
    withStore(async (store) => {
      const same = () => newEvent({ type: 'withdrawn', data: { amount: 1, reason: 'a bicycle' } })
      await store.append('alice', [same(), same()], { expected: 'any' })
      await store.append('bob', [same()], { expected: 'any' })
      const hashes = (await store.readAll()).map(({ hash }) => hash)
      for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{64}$/)
      expect(new Set(hashes).size).toBe(3)
    }),
  )
}
