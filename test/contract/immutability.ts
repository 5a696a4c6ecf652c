import { expect, it } from 'vitest'
import type { NewEvent, RecordedEvent } from '../../src/events/event.ts'
import type { EventStore } from '../../src/events/store.ts'
import { Collector, unexpected } from '../events/collector.ts'
import { deposited, METADATA, newEvent } from '../events/sample-events.ts'
import type { WithStore } from './event-store.ts'

/** Tries to rewrite history through an object that came from the log; a store may make the attempt fail. */
const tamper = (event: RecordedEvent | undefined): void => {
  if (!event) throw new Error('There is no event to tamper with.')
  for (const part of [event.data, event.metadata, event]) {
    try {
      Object.assign(part, { amount: 1, actor: 'Mallory', stream: 'mallory' })
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError)
    }
  }
}

const expectIntact = async (store: EventStore, event: NewEvent) => {
  const intact = { id: event.id, stream: 'alice', version: 1, data: { amount: 100 }, metadata: METADATA }
  expect(await store.read('alice')).toMatchObject([intact])
  expect(await store.readAll()).toMatchObject([intact])
  expect((await store.find([event.id])).get(event.id)).toMatchObject(intact)
}

export const immutability = (withStore: WithStore) => {
  it(
    'through the objects that were appended',
    withStore(async (store) => {
      const data = { amount: 100 }
      const metadata = { ...METADATA }
      const event: NewEvent = newEvent({ type: 'deposited', data }, { metadata })
      const events = [event]
      await store.append('alice', events, { expected: 'any' })
      data.amount = 1
      metadata.actor = 'Mallory'
      events.pop()
      Object.assign(event, { type: 'withdrawn', occurredAt: 'never' })
      await expectIntact(store, { ...event })
      expect(await store.read('alice')).toMatchObject([{ type: 'deposited' }])
    }),
  )

  it(
    'through the objects that were read',
    withStore(async (store) => {
      const event = newEvent(deposited(100))
      await store.append('alice', [event], { expected: 'any' })
      tamper((await store.read('alice'))[0])
      tamper((await store.readAll())[0])
      tamper((await store.find([event.id])).get(event.id))
      await expectIntact(store, event)
    }),
  )

  it(
    'through the objects that a subscriber got',
    withStore(async (store) => {
      const event = newEvent(deposited(100))
      const collector = new Collector()
      const subscription = store.subscribe({ after: 0 }, collector.onEvents, unexpected)
      await store.append('alice', [event], { expected: 'any' })
      await collector.has(1)
      tamper(collector.events[0])
      await expectIntact(store, event)
      await subscription.stop()
    }),
  )

  it(
    'through the pages that were read',
    withStore(async (store) => {
      const event = newEvent(deposited(100))
      await store.append('alice', [event], { expected: 'any' })
      for (const page of [await store.read('alice'), await store.readAll()]) {
        if (Array.isArray(page)) page.splice(0, 1)
      }
      await expectIntact(store, event)
    }),
  )

  it(
    'and leaves the appender’s own objects to the appender',
    withStore(async (store) => {
      const data = { amount: 100 }
      await store.append('alice', [newEvent({ type: 'deposited', data })], { expected: 'any' })
      data.amount = 5
      expect(data).toEqual({ amount: 5 })
    }),
  )
}
