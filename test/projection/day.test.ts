import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { dayAt, endOf, startOf } from '../../src/projection/day.ts'

// Where clocks go forward at midnight: 6 September 2026 has no 00:00.
vi.hoisted(() => {
  process.env.TZ = 'America/Santiago'
})

describe('a period', () => {
  it('begins with the first moment of its first day and ends with the last of its last', () => {
    expect(startOf('2026-11-01')).toBe('2026-11-01T03:00:00.000Z')
    expect(endOf('2026-11-30')).toBe('2026-12-01T02:59:59.999Z')
  })

  it('begins when a day begins that has no midnight', () => {
    expect(startOf('2026-09-06')).toBe('2026-09-06T04:00:00.000Z')
    expect(endOf('2026-09-05')).toBe('2026-09-06T03:59:59.999Z')
  })

  it.each([
    '2026-01-01',
    '2024-02-29',
    '2026-04-05',
    '2026-09-06',
    '2026-12-31',
  ])('of the day %s is that day', (day) => {
    expect(dayAt(startOf(day) ?? '')).toBe(day)
    expect(dayAt(endOf(day) ?? '')).toBe(day)
  })

  it('of the day that an instant is in holds that instant', () => {
    const dates = fc.date({ min: new Date('1950-01-01'), max: new Date('2200-01-01'), noInvalidDate: true })
    fc.assert(
      fc.property(dates, (date) => {
        const [instant, day] = [date.toISOString(), dayAt(date.toISOString())]
        expect((startOf(day) ?? '') <= instant && instant <= (endOf(day) ?? '')).toBe(true)
      }),
    )
  })

  it('is of a day whose year has four digits, also a first one', () => {
    expect(dayAt('0033-04-05T12:00:00.000Z')).toBe('0033-04-05')
  })

  it('begins and ends at a moment, if it is said by one', () => {
    expect(startOf('2026-11-01T10:30')).toBe('2026-11-01T13:30:00.000Z')
    expect(startOf('2026-11-01T10:30:00Z')).toBe('2026-11-01T10:30:00.000Z')
    expect(endOf('2026-11-01T10:30:00Z')).toBe('2026-11-01T10:30:00.000Z')
  })

  it.each([
    '',
    'today',
    '2026-02-30',
    '2026-11',
    '20261101',
    '2026-11-01 10:30',
  ])('is not said by "%s"', (text) => {
    expect(startOf(text)).toBeUndefined()
    expect(endOf(text)).toBeUndefined()
  })
})
