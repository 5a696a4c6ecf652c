import { describe, expect, it } from 'vitest'
import { MemoryEventStore } from '../../src/events/memory-store.ts'
import { Collector, unexpected } from './collector.ts'
import { gate } from './gate.ts'
import { deposits, idsOf, newEvent, positionsOf, versionsOf } from './sample-events.ts'

const filled = async () => {
  const store = new MemoryEventStore()
  const events = deposits(3)
  await store.append('alice', events, { expected: 'any' })
  return { store, events }
}

it('keeps no more of an event than its schema knows', async () => {
  const store = new MemoryEventStore()
  await store.append('alice', [Object.assign(newEvent(), { note: 'for me' })], { expected: 'no-stream' })
  const [recorded] = await store.read('alice')
  expect(recorded).not.toHaveProperty('note')
})

describe('clearing the store', () => {
  it('forgets every event', async () => {
    const { store, events } = await filled()
    store.clear()
    expect(await store.read('alice')).toEqual([])
    expect(await store.readAll()).toEqual([])
    expect((await store.find(idsOf(events))).size).toBe(0)
  })

  it('lets streams start at version 1 again', async () => {
    const { store } = await filled()
    store.clear()
    expect(await store.append('alice', deposits(2), { expected: 'no-stream' })).toMatchObject({ version: 2 })
    expect(versionsOf(await store.read('alice'))).toEqual([1, 2])
  })

  it('gives no position out again', async () => {
    const { store } = await filled()
    const head = await store.head()
    store.clear()
    expect(await store.head()).toBe(head)
    await store.append('alice', deposits(2), { expected: 'any' })
    const positions = positionsOf(await store.readAll())
    expect(Math.min(...positions)).toBeGreaterThan(head)
    expect(await store.head()).toBe(positions.at(-1))
  })

  it('lets the log be read on from a position before it or after it', async () => {
    const { store } = await filled()
    store.clear()
    await store.append('alice', deposits(3), { expected: 'any' })
    const positions = positionsOf(await store.readAll())
    expect(positionsOf(await store.readAll({ after: 1 }))).toEqual(positions)
    expect(positionsOf(await store.readAll({ after: positions[0] ?? 0 }))).toEqual(positions.slice(1))
  })

  it('lets ids be used again for anything', async () => {
    const { store, events } = await filled()
    store.clear()
    expect(await store.append('bob', events.slice(0, 1), { expected: 'no-stream' })).toMatchObject({
      version: 1,
      repeated: false,
    })
  })

  it('does not change what was read before', async () => {
    const { store } = await filled()
    const before = await store.readAll()
    store.clear()
    await store.append('alice', deposits(1), { expected: 'any' })
    expect(versionsOf(before)).toEqual([1, 2, 3])
  })

  it('lets a subscriber go on with what comes after', async () => {
    const { store } = await filled()
    const collector = new Collector()
    const subscription = store.subscribe({ after: 0 }, collector.onEvents, unexpected)
    await collector.has(3)
    store.clear()
    const event = newEvent()
    await store.append('alice', [event], { expected: 'any' })
    await collector.has(4)
    await subscription.stop()
    expect(collector.events.at(-1)).toMatchObject({ id: event.id, version: 1 })
  })

  it('during a subscriber’s call loses nothing of what comes after', async () => {
    const { store } = await filled()
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
    await entered.opened
    await store.append('bob', deposits(1), { expected: 'any' })
    store.clear()
    const after = deposits(2)
    await store.append('alice', after, { expected: 'any' })
    release.open()
    await collector.has(5)
    await subscription.stop()
    expect(idsOf(collector.events.slice(3))).toEqual(idsOf(after))
  })
})
