import { describe, expect, it } from 'vitest'
import {
  checked,
  InvalidEventError,
  type NewEvent,
  SCHEMA_VERSIONS,
  UnknownEventTypeError,
} from '../../src/events/event.ts'
import { MAX_AMOUNT } from '../../src/events/money.ts'
import { deposited, METADATA, newEvent, withdrawn } from './sample-events.ts'

/** A valid event of which some parts are replaced, as they might come from outside. */
const withParts = (parts: Readonly<Record<string, unknown>>): NewEvent =>
  JSON.parse(JSON.stringify({ ...newEvent(), ...parts }))

const refusalOf = (event: NewEvent): InvalidEventError => {
  try {
    checked(event)
  } catch (error) {
    if (error instanceof InvalidEventError) return error
    throw error
  }
  throw new Error('The event was found valid.')
}

describe('an event is valid', () => {
  it.each([1, 2, 99_999, MAX_AMOUNT])('with an amount of %d', (amount) => {
    expect(() => checked(newEvent(deposited(amount)))).not.toThrow()
    expect(() => checked(newEvent(withdrawn(amount)))).not.toThrow()
  })

  it.each([
    '2026-11-20T11:02:03.456Z',
    '2024-02-29T23:59:59.999Z',
    '0001-01-01T00:00:00.000Z',
  ])('at %s', (occurredAt) => expect(() => checked(newEvent(deposited(1), { occurredAt }))).not.toThrow())
})

it('an event is valid with metadata of one letter each', () => {
  const metadata = { commandId: 'a', correlationId: 'b', causationId: 'c', actor: 'd' }
  expect(() => checked(newEvent(deposited(1), { metadata }))).not.toThrow()
})

it('every type has the schema version in which the log has it so far', () => {
  expect(SCHEMA_VERSIONS).toEqual({ deposited: 1, withdrawn: 1 })
})

describe('an event is invalid', () => {
  const invalid: readonly (readonly [string, NewEvent, RegExp])[] = [
    ['with no money', newEvent(deposited(0)), /data\.amount/],
    ['with a negative amount', newEvent(deposited(-1)), /data\.amount/],
    ['with a fraction of a minor unit', newEvent(withdrawn(0.5)), /data\.amount/],
    ['with more than the most', newEvent(withdrawn(MAX_AMOUNT + 1)), /data\.amount/],
    ['with an amount that is not a number', newEvent(deposited(Number.NaN)), /data\.amount/],
    ['with an endless amount', newEvent(deposited(Number.POSITIVE_INFINITY)), /data\.amount/],
    ['with an amount in text', withParts({ data: { amount: '100' } }), /data\.amount/],
    ['without an amount', withParts({ data: {} }), /data\.amount/],
    ['without data', withParts({ data: undefined }), /data/],
    ['with more data than its schema knows', withParts({ data: { amount: 1, fee: 2 } }), /data.*fee/],
    ['of an unknown type', withParts({ type: 'stolen' }), /"stolen".*type/],
    ['with an id that is not a UUID', newEvent(deposited(1), { id: '42' }), /id/],
    [
      'with an id in capitals, which some stores would take for another',
      newEvent(deposited(1), { id: 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11' }),
      /id/,
    ],
    ['without an id', withParts({ id: undefined }), /id/],
    ['without metadata', withParts({ metadata: undefined }), /metadata/],
    ['without an actor', withParts({ metadata: { ...METADATA, actor: '' } }), /metadata\.actor/],
    ['without a command', withParts({ metadata: { ...METADATA, commandId: '' } }), /metadata\.commandId/],
    [
      'without a correlation',
      withParts({ metadata: { ...METADATA, correlationId: '' } }),
      /metadata\.correlationId/,
    ],
    ['without a cause', withParts({ metadata: { ...METADATA, causationId: '' } }), /metadata\.causationId/],
    ['with more metadata than is known', withParts({ metadata: { ...METADATA, ip: '::1' } }), /metadata.*ip/],
    ['without a time', withParts({ occurredAt: undefined }), /occurredAt/],
  ]

  it.each(invalid)('%s', (_, event, place) => {
    const { name, type, message } = refusalOf(event)
    expect({ name, type }).toEqual({ name: 'InvalidEventError', type: event.type })
    expect(message).toMatch(place)
    expect(message).toMatch(/^An event of type ".*" cannot be recorded: .+\. Nothing was appended\.$/)
    expect(message).not.toContain('\n')
  })

  it.each([
    '',
    'yesterday',
    '2026-11-20',
    '2026-11-20T11:02:03Z',
    '2026-11-20T11:02:03.4Z',
    '2026-11-20T11:02:03.456',
    '2026-11-20T11:02:03.456+01:00',
    '2026-02-29T11:02:03.456Z',
    '2026-11-20T25:02:03.456Z',
  ])('at "%s", whose text order would not be its time order', (occurredAt) => {
    expect(refusalOf(newEvent(deposited(1), { occurredAt })).message).toContain('occurredAt')
  })
})

describe('an event of an unknown type', () => {
  it('is named by its stream, version and type', () => {
    const error = new UnknownEventTypeError({ type: 'stolen', stream: 'alice', version: 7 })
    expect(error).toMatchObject({
      name: 'UnknownEventTypeError',
      type: 'stolen',
      stream: 'alice',
      version: 7,
    })
    expect(error.message).toBe(
      'Event 7 of stream "alice" has the unknown type "stolen". ' +
        'Run the version of Passbook that wrote it, or a newer one.',
    )
  })

  it('is called new while it has no place in a stream', () => {
    const error = new UnknownEventTypeError({ type: 'stolen' })
    expect(error.message).toMatch(/^A new event has the unknown type "stolen"\./)
    expect(error.stream).toBeUndefined()
    expect(error.version).toBeUndefined()
  })
})
