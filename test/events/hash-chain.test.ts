import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { chain, EMPTY_STREAM, hashOf, isLinked } from '../../src/events/hash-chain.ts'
import { parseStoredEvent } from '../../src/events/stored-event.ts'
import { at, deposited, draft, drafts, METADATA, oneTo, versionsOf } from './sample-events.ts'

describe('a hash', () => {
  const event = {
    stream: 'alice',
    version: 2,
    id: '6f1f6a3e-6b0e-4f0a-9a52-2a3a4f5f8d11',
    type: 'deposited',
    schemaVersion: 1,
    data: { source: 'Zoë 💶', amount: 1234 },
    metadata: METADATA,
    occurredAt: '2026-11-20T11:02:03.456Z',
  }

  it('is that of the event and the hash before it, as canonical JSON', () => {
    const canonical =
      '{"data":{"amount":1234,"source":"Zoë 💶"},"id":"6f1f6a3e-6b0e-4f0a-9a52-2a3a4f5f8d11",' +
      '"metadata":{"actor":"Ada","causationId":"k-1","commandId":"c-1","correlationId":"r-1"},' +
      '"occurredAt":"2026-11-20T11:02:03.456Z","previousHash":"abc","schemaVersion":1,"stream":"alice",' +
      '"type":"deposited","version":2}'
    expect(hashOf(event, 'abc')).toBe(createHash('sha256').update(canonical, 'utf8').digest('hex'))
  })

  it('stays what it was, for every log was written with it', () => {
    expect(hashOf(event, '')).toBe('cd9ef8c77d61c62c8b01d4a406d43c43aa927208c7801cee4305f80a26178f99')
  })

  it('does not depend on the order of fields, nor on where in the whole log the event is', () => {
    const turned = Object.fromEntries(Object.entries(event).reverse())
    expect(hashOf({ ...event, ...turned, data: { amount: 1234, source: 'Zoë 💶' } }, 'abc')).toBe(
      hashOf(event, 'abc'),
    )
    expect(hashOf(Object.assign({ position: 7, hash: 'x' }, event), 'abc')).toBe(hashOf(event, 'abc'))
  })
})

describe('an event', () => {
  const [event] = chain('alice', EMPTY_STREAM, drafts(1))
  const linked = (change: object) =>
    isLinked(parseStoredEvent({ ...event, position: 1 }), EMPTY_STREAM) &&
    isLinked(Object.assign({ ...parseStoredEvent({ ...event, position: 1 }) }, change), EMPTY_STREAM)

  it('fits its hash, and does not with anything in it changed, left out or put in', () => {
    expect(linked({})).toBe(true)
    const { actor: _actor, ...rest } = METADATA
    for (const change of [
      { data: { amount: 7 } },
      { data: {} },
      { metadata: { ...METADATA, actor: 'Bob' } },
      { metadata: rest },
      { metadata: { ...METADATA, approvedBy: 'the board' } },
      { type: 'withdrawn' },
      { occurredAt: at(1_000) },
    ]) {
      expect(linked(change)).toBe(false)
    }
  })
})

describe('linking events on', () => {
  it('gives them their versions, and each the hash that follows from the one before', () => {
    const events = chain('alice', EMPTY_STREAM, drafts(5))
    expect(versionsOf(events)).toEqual([1, 2, 3, 4, 5])
    let previous = ''
    for (const event of events) {
      expect(event.hash).toBe(hashOf(event, previous))
      previous = event.hash
    }
  })

  it('makes the same of them at once and in parts', () => {
    const given = drafts(6)
    const whole = chain('alice', EMPTY_STREAM, given)
    for (const cut of oneTo(5)) {
      const start = chain('alice', EMPTY_STREAM, given.slice(0, cut))
      const end = chain('alice', start.at(-1) ?? EMPTY_STREAM, given.slice(cut))
      expect([...start, ...end]).toEqual(whole)
    }
  })

  it('raises a time that is earlier than the one before, also the one before them all', () => {
    const timed = (...seconds: readonly number[]) =>
      seconds.map((second) => draft(deposited(1), { occurredAt: at(second) }))
    const head = { version: 7, hash: 'f'.repeat(64), occurredAt: at(10) }
    const times = chain('alice', head, timed(5, 10, 20, 15, 30)).map(({ occurredAt }) => occurredAt)
    expect(times).toEqual([10, 10, 20, 20, 30].map(at))
  })
})
