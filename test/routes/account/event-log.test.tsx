import { describe, expect, it } from 'vitest'
import type { AccountEvent, NewEvent } from '../../../src/events/event.ts'
import { type LogFilter, noFilter } from '../../../src/projection/log-filter.ts'
import { readLog, WINDOW, type WindowOptions } from '../../../src/projection/log-window.ts'
import { Readings } from '../../../src/projection/readings.ts'
import { EventLog } from '../../../src/routes/account/event-log.tsx'
import { FilterForm } from '../../../src/routes/account/log-filter-form.tsx'
import { closed, deposited, deposits, newEvent, newEvents } from '../../events/sample-events.ts'
import { recorded } from '../../projection/statement.ts'

const TRANSFER = 'b1e6e1a4-7f3a-4b44-9a51-0c1d2e3f4a5b'
const HOSTILE = `<img src=x onerror="alert('1')"> & co`

const windowOf = async (events: readonly NewEvent[], options: WindowOptions = {}) => {
  const { store } = await recorded(events)
  return readLog(store, new Readings(store), 'alice', options)
}

const filterBy = (filter: Partial<LogFilter>): LogFilter => ({ ...noFilter, ...filter })
const paid = (reason: string): AccountEvent => ({ type: 'withdrawn', data: { amount: 1, reason } })
const sent = (to: string): AccountEvent => ({
  type: 'transferredOut',
  data: { transferId: TRANSFER, to, amount: 1 },
})

/** The newest row of the page that shows these events. */
const row = async (event: AccountEvent, props: Omit<Parameters<typeof EventLog>[0], 'log'> = {}) => {
  const log = await windowOf(newEvents(event))
  const html = String(<EventLog log={log} {...props} />)
  return /<tr id="event-1".*?<\/tr>/s.exec(html)?.[0] ?? ''
}

const linksIn = (html: string): (readonly [string, string])[] =>
  [...html.matchAll(/<a href="([^"]*)"[^>]*>([^<]*)</g)].map(([, href = '', text = '']) => [
    href.replaceAll('&amp;', '&'),
    text,
  ])

describe('a row of the log', () => {
  it('says in words what happened, and leads to the event', async () => {
    const html = await row(sent('bob'))
    expect(html).toContain('<a class="name" href="/accounts/alice/events/1">transferred out</a>')
  })

  it.each<[AccountEvent, string]>([
    [{ type: 'opened', data: { owner: 'Ada', currency: 'USD', openingBalance: 0 } }, 'Ada'],
    [{ type: 'deposited', data: { amount: 1, source: 'fees' } }, 'fees'],
    [paid('rent'), 'rent'],
    [{ type: 'closed', data: { reason: 'moved away' } }, 'moved away'],
  ])('has what people wrote beside it', async (event, text) => {
    expect(await row(event)).toContain(`<small class="note">${text}</small>`)
  })

  it('leads to the other account of a transfer, by its name where that is known', async () => {
    expect(await row(sent('bob/2'))).toContain('to <a href="/accounts/bob%2F2">bob/2</a>')
    const names = new Map([['bob', 'Bob the builder']])
    expect(await row(sent('bob'), { names })).toContain('to <a href="/accounts/bob">Bob the builder</a>')
    const received: AccountEvent = {
      type: 'transferredIn',
      data: { transferId: TRANSFER, from: 'shared', amount: 1 },
    }
    expect(await row(received)).toContain('from <a href="/accounts/shared">Shared account</a>')
  })

  it('says of a transfer whether it is in flight, which it knows by the id of its event', async () => {
    const event = newEvent(sent('bob'))
    const log = await windowOf([event])
    const logWith = (...ids: readonly string[]) => String(<EventLog log={log} inFlight={new Set(ids)} />)
    expect(logWith(event.id)).toContain('<span class="flight">in flight</span>')
    expect(logWith(TRANSFER, 'another')).not.toContain('in flight')
    expect(String(<EventLog log={log} />)).not.toContain('in flight')
  })

  it('shows what people wrote as text, whatever that is', async () => {
    for (const html of [await row(paid(HOSTILE)), await row(sent(HOSTILE))]) {
      expect(html).not.toContain('<img')
      expect(html).toContain('&lt;img src=x')
      expect(html).not.toMatch(/ data-(?!time)/)
    }
  })

  it('is marked if it is the one looked at', async () => {
    const html = String(<EventLog log={await windowOf(deposits(3))} at={2} />)
    expect(html).toContain('<tr id="event-3">')
    expect(html).toContain('<tr id="event-2" class="here" aria-current="true">')
    expect(html).toContain('<tr id="event-1">')
  })
})

describe('the pages of the log', () => {
  it('lead on to the older rows, and back', async () => {
    const events = deposits(4 * WINDOW)
    expect(linksIn(String(<EventLog log={await windowOf(events)} />))).toContainEqual([
      '?before=151',
      'Older',
    ])
    const older = linksIn(String(<EventLog log={await windowOf(events, { before: 101 })} />))
    expect(older.slice(-3)).toEqual([
      ['?', 'Newest'],
      ['?before=151', 'Newer'],
      ['?before=51', 'Older'],
    ])
  })

  it('keep the filter, and what else stands in the address', async () => {
    const filter = filterBy({ types: ['deposited'] })
    const log = await windowOf(deposits(4 * WINDOW), { filter, before: 101, upTo: 180 })
    const links = linksIn(String(<EventLog log={log} kept={{ version: '180' }} />))
    expect(links.slice(-3)).toEqual([
      ['?version=180&type=deposited', 'Newest'],
      ['?version=180&type=deposited&before=151', 'Newer'],
      ['?version=180&type=deposited&before=51', 'Older'],
    ])
  })

  it('say what was looked through, and lead on from there', async () => {
    const log = await windowOf(deposits(3), { filter: filterBy({ search: 'rent' }) })
    const html = String(
      <EventLog log={{ ...log, older: 4001, lookedThrough: { newest: 9000, oldest: 4001 } }} />,
    )
    expect(html).toContain('Looked through #9,000 to #4,001. Newest first, times in')
    expect(linksIn(html)).toContainEqual(['?search=rent&before=4001', 'Look further back'])
    expect(html).toContain('No event matches so far.')
  })
})

describe('a log without rows', () => {
  const nothing = async (events: readonly NewEvent[], options: WindowOptions = {}) =>
    /<td colspan="5" class="quiet">(.*?)<\/td>/s.exec(
      String(<EventLog log={await windowOf(events, options)} kept={{ version: '0' }} />),
    )?.[1]

  it('has no events yet', async () => {
    expect(await nothing([])).toBe('No events yet. The first deposit will stand here.')
    expect(await nothing([], { filter: filterBy({ search: 'x' }) })).toContain('No events yet.')
  })

  it('had none then', async () => {
    expect(await nothing(deposits(1), { upTo: 0 })).toBe('Nothing had happened yet.')
  })

  it('has none that match, and offers them all again', async () => {
    const html = await nothing(deposits(1), { filter: filterBy({ search: 'rent' }) })
    expect(html).toBe('No event matches. <a href="?version=0">Clear the filter</a>')
    const older = await nothing(deposits(3), { filter: filterBy({ types: ['closed'] }), before: 2 })
    expect(older).toContain('No older event matches.')
  })
})

describe('the form of the filter', () => {
  const form = (filter: Partial<LogFilter> = {}) =>
    String(<FilterForm filter={filterBy(filter)} version={40} />)

  it('asks by GET, and keeps what else stands in the address', () => {
    expect(form()).toContain('<form method="get">')
    expect(form()).toContain('<input id="log-filter-version" type="hidden" name="version" value="40"')
  })

  it('shows what is asked for', () => {
    const html = form({ types: ['closed'], search: HOSTILE, from: new Date(2026, 10, 1).toISOString() })
    expect(html).toMatch(/name="type" value="closed" checked=""/)
    expect(html).not.toMatch(/value="opened" checked/)
    expect(html).toContain('type="date" name="from" value="2026-11-01"')
    expect(html).toContain('closed; from 1 Nov 2026; “&lt;img')
    expect(html).not.toContain('<img')
  })

  it('keeps a time that somebody put into the address', () => {
    const html = form({ from: '2026-11-01T10:11:12.000Z' })
    expect(html).toContain('type="text" name="from" value="2026-11-01T10:11:12.000Z"')
  })

  it('can be cleared once there is something to clear', () => {
    expect(form()).not.toContain('Clear')
    expect(form({ search: 'x' })).toMatch(/<a [^>]*href="\?version=40"[^>]*>Clear the filter<\/a>/)
  })

  it('has a label for every field', () => {
    const fields = [...form().matchAll(/<input id="([^"]+)" type="(?!hidden)/g)].map(([, id]) => id)
    expect(fields).toHaveLength(3)
    for (const id of fields) expect(form()).toContain(`<label for="${id}">`)
  })
})

it('shows an event that moves no money without an amount', async () => {
  const log = await windowOf([newEvent(deposited(100)), newEvent(closed)])
  expect(String(<EventLog log={log} />)).toMatch(/<tr id="event-2".*?<td class="number"><\/td>.*?\$1\.00/s)
})
