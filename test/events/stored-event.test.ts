import { describe, expect, it } from 'vitest'
import { chain, EMPTY_STREAM } from '../../src/events/hash-chain.ts'
import { parseStoredEvent, type StoredEvent } from '../../src/events/stored-event.ts'
import { draft, METADATA } from './sample-events.ts'

const stored = (): StoredEvent[] =>
  chain('alice', EMPTY_STREAM, [draft()]).map((event) => ({ ...event, position: 1 }))

/** A stored event of which some parts are replaced, as they might stand in a file. */
const withParts = (parts: Readonly<Record<string, unknown>>): unknown =>
  JSON.parse(JSON.stringify({ ...stored()[0], ...parts }))

describe('a line of a file', () => {
  it('that is a stored event is taken as it is, of whatever type and shape', () => {
    for (const parts of [
      {},
      { type: 'MoneyDeposited', schemaVersion: 9, data: { id: 1, amount: 12.34, nested: { a: [null] } } },
      { stream: 'Zoë 💶', data: {} },
    ]) {
      const event = withParts(parts)
      expect(parseStoredEvent(event)).toStrictEqual(event)
    }
  })

  it.each<readonly [string, unknown, RegExp]>([
    ['nothing', null, /^event: /],
    ['text', 'deposited', /^event: /],
    ['a list', [], /^event: /],
    ['an event without a position', withParts({ position: undefined }), /^position: /],
    ['an event at position 0', withParts({ position: 0 }), /^position: /],
    ['an event at half a position', withParts({ position: 1.5 }), /^position: /],
    ['an event of no stream', withParts({ stream: '' }), /^stream: /],
    ['an event at version 0', withParts({ version: 0 }), /^version: /],
    ['an event with an id that is none', withParts({ id: '42' }), /^id: /],
    ['an event with an id in capitals', withParts({ id: 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11' }), /^id: /],
    ['an event of no type', withParts({ type: '' }), /^type: /],
    ['an event without a schema version', withParts({ schemaVersion: undefined }), /^schemaVersion: /],
    ['an event without data', withParts({ data: undefined }), /^data: /],
    ['an event with text for data', withParts({ data: 'x' }), /^data: /],
    ['an event that nobody did', withParts({ metadata: { ...METADATA, actor: '' } }), /^metadata\.actor: /],
    ['an event at no time', withParts({ occurredAt: '2026-11-20' }), /^occurredAt: /],
    ['an event without a hash', withParts({ hash: undefined }), /^hash: /],
    ['an event with half a hash', withParts({ hash: 'f'.repeat(32) }), /^hash: /],
    ['an event with a hash in capitals', withParts({ hash: 'F'.repeat(64) }), /^hash: /],
    ['an event with more than that', withParts({ note: 'for me' }), /^event: .*note/],
  ])('that is %s is refused, in one line that says why', (_, value, reason) => {
    expect(() => parseStoredEvent(value)).toThrow(reason)
    expect(() => parseStoredEvent(value)).toThrow(/^[^\n]+$/)
  })
})
