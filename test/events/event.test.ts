import { describe, expect, it } from 'vitest'
import {
  type AccountEvent,
  assertStreamName,
  checked,
  InvalidEventError,
  isSameFact,
  type NewEvent,
  PERSONAL_FIELDS,
  SCHEMA_VERSIONS,
  UnknownEventTypeError,
  validEvent,
} from '../../src/events/event.ts'
import { MAX_AMOUNT } from '../../src/events/money.ts'
import {
  closed,
  deposited,
  forgotten,
  METADATA,
  newEvent,
  opened,
  TRANSFER,
  transferReturned,
  transferredIn,
  transferredOut,
  unfrozen,
  withdrawn,
} from './sample-events.ts'

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
    for (const event of [transferredOut(amount), transferredIn(amount), transferReturned(amount)]) {
      expect(checked(newEvent(event)).data).toEqual(event.data)
    }
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

/** Today's events in which people may write something, with this text there. */
const everyType = (text: string): readonly AccountEvent[] => [
  { type: 'opened', data: { owner: text, currency: 'EUR', openingBalance: 0 } },
  { type: 'deposited', data: { amount: 1, source: text } },
  { type: 'withdrawn', data: { amount: 1, reason: text } },
  { type: 'frozen', data: { reason: text } },
  { type: 'unfrozen', data: { reason: text } },
  { type: 'closed', data: { reason: text } },
]

describe('a text is valid', () => {
  it.each([
    'x',
    ' ',
    'x'.repeat(500),
    '💶'.repeat(250),
    'Zoë O’Hara',
    '\u2028',
    '[erased]',
  ])('as %j', (text) => {
    for (const event of everyType(text)) expect(checked(newEvent(event)).data).toEqual(event.data)
  })

  it('if it is not there, where it may be left out', () => {
    for (const event of [deposited(1), withdrawn(1), unfrozen, closed, forgotten]) {
      expect(checked(newEvent(event)).data).toEqual(event.data)
    }
  })
})

describe('a text is invalid', () => {
  it.each([
    '',
    '\n',
    'two\nlines',
    'a\tb',
    'a\u0000b',
    'a\u0085b',
    'half \ud83d',
    'x'.repeat(501),
  ])('as %j', (text) => {
    for (const event of everyType(text)) {
      expect(refusalOf(newEvent(event)).message).toMatch(/data\.(owner|source|reason): /)
    }
  })
})

describe('a transfer', () => {
  it.each(['a', 'x'.repeat(200), 'Zoë 💶'])('is valid to and from %j', (name) => {
    for (const event of [transferredOut(1, name), transferredIn(1, name)]) {
      expect(checked(newEvent(event)).data).toEqual(event.data)
    }
  })

  it.each(['', 'two\nlines', 'x'.repeat(201)])('is invalid to and from %j, which is no account', (name) => {
    expect(refusalOf(newEvent(transferredOut(1, name))).message).toContain('data.to: ')
    expect(refusalOf(newEvent(transferredIn(1, name))).message).toContain('data.from: ')
  })

  it.each([undefined, '', 't-1', TRANSFER.toUpperCase()])('is invalid with the id %j', (transferId) => {
    for (const { type, data } of [transferredOut(1), transferredIn(1), transferReturned(1)]) {
      expect(refusalOf(withParts({ type, data: { ...data, transferId } })).message).toContain(
        'data.transferId: ',
      )
    }
  })

  it.each([undefined, '', 'two\nlines', 'x'.repeat(501)])('is not returned for the reason %j', (reason) => {
    const { type, data } = transferReturned(1)
    expect(refusalOf(withParts({ type, data: { ...data, reason } })).message).toContain('data.reason: ')
  })

  it('holds nothing that people wrote but what it is for, on the side of who said so', () => {
    expect(PERSONAL_FIELDS.transferredOut).toEqual(['reason'])
    for (const { type } of [transferredIn(1), transferReturned(1)]) expect(PERSONAL_FIELDS[type]).toEqual([])
  })
})

describe('the fields that hold what people wrote', () => {
  it('are known for every type, so that they are sealed', () => {
    for (const { type, data } of everyType('Ada')) {
      const written = Object.entries(data).flatMap(([name, value]) => (value === 'Ada' ? [name] : []))
      expect(PERSONAL_FIELDS[type]).toEqual(written)
    }
    expect(PERSONAL_FIELDS.forgotten).toEqual([])
  })
})

describe('a stream may be named', () => {
  it.each(['a', 'a/b%_\\', '__proto__', 'Zoë 💶', 'x'.repeat(200)])('%s', (name) => {
    expect(() => assertStreamName(name)).not.toThrow()
  })

  it.each(['', 'two\nlines', 'a\u0000b', '\udcb6', 'x'.repeat(201)])('but not %j', (name) => {
    expect(() => assertStreamName(name)).toThrow(RangeError)
    expect(() => assertStreamName(name)).toThrow(/^A stream's name .+\.$/)
  })
})

describe('what an upcaster made of a stored event', () => {
  const made = { type: 'deposited', data: { amount: 5 }, stream: 'alice', version: 7 }

  it('is taken if it fits today’s schema, without what is not of the event', () => {
    expect(validEvent(made)).toEqual({ type: 'deposited', data: { amount: 5 } })
  })

  it('is refused if it does not, by its stream, version and type', () => {
    expect(() => validEvent({ ...made, data: { amount: 0.5 } })).toThrow(
      /^Event 7 of stream "alice" of type "deposited" is not valid: data\.amount: .+\.$/,
    )
    expect(() => validEvent({ ...made, type: 'stolen' })).toThrow(InvalidEventError)
  })
})

it('two events say the same if type and data are the same, whatever else they are', () => {
  const said = newEvent({ type: 'deposited', data: { amount: 5, source: 'Ada' } })
  expect(isSameFact(said, newEvent({ type: 'deposited', data: { source: 'Ada', amount: 5 } }))).toBe(true)
  for (const other of [deposited(5), withdrawn(5), deposited(6), forgotten]) {
    expect(isSameFact(said, other)).toBe(false)
  }
  expect(isSameFact(closed, unfrozen)).toBe(false)
})

it('an event whose text was forgotten may have said what is given, if all else is the same', () => {
  const recorded = newEvent({ type: 'deposited', data: { amount: 5, source: '[erased]' } })
  const given = (amount: number) => newEvent({ type: 'deposited', data: { amount, source: 'Ada' } })
  expect(isSameFact(given(5), recorded)).toBe(true)
  expect(isSameFact(given(6), recorded)).toBe(false)
  expect(isSameFact(deposited(5), recorded)).toBe(false)
  expect(isSameFact(recorded, given(5))).toBe(false)
})

it('every type has the schema version in which the log has it so far', () => {
  expect(SCHEMA_VERSIONS).toEqual({
    opened: 1,
    deposited: 1,
    withdrawn: 1,
    frozen: 1,
    unfrozen: 1,
    closed: 1,
    transferredOut: 1,
    transferredIn: 1,
    transferReturned: 1,
    forgotten: 1,
  })
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
    ['opened in a currency that is none', withParts({ ...opened(0, 'XYZ') }), /data\.currency/],
    [
      'opened in no currency',
      withParts({ type: 'opened', data: { owner: 'Ada', openingBalance: 0 } }),
      /currency/,
    ],
    ['opened with less than nothing', newEvent(opened(-1)), /data\.openingBalance/],
    ['opened with a fraction of a minor unit', newEvent(opened(0.5)), /data\.openingBalance/],
    ['opened with more than the most', newEvent(opened(MAX_AMOUNT + 1)), /data\.openingBalance/],
    [
      'opened by nobody',
      withParts({ type: 'opened', data: { currency: 'USD', openingBalance: 0 } }),
      /owner/,
    ],
    ['frozen without a reason', withParts({ type: 'frozen', data: {} }), /data\.reason/],
    ['closed with money', withParts({ type: 'closed', data: { amount: 5 } }), /data.*amount/],
    ['transferred with no money', newEvent(transferredOut(0)), /data\.amount/],
    ['transferred with a fraction of a minor unit', newEvent(transferredIn(0.5)), /data\.amount/],
    ['returned with more than the most', newEvent(transferReturned(MAX_AMOUNT + 1)), /data\.amount/],
    ['forgotten for a reason', withParts({ type: 'forgotten', data: { reason: 'x' } }), /data.*reason/],
    ['with a source that is no text', withParts({ data: { amount: 1, source: 5 } }), /data\.source/],
    ['with a source that is null', withParts({ data: { amount: 1, source: null } }), /data\.source/],
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
    expect(message).toMatch(/^A new event of type ".*" is not valid: .+\.$/)
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
