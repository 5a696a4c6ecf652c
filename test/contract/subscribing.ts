import { expect, it } from 'vitest'
import type { RecordedEvent } from '../../src/events/event.ts'
import { PAGE } from '../../src/events/store.ts'
import { Collector, unexpected } from '../events/collector.ts'
import { gate } from '../events/gate.ts'
import { deposits, idsOf, newEvent, positionsOf } from '../events/sample-events.ts'
import type { WithStore } from './event-store.ts'

export const subscribing = (withStore: WithStore) => {
  it(
    'to what there is already, and then to what comes',
    withStore(async (store) => {
      const collector = new Collector()
      await store.append('alice', deposits(2), { expected: 'any' })
      await store.append('bob', deposits(1), { expected: 'any' })
      const subscription = store.subscribe({ after: 0 }, collector.onEvents, unexpected)
      await collector.has(3)
      await store.append('alice', deposits(1), { expected: 'any' })
      await collector.has(4)
      await store.append('bob', deposits(2), { expected: 'any' })
      await collector.has(6)
      await subscription.stop()
      expect(collector.events).toEqual(await store.readAll())
    }),
  )

  it(
    'to a log that is empty yet',
    withStore(async (store) => {
      const collector = new Collector()
      const subscription = store.subscribe({ after: 0 }, collector.onEvents, unexpected)
      const event = newEvent()
      await store.append('alice', [event], { expected: 'any' })
      await collector.has(1)
      await subscription.stop()
      expect(idsOf(collector.events)).toEqual([event.id])
    }),
  )

  it(
    'to what came while nobody was subscribed',
    withStore(async (store) => {
      const before = new Collector()
      await store.append('alice', deposits(1), { expected: 'any' })
      const subscription = store.subscribe({ after: 0 }, before.onEvents, unexpected)
      await before.has(1)
      // It has looked for more and found nothing.
      await new Promise(setImmediate)
      await subscription.stop()
      const event = newEvent()
      await store.append('alice', [event], { expected: 'any' })
      const after = new Collector()
      const next = store.subscribe({ after: 1 }, after.onEvents, unexpected)
      await after.has(1)
      await next.stop()
      expect(idsOf(after.events)).toEqual([event.id])
    }),
  )

  it(
    'across pages, while more is being written, in order and without a gap',
    withStore(async (store) => {
      const collector = new Collector()
      await store.append('alice', deposits(2 * PAGE + 1), { expected: 'any' })
      const subscription = store.subscribe({ after: 0 }, collector.onEvents, unexpected)
      for (const stream of ['bob', 'alice', 'carol', 'bob']) {
        await store.append(stream, deposits(PAGE / 2 + 1), { expected: 'any' })
      }
      const count = 2 * PAGE + 1 + 4 * (PAGE / 2 + 1)
      await collector.has(count)
      await subscription.stop()
      const positions = positionsOf(await store.readAll({ limit: 10 * PAGE }))
      expect(positions).toHaveLength(count)
      expect(positionsOf(collector.events)).toEqual(positions)
    }),
  )

  it(
    'from a position in the middle, which is not delivered',
    withStore(async (store) => {
      const collector = new Collector()
      await store.append('alice', deposits(3), { expected: 'any' })
      const [first] = await store.readAll()
      const subscription = store.subscribe({ after: first?.position ?? 0 }, collector.onEvents, unexpected)
      await store.append('alice', deposits(1), { expected: 'any' })
      await collector.has(3)
      await subscription.stop()
      expect(collector.events).toEqual((await store.readAll()).slice(1))
    }),
  )

  it(
    'from the head: only what comes',
    withStore(async (store) => {
      const collector = new Collector()
      await store.append('alice', deposits(3), { expected: 'any' })
      const subscription = store.subscribe({ after: await store.head() }, collector.onEvents, unexpected)
      const event = newEvent()
      await store.append('alice', [event], { expected: 'any' })
      await collector.has(1)
      await subscription.stop()
      expect(idsOf(collector.events)).toEqual([event.id])
    }),
  )

  it(
    'with one call at a time, however slow',
    withStore(async (store) => {
      const collector = new Collector()
      let underWay = 0
      const overlaps: number[] = []
      const slowly = async (events: readonly RecordedEvent[]) => {
        underWay++
        overlaps.push(underWay)
        await store.head()
        await new Promise((resolve) => setImmediate(resolve))
        underWay--
        collector.onEvents(events)
      }
      const subscription = store.subscribe({ after: 0 }, slowly, unexpected)
      for (let count = 0; count < 20; count++) {
        await store.append('alice', deposits(1), { expected: 'any' })
        await new Promise((resolve) => setImmediate(resolve))
        if (count === 0) await collector.has(1)
      }
      await collector.has(20)
      await subscription.stop()
      expect(Math.max(...overlaps)).toBe(1)
      expect(overlaps.length).toBeGreaterThan(1)
      expect(collector.events).toEqual(await store.readAll())
    }),
  )

  it(
    'without losing what is appended during a call',
    withStore(async (store) => {
      const collector = new Collector()
      const [entered, release] = [gate(), gate()]
      const subscription = store.subscribe(
        { after: 0 },
        async (events) => {
          entered.open()
          await release.opened
          collector.onEvents(events)
        },
        unexpected,
      )
      await store.append('alice', deposits(1), { expected: 'any' })
      await entered.opened
      await store.append('alice', deposits(2), { expected: 'any' })
      await store.append('bob', deposits(1), { expected: 'any' })
      release.open()
      await collector.has(4)
      await subscription.stop()
      expect(collector.events).toEqual(await store.readAll())
    }),
  )

  it(
    'at least once: after a failed call the same events come again, and then the rest',
    withStore(async (store) => {
      const collector = new Collector()
      const failed: RecordedEvent[][] = []
      const errors: unknown[] = []
      const failure = new Error('The page could not be written.')
      await store.append('alice', deposits(2), { expected: 'any' })
      const subscription = store.subscribe(
        { after: 0 },
        async (events) => {
          if (failed.length === 0) {
            failed.push([...events])
            throw failure
          }
          collector.onEvents(events)
        },
        (error) => errors.push(error),
      )
      await collector.has(2)
      await store.append('alice', deposits(1), { expected: 'any' })
      await collector.has(3)
      await subscription.stop()
      expect(errors).toEqual([failure])
      expect(errors[0]).toBe(failure)
      expect(failed[0]).toEqual((await store.readAll()).slice(0, 2))
      expect(collector.events).toEqual(await store.readAll())
    }),
  )

  it(
    'and goes on from where a call says, if it says so',
    withStore(async (store) => {
      const collector = new Collector()
      const events = deposits(5)
      await store.append('alice', events, { expected: 'any' })
      const third = (await store.readAll())[2]
      const subscription = store.subscribe(
        { after: 0 },
        (page) => {
          const isFirstCall = collector.events.length === 0
          collector.onEvents(isFirstCall ? page.slice(0, 3) : page)
          return isFirstCall ? third?.position : undefined
        },
        unexpected,
      )
      await collector.has(5)
      await subscription.stop()
      expect(idsOf(collector.events)).toEqual(idsOf(events))
    }),
  )

  it(
    'until it is stopped, which waits for the call under way',
    withStore(async (store) => {
      const collector = new Collector()
      const witness = new Collector()
      const [entered, release] = [gate(), gate()]
      const subscription = store.subscribe(
        { after: 0 },
        async (events) => {
          entered.open()
          await release.opened
          collector.onEvents(events)
        },
        unexpected,
      )
      store.subscribe({ after: 0 }, witness.onEvents, unexpected)
      await store.append('alice', deposits(1), { expected: 'any' })
      await entered.opened

      let stopped = false
      const stopping = subscription.stop().then(() => {
        stopped = true
      })
      await store.append('alice', deposits(1), { expected: 'any' })
      await witness.has(2)
      expect(stopped).toBe(false)
      release.open()
      await stopping
      expect(collector.events).toHaveLength(1)

      await store.append('alice', deposits(1), { expected: 'any' })
      await witness.has(3)
      expect(collector.events).toHaveLength(1)
    }),
  )

  it(
    'until it is stopped, twice if need be, even if nothing ever came',
    withStore(async (store) => {
      const subscription = store.subscribe({ after: 0 }, unexpected, unexpected)
      await subscription.stop()
      await subscription.stop()
      const witness = new Collector()
      store.subscribe({ after: 0 }, witness.onEvents, unexpected)
      await store.append('alice', deposits(1), { expected: 'any' })
      await witness.has(1)
    }),
  )

  it(
    'for many at once, each at its own pace',
    withStore(async (store) => {
      const [fast, slow] = [new Collector(), new Collector()]
      const release = gate()
      store.subscribe({ after: 0 }, fast.onEvents, unexpected)
      store.subscribe(
        { after: 0 },
        async (events) => {
          await release.opened
          slow.onEvents(events)
        },
        unexpected,
      )
      await store.append('alice', deposits(2), { expected: 'any' })
      await fast.has(2)
      await store.append('alice', deposits(2), { expected: 'any' })
      await fast.has(4)
      expect(slow.events).toEqual([])
      release.open()
      await slow.has(4)
      expect(slow.events).toEqual(fast.events)
    }),
  )

  it(
    'until the store closes, which waits for the calls under way',
    withStore(async (store) => {
      const collector = new Collector()
      const [entered, release] = [gate(), gate()]
      store.subscribe(
        { after: 0 },
        async (events) => {
          entered.open()
          await release.opened
          collector.onEvents(events)
        },
        unexpected,
      )
      await store.append('alice', deposits(1), { expected: 'any' })
      await entered.opened
      let closed = false
      const closing = store.close().then(() => {
        closed = true
      })
      await new Promise((resolve) => setImmediate(resolve))
      expect(closed).toBe(false)
      release.open()
      await closing
      expect(collector.events).toHaveLength(1)
    }),
  )
}
