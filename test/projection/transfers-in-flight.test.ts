import { describe, expect, it, vi } from 'vitest'
import type { NewEvent, RecordedEvent } from '../../src/events/event.ts'
import { MemoryEventStore } from '../../src/events/memory-store.ts'
import type { EventStore, OnEvents } from '../../src/events/store.ts'
import { type Transfer, TransfersInFlight } from '../../src/projection/transfers-in-flight.ts'
import { settled } from '../events/gate.ts'
import { at, deposits, newEvent } from '../events/sample-events.ts'

const idOf = (number: number): string => `7a0f0000-0000-4000-8000-${String(number).padStart(12, '0')}`

const out = (number: number, to: string, amount = number): NewEvent =>
  newEvent({ type: 'transferredOut', data: { transferId: idOf(number), to, amount } }, { id: idOf(number) })
const arrived = (number: number, from: string): NewEvent =>
  newEvent({ type: 'transferredIn', data: { transferId: idOf(number), from, amount: number } })
const cameBack = (number: number): NewEvent =>
  newEvent({ type: 'transferReturned', data: { transferId: idOf(number), amount: number, reason: 'closed' } })

const append = (store: EventStore, account: string, ...events: readonly NewEvent[]) =>
  store.append(account, events, { expected: 'any' })

const follow = (
  events: Pick<EventStore, 'head' | 'subscribe'>,
  { after = 0, ...options }: { readonly after?: number; readonly patienceMs?: number } = {},
) => {
  const errors: unknown[] = []
  const onError = (error: unknown) => void errors.push(error)
  const inFlight = new TransfersInFlight(events, { after, onError, ...options })
  return { inFlight, errors }
}

/** A log that is followed by hand: what is delivered, when the test says so. */
const byHand = (store: EventStore, options: { readonly patienceMs?: number } = {}) => {
  let deliver: OnEvents = () => {}
  const log: Pick<EventStore, 'head' | 'subscribe'> = {
    head: () => store.head(),
    subscribe: (_, onEvents) => {
      deliver = onEvents
      return { stop: async () => {} }
    },
  }
  return { ...follow(log, options), deliver: (page: readonly RecordedEvent[]) => deliver(page) }
}

const idsOf = (transfers: Iterable<Transfer>): string[] => [...transfers].map(({ id }) => id)

describe('transfers in flight', () => {
  it('are those that began and neither arrived nor came back, in the order of the log', async () => {
    const store = new MemoryEventStore()
    await append(store, 'alice', ...deposits(1), out(1, 'bob'), out(2, 'carol'), out(3, 'bob'))
    await append(store, 'bob', out(4, 'alice'), arrived(1, 'alice'))
    await append(store, 'alice', cameBack(2))
    const { inFlight } = follow(store)
    await settled()
    expect(idsOf(inFlight.all())).toEqual([idOf(3), idOf(4)])
    expect(inFlight.has(idOf(3))).toBe(true)
    expect(inFlight.has(idOf(1))).toBe(false)
    await inFlight.stop()
  })

  it('are of both accounts, the one that they left and the one that they go to', async () => {
    const store = new MemoryEventStore()
    await append(store, 'alice', out(1, 'bob', 30))
    const { inFlight } = follow(store)
    await settled()
    const transfer = {
      id: idOf(1),
      from: 'alice',
      to: 'bob',
      amount: 30,
      since: at(0),
      position: 1,
      correlationId: 'r-1',
    }
    expect(inFlight.of('alice')).toEqual([transfer])
    expect(inFlight.of('bob')).toEqual([transfer])
    expect(inFlight.of('carol')).toEqual([])
    await inFlight.stop()
  })

  it('are told of once when they begin and once when they end, also if that was known before the log said it', async () => {
    const store = new MemoryEventStore()
    const { inFlight } = follow(store)
    const told: string[] = []
    inFlight.onChanged(({ id }) => told.push(`${id} ${inFlight.has(id) ? 'begins' : 'ends'}`))
    await append(store, 'alice', out(1, 'bob'), out(2, 'bob'))
    await settled()
    inFlight.ended(idOf(2))
    expect(inFlight.has(idOf(2))).toBe(false)
    await append(store, 'bob', arrived(1, 'alice'), arrived(2, 'alice'))
    await settled()
    expect(told).toEqual([`${idOf(1)} begins`, `${idOf(2)} begins`, `${idOf(2)} ends`, `${idOf(1)} ends`])
    await inFlight.stop()
  })

  it('are known by the event that began them, whatever number its data give them', async () => {
    const store = new MemoryEventStore()
    const began = (number: number, to: string): NewEvent => ({ ...out(1, to), id: idOf(number) })
    await append(store, 'alice', began(2, 'bob'), began(3, 'carol'))
    const { inFlight } = follow(store)
    await settled()
    expect(idsOf(inFlight.of('alice'))).toEqual([idOf(2), idOf(3)])
    await append(store, 'carol', arrived(3, 'alice'))
    await settled()
    expect(idsOf(inFlight.all())).toEqual([idOf(2)])
    expect(inFlight.settledUpTo).toBe(0)
    await inFlight.stop()
  })

  it('are forgotten with a log that was cleared', async () => {
    const store = new MemoryEventStore()
    const { inFlight } = follow(store)
    await append(store, 'alice', out(1, 'bob'))
    await settled()
    store.clear()
    inFlight.clear(await store.head())
    expect(inFlight.of('alice')).toEqual([])
    await append(store, 'alice', out(2, 'bob'))
    await settled()
    expect(idsOf(inFlight.of('alice'))).toEqual([idOf(2)])
    await inFlight.stop()
  })
})

describe('the position up to which all have ended', () => {
  it('is that of the newest event if none is in flight, and right before the oldest that is', async () => {
    const store = new MemoryEventStore()
    const { inFlight } = follow(store)
    const upTo = async (account: string, ...events: readonly NewEvent[]) => {
      await append(store, account, ...events)
      await settled()
      return inFlight.settledUpTo
    }
    expect(inFlight.settledUpTo).toBe(0)
    expect(await upTo('alice', ...deposits(5))).toBe(5)
    expect(await upTo('alice', out(1, 'bob'))).toBe(5)
    expect(await upTo('alice', out(2, 'bob'))).toBe(5)
    expect(await upTo('bob', arrived(2, 'alice'))).toBe(5)
    expect(await upTo('alice', out(3, 'bob'))).toBe(5)
    expect(await upTo('bob', arrived(1, 'alice'))).toBe(8)
    expect(await upTo('alice', cameBack(3))).toBe(11)
    await inFlight.stop()
  })

  it('is where it began before it has followed anything', async () => {
    const { inFlight } = follow(new MemoryEventStore(), { after: 7 })
    expect(inFlight.settledUpTo).toBe(7)
    await inFlight.stop()
  })
})

describe('whether an account is sending', () => {
  it('is true while a transfer from it is in flight, and not for one to it', async () => {
    const store = new MemoryEventStore()
    const { inFlight } = follow(store)
    await append(store, 'alice', out(1, 'bob'))
    expect(await inFlight.isSending('alice')).toBe(true)
    expect(await inFlight.isSending('bob')).toBe(false)
    await append(store, 'bob', arrived(1, 'alice'))
    expect(await inFlight.isSending('alice')).toBe(false)
    await inFlight.stop()
  })

  it('is known when all was followed that was in the log as it was asked, and no later', async () => {
    const store = new MemoryEventStore()
    await append(store, 'carol', ...deposits(1))
    await append(store, 'alice', out(1, 'bob'))
    const { inFlight, deliver } = byHand(store)
    const asked = inFlight.isSending('alice')
    let isKnown = false
    void asked.then(() => {
      isKnown = true
    })
    await settled()
    await append(store, 'carol', ...deposits(1))
    const [first, second] = await store.readAll()
    await deliver(first ? [first] : [])
    await settled()
    expect(isKnown).toBe(false)
    await deliver(second ? [second] : [])
    expect(await asked).toBe(true)
  })

  it('counts as true if the log is not followed to its end soon; asked again, it is known', async () => {
    const store = new MemoryEventStore()
    await append(store, 'alice', out(1, 'bob'))
    const { inFlight, errors, deliver } = byHand(store, { patienceMs: 1 })
    expect(await inFlight.isSending('bob')).toBe(true)
    await deliver(await store.readAll())
    expect(await inFlight.isSending('bob')).toBe(false)
    expect(await inFlight.isSending('alice')).toBe(true)
    expect(errors).toEqual([])
  })

  it('counts as true soon once it was stopped and the log goes on', async () => {
    const store = new MemoryEventStore()
    const { inFlight } = follow(store, { patienceMs: 1 })
    await inFlight.stop()
    expect(await inFlight.isSending('alice')).toBe(false)
    await append(store, 'bob', ...deposits(1))
    expect(await inFlight.isSending('alice')).toBe(true)
  })

  it('is waited for for a second, unless it is said otherwise', async () => {
    const store = new MemoryEventStore()
    await append(store, 'bob', ...deposits(1))
    const { inFlight } = byHand(store)
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    try {
      let answer: boolean | undefined
      const asked = inFlight.isSending('alice').then((isSending) => {
        answer = isSending
      })
      await settled()
      await vi.advanceTimersByTimeAsync(999)
      expect(answer).toBeUndefined()
      await vi.advanceTimersByTimeAsync(1)
      await asked
      expect(answer).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })

  it('counts as true if the log cannot be asked how far it goes, which is reported', async () => {
    const { inFlight, errors } = follow({
      head: () => Promise.reject(new Error('The log is gone.')),
      subscribe: () => ({ stop: async () => {} }),
    })
    expect(await inFlight.isSending('alice')).toBe(true)
    expect(errors).toEqual([new Error('The log is gone.')])
  })
})

it('a page that is delivered again leaves nothing in flight that has ended', async () => {
  const store = new MemoryEventStore()
  await append(store, 'alice', out(1, 'bob'), out(2, 'bob'))
  await append(store, 'bob', arrived(1, 'alice'))
  const { inFlight, deliver } = byHand(store)
  const page = await store.readAll()
  await deliver(page)
  await deliver(page)
  expect(idsOf(inFlight.all())).toEqual([idOf(2)])
  expect(inFlight.settledUpTo).toBe(1)
})

it('a page that was read before the log was cleared, and is delivered after it, counts no more', async () => {
  const store = new MemoryEventStore()
  await append(store, 'alice', out(1, 'bob'))
  const { inFlight, deliver } = byHand(store)
  const page = await store.readAll()
  store.clear()
  inFlight.clear(await store.head())
  await deliver(page)
  expect(idsOf(inFlight.all())).toEqual([])
  expect(await inFlight.isSending('alice')).toBe(false)
})
