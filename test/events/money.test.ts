import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decimal,
  formatChange,
  formatMoney,
  MAX_AMOUNT,
  minorDigits,
  parseMoney,
} from '../../src/events/money.ts'

const CURRENCIES = ['USD', 'JPY', 'KWD'] as const

/** Minor units in plain decimal notation, made of text alone. */
const plainDecimal = (amount: number, digits: number): string => {
  const text = String(amount).padStart(digits + 1, '0')
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`
}

const amountOf = (input: unknown, currency = 'USD'): number => {
  const parsed = parseMoney(input, currency)
  if (parsed.type === 'invalid') throw new Error(parsed.message)
  return parsed.amount
}

const messageOf = (input: unknown, currency = 'USD'): string => {
  const parsed = parseMoney(input, currency)
  if (parsed.type === 'amount') throw new Error(`It was read as ${parsed.amount}.`)
  return parsed.message
}

it('knows how many decimals a currency has', () => {
  expect(CURRENCIES.map(minorDigits)).toEqual([2, 0, 3])
})

describe('reads', () => {
  it.each([
    ['12.34', 1_234],
    ['12', 1_200],
    ['12.3', 1_230],
    ['0.01', 1],
    ['0', 0],
    ['0.00', 0],
    ['007.50', 750],
    ['  12.34\t', 1_234],
    ['\n5\n', 500],
    [12.34, 1_234],
    [12, 1_200],
    [0.1, 10],
    [0, 0],
    [-0, 0],
    [1.1, 110],
    [4.35, 435],
    [1_000_000_000.07, 100_000_000_007],
    ['10000000000.00', MAX_AMOUNT],
    ['90071992547409.91', Number.MAX_SAFE_INTEGER],
  ])('%j as %d cents', (input, cents) => expect(amountOf(input)).toBe(cents))

  it.each([
    ['JPY', '1234', 1_234],
    ['JPY', 5, 5],
    ['KWD', '1.234', 1_234],
    ['KWD', '1.2', 1_200],
    ['KWD', 7, 7_000],
  ])('%s %j as %d minor units', (currency, input, amount) => {
    expect(amountOf(input, currency)).toBe(amount)
  })

  it('a number too long to be exact as more than any rule lets pass', () => {
    expect(amountOf('9'.repeat(40))).toBeGreaterThan(MAX_AMOUNT)
    expect(amountOf('9'.repeat(400))).toBeGreaterThan(MAX_AMOUNT)
    expect(amountOf('90071992547409.93')).toBeGreaterThan(MAX_AMOUNT)
  })

  it('every amount up to the most exactly, in every currency', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: MAX_AMOUNT }),
        fc.constantFrom(...CURRENCIES),
        (amount, currency) => {
          expect(amountOf(plainDecimal(amount, minorDigits(currency)), currency)).toBe(amount)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('a JavaScript number like the text that it is shown as', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX_AMOUNT }), (cents) => {
        expect(amountOf(cents / 100)).toBe(cents)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('does not read', () => {
  it.each([
    '',
    ' ',
    '\n',
    null,
    undefined,
    true,
    false,
    [],
    ['5'],
    [5],
    {},
    { amount: 5 },
  ])('%j, and shows what a number looks like', (input) =>
    expect(messageOf(input)).toBe('Invalid amount: enter a number such as 12.34.'))

  it('anything else that is neither text nor a number', () => {
    for (const input of [5n, Symbol('5'), () => 5, new Date(0), Object(5)]) {
      expect(messageOf(input)).toBe('Invalid amount: enter a number such as 12.34.')
    }
  })

  it.each([
    '+5',
    '-5',
    '−5',
    ' -5',
    '-',
    '--5',
    -5,
    -0.01,
    Number.NEGATIVE_INFINITY,
  ])('%j, because of its sign', (input) =>
    expect(messageOf(input)).toBe('Invalid amount: write it without a sign, as in 12.34.'))

  it.each([
    'abc',
    'NaN',
    'Infinity',
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '1e3',
    '1E3',
    1e21,
    1e-7,
    '0x10',
    '0b1',
    '1_000',
    '1,000',
    '1,5',
    '1 000',
    '1\n2',
    '12.34 USD',
    '$5',
    '.5',
    '5.',
    '.',
    '1.2.3',
    '１２',
    '١٢',
    '½',
    '5-',
    '(5)',
  ])('%j, because it is not digits only', (input) => {
    expect(messageOf(input)).toBe('Invalid amount: write it with digits and a point alone, as in 12.34.')
  })

  it.each(['12.345', '0.001', '1.000', 12.345, 0.1 + 0.2, 1.005])('half cents: %j', (input) => {
    expect(messageOf(input)).toBe('Invalid amount: USD has at most 2 decimals.')
  })

  it('more decimals than other currencies have', () => {
    expect(messageOf('1.0', 'JPY')).toBe('Invalid amount: JPY has no decimals.')
    expect(messageOf('1.0000', 'KWD')).toBe('Invalid amount: KWD has at most 3 decimals.')
  })

  it('and gives examples in the currency asked for', () => {
    expect(messageOf('', 'JPY')).toBe('Invalid amount: enter a number such as 1234.')
    expect(messageOf('x', 'KWD')).toBe('Invalid amount: write it with digits and a point alone, as in 1.234.')
  })

  it('whatever comes, it answers an exact amount or one line', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.anything(), fc.string(), fc.double(), fc.constantFrom('1\n2', '−\n1', '\u2028')),
        fc.constantFrom(...CURRENCIES),
        (input, currency) => {
          const parsed = parseMoney(input, currency)
          if (parsed.type === 'invalid') expect(parsed.message).toMatch(/^Invalid amount: [^\n\r\u2028]+\.$/)
          else expect(Number.isSafeInteger(parsed.amount) || parsed.amount > MAX_AMOUNT).toBe(true)
        },
      ),
      { numRuns: 1_000 },
    )
  })
})

describe('writes', () => {
  it.each([
    [0, '$0.00'],
    [-0, '$0.00'],
    [1, '$0.01'],
    [99, '$0.99'],
    [100, '$1.00'],
    [130_000, '$1,300.00'],
    [MAX_AMOUNT, '$10,000,000,000.00'],
    [Number.MAX_SAFE_INTEGER, '$90,071,992,547,409.91'],
    [-1, '−$0.01'],
    [-130_000, '−$1,300.00'],
    [-Number.MAX_SAFE_INTEGER, '−$90,071,992,547,409.91'],
  ])('%d cents as %s', (cents, text) => expect(formatMoney(cents, 'USD')).toBe(text))

  it.each([
    ['JPY', 1_234, '¥1,234'],
    ['JPY', 0, '¥0'],
    ['JPY', -5, '−¥5'],
    ['KWD', 1_234, 'KWD\u00a01.234'],
    ['KWD', 5, 'KWD\u00a00.005'],
    ['KWD', Number.MAX_SAFE_INTEGER, 'KWD\u00a09,007,199,254,740.991'],
    ['EUR', 1_050, '€10.50'],
  ])('%s %d as %s', (currency, amount, text) => expect(formatMoney(amount, currency)).toBe(text))

  it.each([
    [1, '+$0.01'],
    [130_000, '+$1,300.00'],
    [0, '$0.00'],
    [-5, '−$0.05'],
  ])('a change of %d cents as %s', (cents, text) => expect(formatChange(cents, 'USD')).toBe(text))

  it.each([
    ['USD', 0n, '$0.00'],
    ['USD', -130_000n, '−$1,300.00'],
    ['USD', 2n ** 80n, '$12,089,258,196,146,291,747,061.76'],
    ['JPY', 9_007_199_254_740_993n, '¥9,007,199,254,740,993'],
  ])('a sum in %s that no number would hold: %d', (currency, sum, text) =>
    expect(formatMoney(sum, currency)).toBe(text))

  it.each([
    ['USD', 130_000, '1300.00'],
    ['USD', -5, '-0.05'],
    ['USD', -0, '0.00'],
    ['JPY', 1_234, '1234'],
    ['KWD', -1_234n, '-1.234'],
  ])('for programs: %s %d as %s', (currency, amount, text) => expect(decimal(amount, currency)).toBe(text))

  it('every amount so that reading its digits gives it back', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.constantFrom(...CURRENCIES), (amount, currency) => {
        const digits = formatMoney(amount, currency).replace(/[^\d.]/g, '')
        expect(digits).toBe(plainDecimal(amount, minorDigits(currency)))
        expect(formatMoney(-amount, currency)).toBe(
          amount === 0 ? formatMoney(0, currency) : `−${formatMoney(amount, currency)}`,
        )
      }),
      { numRuns: 1_000 },
    )
  })
})
