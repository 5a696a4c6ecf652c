import fc from 'fast-check'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { startOf } from '../../../src/projection/day.ts'
import { EVENT_TYPES } from '../../../src/projection/event-words.ts'
import { type LogFilter, noFilter } from '../../../src/projection/log-filter.ts'
import { queryOf, readLogQuery } from '../../../src/routes/account/log-query.ts'

const app = new Hono().get('/', (c) => c.json(readLogQuery(c)))
const ask = (query: string) => app.request(`/${query}`)
const read = async (query: string) => (await ask(query)).json()

describe('the log in the address', () => {
  it('is the whole log if nothing is asked for', async () => {
    expect(await read('')).toEqual({ filter: noFilter })
  })

  it('takes what an empty form sends for nothing', async () => {
    expect(await read('?from=&until=&search=')).toEqual({ filter: noFilter })
  })

  it('names types, days, a text and a place', async () => {
    const query = '?type=withdrawn&type=deposited&from=2026-11-01&until=2026-11-30&search=+rent+&before=51'
    expect(await read(query)).toEqual({
      filter: {
        types: ['deposited', 'withdrawn'],
        from: startOf('2026-11-01'),
        until: new Date(Date.parse(startOf('2026-12-01') ?? '') - 1).toISOString(),
        search: 'rent',
      },
      before: 51,
    })
  })

  it('takes times for days', async () => {
    expect(await read('?from=2026-11-01T10:00:00Z')).toMatchObject({
      filter: { from: '2026-11-01T10:00:00.000Z' },
    })
  })

  it.each([
    ['?type=deposits', '"type" takes one of opened, deposited,'],
    ['?type=', '"type" takes one of'],
    ['?type=deposited&type=x', '"type" takes one of'],
    ['?from=yesterday', '"from" takes a day such as'],
    ['?until=2026-02-30', '"until" takes a day such as'],
    [`?search=${'x'.repeat(201)}`, '"search" takes at most 200 characters'],
    ['?before=', '"before" takes the number of an event, such as 51.'],
    ['?before=1', '"before" takes the number of an event, such as 51.'],
  ])('answers %s with a 400 that says what is accepted', async (query, message) => {
    const response = await ask(query)
    expect(response.status).toBe(400)
    const text = await response.text()
    expect(text).toContain(message)
    expect(text).not.toContain('\n')
  })

  it('reads what it wrote, whatever that is', async () => {
    const instant = fc
      .date({
        min: new Date('2000-01-01T00:00:00Z'),
        max: new Date('2100-01-01T00:00:00Z'),
        noInvalidDate: true,
      })
      .map((date) => date.toISOString())
    const filters = fc.record(
      {
        types: fc.subarray([...EVENT_TYPES]),
        from: fc.oneof(instant, fc.constant(startOf('2026-03-29') ?? '')),
        until: instant,
        search: fc.string({ unit: 'grapheme', maxLength: 60 }).map((text) => text.trim()),
      },
      { requiredKeys: ['types', 'search'] },
    )
    const places = fc.option(fc.integer({ min: 2 }), { nil: undefined })
    await fc.assert(
      fc.asyncProperty(filters, places, async (filter: LogFilter, before) => {
        const query = queryOf(filter, { version: '40' }, before)
        expect(await read(query)).toEqual({ filter, ...(before !== undefined && { before }) })
        expect(new URLSearchParams(query).get('version')).toBe('40')
      }),
    )
  })

  it('is written as short as it can be', () => {
    expect(queryOf(noFilter)).toBe('?')
    expect(queryOf(noFilter, {}, 51)).toBe('?before=51')
    const from = startOf('2026-11-01') ?? ''
    expect(queryOf({ types: ['closed'], from, search: 'a&b' })).toBe(
      '?type=closed&from=2026-11-01&search=a%26b',
    )
  })
})
