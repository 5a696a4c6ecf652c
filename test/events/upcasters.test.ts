import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AccountEvent, InvalidEventError, UnknownEventTypeError } from '../../src/events/event.ts'
import { MAX_AMOUNT } from '../../src/events/money.ts'
import { type Shape, upcast } from '../../src/events/upcasters.ts'

const place = { stream: 'alice', version: 7 }

const reading = (type: string, schemaVersion: number, data: Shape['data']): AccountEvent => {
  const { type: today, data: content } = upcast({ type, schemaVersion, data }, place)
  return JSON.parse(JSON.stringify({ type: today, data: content }))
}

const opened = (owner: string, openingBalance: number): AccountEvent => ({
  type: 'opened',
  data: { owner, currency: 'USD', openingBalance },
})

/** Type, schema version and data, as they were written once, and what they are read as. */
const shapes: readonly (readonly [string, number, Shape['data'], AccountEvent])[] = [
  ['AccountOpened', 1, { id: 1, name: 'Alice', initial_deposit: 1000 }, opened('Alice', 100_000)],
  ['AccountOpened', 1, { id: 1, name: '', initial_deposit: 0 }, opened('unknown', 0)],
  ['AccountOpened', 1, { id: 1, initial_deposit: 12.34 }, opened('unknown', 1_234)],
  ['AccountOpened', 2, { account_id: 'a-1', owner_id: 'u-7' }, opened('u-7', 0)],
  [
    'AccountOpened',
    2,
    { account_id: 'a-1', owner: 'Bob', timestamp: '2020-01-15T10:00:00Z' },
    opened('Bob', 0),
  ],
  ['AccountOpened', 2, { account_id: 'a-1', owner: 'Bob', owner_id: 'u-7' }, opened('Bob', 0)],
  ['AccountOpened', 2, { account_id: 'a-1' }, opened('unknown', 0)],
  ['Opened', 1, { account_id: 'a-1', owner: 'Carol', initial_balance: '1000.50' }, opened('Carol', 100_050)],
  ['Opened', 1, { account_id: 'a-1', owner: null, initial_balance: 0 }, opened('unknown', 0)],
  [
    'MoneyDeposited',
    1,
    { id: 1, amount: 50, source: 'transfer' },
    { type: 'deposited', data: { amount: 5_000, source: 'transfer' } },
  ],
  [
    'MoneyDeposited',
    1,
    { amount: 200, timestamp: '2020-01-15T10:00:00Z' },
    { type: 'deposited', data: { amount: 20_000 } },
  ],
  ['Deposited', 1, { amount: 0.1, source: '' }, { type: 'deposited', data: { amount: 10 } }],
  ['Deposited', 1, { amount: '12.3', source: null }, { type: 'deposited', data: { amount: 1_230 } }],
  [
    'MoneyWithdrawn',
    1,
    { id: 1, amount: 200, reason: 'ATM' },
    { type: 'withdrawn', data: { amount: 20_000, reason: 'ATM' } },
  ],
  ['Withdrawn', 1, { amount: 0.01, reason: '  ' }, { type: 'withdrawn', data: { amount: 1 } }],
  ['Frozen', 1, { reason: 'suspicion' }, { type: 'frozen', data: { reason: 'suspicion' } }],
  ['Frozen', 1, {}, { type: 'frozen', data: { reason: 'no reason given' } }],
  ['AccountClosed', 1, {}, { type: 'closed', data: {} }],
  ['AccountClosed', 1, { reason: 'moved away' }, { type: 'closed', data: { reason: 'moved away' } }],
]

describe('an event of an old shape', () => {
  it.each(shapes)('%s %d %j is read as today’s', (type, schemaVersion, data, today) => {
    expect(reading(type, schemaVersion, data)).toEqual(today)
  })

  it('stays as it is stored', () => {
    const data = Object.freeze({ id: 1, amount: 50, source: 'transfer' })
    reading('MoneyDeposited', 1, data)
    expect(data).toEqual({ id: 1, amount: 50, source: 'transfer' })
  })

  it('has its dollars read as cents, exactly, whether they were a number or text', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MAX_AMOUNT }), (amount) => {
        const text = `${Math.floor(amount / 100)}.${String(amount % 100).padStart(2, '0')}`
        const today = { type: 'deposited', data: { amount } }
        expect(reading('MoneyDeposited', 1, { amount: text })).toEqual(today)
        expect(reading('MoneyDeposited', 1, { amount: Number(text) })).toEqual(today)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('the text of an old event', () => {
  const sourceOf = (source: unknown) => reading('Deposited', 1, { amount: 1, source }).data

  it.each([
    ['two\r\nlines', 'two lines'],
    ['\ttabs\t', 'tabs'],
    ['a\u0000b', 'a b'],
    ['half \ud83d of a pair', 'half \ufffd of a pair'],
    ['Zoë 💶', 'Zoë 💶'],
    ['[erased]', '[erased]'],
  ])('%j is read as one line: %j', (source, line) => {
    expect(sourceOf(source)).toEqual({ amount: 100, source: line })
  })

  it.each([
    [''],
    [' '],
    ['\n'],
    [null],
    [undefined],
    [42],
    [['x']],
    [{ text: 'x' }],
  ])('%j is none', (source) => {
    expect(sourceOf(source)).toEqual({ amount: 100 })
  })

  it('is cut where today’s texts end, also within a letter that takes two places', () => {
    expect(sourceOf('x'.repeat(600))).toEqual({ amount: 100, source: 'x'.repeat(500) })
    expect(sourceOf(`${'x'.repeat(499)}💶`)).toEqual({ amount: 100, source: `${'x'.repeat(499)}\ufffd` })
  })

  it('is always one that today’s events can hold', () => {
    const anyText = fc.string({
      unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)),
      maxLength: 600,
    })
    fc.assert(fc.property(anyText, (source) => void sourceOf(source)))
    fc.assert(fc.property(anyText, (name) => void reading('AccountOpened', 1, { name, initial_deposit: 0 })))
  })
})

const errorOf = (type: string, schemaVersion: number, data: Shape['data']): unknown => {
  try {
    return upcast({ type, schemaVersion, data }, place)
  } catch (error) {
    return error
  }
}

describe('an old amount that is no whole number of cents is refused, never rounded:', () => {
  it.each([
    ['a third of a cent', 0.0033],
    ['a third of a dollar', 1 / 3],
    ['a sum with the error of floating point', 0.1 + 0.2],
    ['a third of a cent in text', '0.0033'],
    ['a tiny amount', 1e-7],
    ['nothing', 0],
    ['less than nothing', -5],
    ['less than nothing in text', '-5.00'],
    ['too much', 10_000_000_000.01],
    ['far too much', 1e21],
    ['text', 'five'],
    ['text with a unit', '5 USD'],
    ['no text', ''],
    ['null', null],
    ['none at all', undefined],
    ['a list', [5]],
    ['without end', Number.POSITIVE_INFINITY],
    ['no number', Number.NaN],
  ])('%s', (_, amount) => {
    for (const type of ['MoneyDeposited', 'Deposited', 'MoneyWithdrawn', 'Withdrawn']) {
      const error = errorOf(type, 1, { amount })
      expect(error).toBeInstanceOf(InvalidEventError)
      expect(error).toHaveProperty(
        'message',
        expect.stringMatching(/^Event 7 of stream "alice" of type ".+" is not valid: data\.amount: .+\.$/),
      )
    }
  })

  it.each([
    ['a third of a cent', 0.0033],
    ['less than nothing', -1],
    ['none at all', undefined],
  ])('%s to begin with', (_, amount) => {
    for (const [type, data] of [
      ['Opened', { owner: 'Carol', initial_balance: amount }],
      ['AccountOpened', { name: 'Alice', initial_deposit: amount }],
    ] as const) {
      expect(errorOf(type, 1, data)).toMatchObject({
        name: 'InvalidEventError',
        message: expect.stringContaining('Event 7 of stream "alice"'),
      })
    }
  })
})

describe('an event of a type or shape that is unknown here is refused, by its stream, version and type:', () => {
  it.each([
    ['stolen', 1],
    ['MoneyStolen', 1],
    ['Deposited', 2],
    ['MoneyDeposited', 0],
    ['AccountOpened', 3],
    ['deposited', 2],
    ['deposited', 0],
    ['Deposited', 1.5],
    ['DEPOSITED', 1],
    ['constructor', 1],
    ['__proto__', 1],
    ['', 1],
  ])('%s %d', (type, schemaVersion) => {
    const error = errorOf(type, schemaVersion, { amount: 100 })
    expect(error).toBeInstanceOf(UnknownEventTypeError)
    expect(error).toMatchObject({ stream: 'alice', version: 7, type })
  })
})
