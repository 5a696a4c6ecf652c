import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'

vi.hoisted(() => {
  process.env.TZ = 'Europe/Berlin'
})

import {
  monthAfter,
  monthAt,
  monthBefore,
  monthNamed,
  monthsBack,
  yearOf,
} from '../../src/projection/month.ts'

const named = (name: string) => {
  const month = monthNamed(name)
  if (!month) throw new Error(`${name} is no month.`)
  return month
}

const instants = fc
  .date({ min: new Date('1900-01-01'), max: new Date('2200-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString())

/** By Intl, which is told the zone, and not by what is tested. */
const berlin = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/Berlin',
  year: 'numeric',
  month: '2-digit',
})

describe('a month', () => {
  it('has a name, and begins and ends at midnight of the server, in summer and in winter', () => {
    expect(named('2026-11')).toEqual({
      name: '2026-11',
      first: '2026-10-31T23:00:00.000Z',
      last: '2026-11-30T22:59:59.999Z',
    })
    expect(named('2026-10')).toEqual({
      name: '2026-10',
      first: '2026-09-30T22:00:00.000Z',
      last: '2026-10-31T22:59:59.999Z',
    })
    expect(named('2028-02').last).toBe('2028-02-29T22:59:59.999Z')
  })

  it('begins with the first instant of its first day, also where that is not midnight', () => {
    process.env.TZ = 'America/Asuncion'
    expect(named('2017-10').first).toBe('2017-10-01T04:00:00.000Z')
    expect(named('2017-09').last).toBe('2017-10-01T03:59:59.999Z')
    expect(monthAfter(named('2017-10')).first).toBe('2017-11-01T03:00:00.000Z')
    process.env.TZ = 'Europe/Berlin'
  })

  it.each([
    '',
    '2026',
    '2026-00',
    '2026-13',
    '2026-1',
    '26-11',
    '12026-11',
    '2026-11-01',
    ' 2026-11',
    '2026/11',
  ])('is not named %j', (name) => expect(monthNamed(name)).toBeUndefined())

  it('is not one that begins before the year 0 in UTC', () => {
    expect(monthNamed('0000-01')).toBeUndefined()
    expect(monthNamed('0001-01')?.name).toBe('0001-01')
    expect(monthNamed('9999-12')?.last).toBe('9999-12-31T22:59:59.999Z')
  })

  it('holds every instant between its first and its last, by the calendar of the server', () => {
    fc.assert(
      fc.property(instants, (instant) => {
        const month = monthAt(instant)
        expect(month.first <= instant && instant <= month.last).toBe(true)
        expect(berlin.format(new Date(instant))).toBe(month.name)
        expect(monthNamed(month.name)).toEqual(month)
      }),
    )
  })

  it('is followed by the next without a gap, and the other way round', () => {
    fc.assert(
      fc.property(instants, (instant) => {
        const month = monthAt(instant)
        const next = monthAfter(month)
        expect(Date.parse(next.first) - Date.parse(month.last)).toBe(1)
        expect(next.name > month.name).toBe(true)
        expect(monthBefore(next)).toEqual(month)
      }),
    )
  })

  it('is of a year', () => expect(yearOf(named('2026-01'))).toBe(2026))
})

describe('months from one back to another', () => {
  it('are all there are, newest first', () => {
    const months = monthsBack(named('2027-02'), named('2026-11'))
    expect(months.map(({ name }) => name)).toEqual(['2027-02', '2027-01', '2026-12', '2026-11'])
  })

  it('are one from a month to itself, and none to a later one', () => {
    expect(monthsBack(named('2026-11'), named('2026-11'))).toHaveLength(1)
    expect(monthsBack(named('2026-11'), named('2026-12'))).toEqual([])
  })
})
