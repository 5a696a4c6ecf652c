import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'

vi.hoisted(() => {
  process.env.TZ = 'Europe/Berlin'
})

import { momentOf } from '../../src/projection/moment.ts'

describe('a moment', () => {
  it.each([
    ['2026-11-17T18:00:00Z', '2026-11-17T18:00:00.000Z'],
    ['2026-11-17T18:00:00.123Z', '2026-11-17T18:00:00.123Z'],
    ['2026-11-17T18:00:00+05:30', '2026-11-17T12:30:00.000Z'],
    ['2026-11-17T18:00:00.5-08:00', '2026-11-18T02:00:00.500Z'],
  ])('with an offset is what it says: %s', (text, instant) => expect(momentOf(text)).toBe(instant))

  it.each([
    ['in winter', '2026-11-17T18:00:00', '2026-11-17T17:00:00.000Z'],
    ['in summer', '2026-07-17T18:00:00', '2026-07-17T16:00:00.000Z'],
    ['to the minute, as a form sends it', '2026-11-17T18:00', '2026-11-17T17:00:00.000Z'],
    ['to the millisecond', '2026-11-17T18:00:00.007', '2026-11-17T17:00:00.007Z'],
  ])('without one is in the zone of the server, %s', (_, text, instant) =>
    expect(momentOf(text)).toBe(instant))

  it.each([
    ['in winter', '2026-11-17', '2026-11-17T22:59:59.999Z'],
    ['in summer', '2026-07-17', '2026-07-17T21:59:59.999Z'],
    ['of 23 hours', '2026-03-29', '2026-03-29T21:59:59.999Z'],
    ['of 25 hours', '2026-10-25', '2026-10-25T22:59:59.999Z'],
    ['at the end of a year', '2026-12-31', '2026-12-31T22:59:59.999Z'],
    ['that comes every four years', '2028-02-29', '2028-02-29T22:59:59.999Z'],
  ])('that is a day is the end of it: a day %s', (_, text, instant) => expect(momentOf(text)).toBe(instant))

  it.each([
    '',
    ' ',
    'now',
    'yesterday',
    '2026',
    '2026-11',
    '2026-02-30',
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-1-7',
    '20261117',
    '17.11.2026',
    '11/17/2026',
    '2026-W47-2',
    '2026-321',
    ' 2026-11-17',
    '2026-11-17\n',
    '2026-11-17 18:00',
    '2026-11-17T',
    '2026-11-17T18',
    '2026-11-17T24:00',
    '2026-11-17T18:60',
    '2026-11-17T18:00:60Z',
    '2026-11-17T18:00:00+1',
    '2026-11-17T18:00:00+24:00',
    '2026-02-30T18:00:00Z',
    '12026-11-17',
    '+012026-11-17',
    '-000001-11-17',
    '26-11-17',
    '1795000000000',
  ])('is not %j', (text) => expect(momentOf(text)).toBeUndefined())

  it('that is a day ends with it also where the day begins at one, and was never midnight', () => {
    process.env.TZ = 'Africa/Cairo'
    expect(momentOf('2026-04-24')).toBe('2026-04-24T20:59:59.999Z')
    process.env.TZ = 'Europe/Berlin'
  })

  it('is of a year with four digits in UTC as well', () => {
    expect(momentOf('9999-12-31T23:59:59Z')).toBe('9999-12-31T23:59:59.000Z')
    expect(momentOf('9999-12-31T23:59:59-01:00')).toBeUndefined()
    expect(momentOf('0000-01-01T00:00:00+01:00')).toBeUndefined()
  })

  it('is the instant that was written, whatever the instant', () => {
    const instants = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T00:00:00Z'),
      noInvalidDate: true,
    })
    fc.assert(
      fc.property(instants, (date) => {
        expect(momentOf(date.toISOString())).toBe(date.toISOString())
      }),
    )
  })

  it('is undefined or an instant, whatever was written', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9T:.Z+-]{8,24}$/)), (text) => {
        expect(momentOf(text) ?? '2026-11-17T18:00:00.000Z').toMatch(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/)
      }),
    )
  })
})
