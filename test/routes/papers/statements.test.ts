import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { Hono } from 'hono'
import { describe, expect, it, vi } from 'vitest'

vi.hoisted(() => {
  process.env.TZ = 'Europe/Berlin'
})

import type { NewEvent } from '../../../src/events/event.ts'
import { MemoryEventStore } from '../../../src/events/memory-store.ts'
import { formatChange, formatMoney } from '../../../src/events/money.ts'
import { unguarded } from '../../../src/formula-guard.ts'
import { Readings } from '../../../src/projection/readings.ts'
import { statementRoutes } from '../../../src/routes/papers/statement-routes.tsx'
import { deposited, newEvent, oneTo, opened, withdrawn } from '../../events/sample-events.ts'
import { lastMonth, severalMonths } from '../../projection/several-months.ts'

const assets = {
  stylesheet: '/assets/passbook.css',
  icon: '/assets/icon.svg',
  client: '/assets/datastar.js',
  clientOrigin: undefined,
  routes: new Hono(),
}

interface Given {
  readonly account?: string
  readonly now?: string
}

/** The pages of a log with these events alone. */
const site = async (
  events: readonly NewEvent[],
  { account = 'alice', now = '2026-11-20T11:00:00.000Z' }: Given = {},
) => {
  const store = new MemoryEventStore()
  if (events.length > 0) await store.append(account, events, { expected: 'no-stream' })
  const app = new Hono().route(
    '/accounts/:account',
    statementRoutes({ store, readings: new Readings(store), assets, now: () => new Date(now) }),
  )
  const get = (path: string, of = account) =>
    app.request(`/accounts/${encodeURIComponent(of)}/statements${path}`)
  return { get, text: async (path: string) => (await get(path)).text() }
}

const on = (occurredAt: string, event = deposited(100)) => newEvent(event, { occurredAt })

const plain = (html: string): string =>
  html
    .replaceAll(/<[^>]+>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .trim()

/** The text of the cells of each line. */
const linesOf = (html: string): string[][] =>
  [...(/<tbody>(.*)<\/tbody>/s.exec(html)?.[1] ?? '').matchAll(/<tr[^>]*>(.*?)<\/tr>/gs)].map(
    ([, row = '']) => [...row.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/gs)].map(([, cell = '']) => plain(cell)),
  )

const sumsOf = (html: string): string[] =>
  [...html.matchAll(/<dd>(.*?)<\/dd>/gs)].map(([, sum = '']) => plain(sum))

const linksOf = (html: string): string[] => [...html.matchAll(/href="([^"]*)"/g)].map(([, href = '']) => href)

const monthsOf = (html: string): string[] =>
  linksOf(html).flatMap((href) => /\/statements\/(\d{4}-\d\d)$/.exec(href)?.[1] ?? [])

describe('the list of statements', () => {
  it('has every month from the first event’s to the present one, newest first, by years', async () => {
    const { text } = await site([on('2025-11-30T23:30:00.000Z')])
    const html = await text('')
    expect(monthsOf(html)).toEqual([
      ...['11', '10', '09', '08', '07', '06', '05', '04', '03', '02', '01'].map((month) => `2026-${month}`),
      '2025-12',
    ])
    expect([...html.matchAll(/<h2[^>]*>(.*?)<\/h2>/g)].map(([, year]) => year)).toEqual(['2026', '2025'])
    expect(plain(/<li>.*?<\/li>/s.exec(html)?.[0] ?? '')).toBe('November 2026 so far')
  })

  it('has ten years on a page, and links to older ones and back', async () => {
    const { text } = await site([on('2003-05-10T12:00:00.000Z')])
    const newest = await text('')
    expect([monthsOf(newest)[0], monthsOf(newest).at(-1)]).toEqual(['2026-11', '2017-01'])
    expect(linksOf(newest)).toContain('?before=2017')
    expect(newest).not.toContain('>Newest<')

    const oldest = await text('?before=2007')
    expect([monthsOf(oldest)[0], monthsOf(oldest).at(-1)]).toEqual(['2006-12', '2003-05'])
    expect(oldest).not.toContain('>Older<')
    expect(oldest).toContain('<a href="?">Newest</a>')
    expect(await text('?before=2003')).toContain('There are none that far back.')
  })

  it('is the same as without, for a year to come', async () => {
    const { text } = await site([on('2026-10-10T12:00:00.000Z')])
    expect(monthsOf(await text('?before=2040'))).toEqual(['2026-11', '2026-10'])
  })

  it.each(['', 'x', '17', '02017', '-2017', '0000'])('answers ?before=%s with a 400', async (before) => {
    const { get } = await site([on('2026-10-10T12:00:00.000Z')])
    const response = await get(`?before=${before}`)
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('takes a year')
  })

  it('is there, and empty, for the account that everybody shares before its first event', async () => {
    const { text, get } = await site([], { account: 'shared' })
    expect(await text('')).toContain('Nothing has happened here yet.')
    expect((await get('/2026-11')).status).toBe(404)
  })

  it('is not there for an account that is not', async () => {
    const { get } = await site([])
    for (const path of ['', '/2026-11', '/2026-11.csv']) {
      const response = await get(path, 'nobody')
      expect(response.status).toBe(404)
      expect(await response.text()).toBe('There is no account at /accounts/nobody.')
    }
  })
})

describe('a statement', () => {
  const year = [
    on('2026-09-15T12:00:00.000Z', opened(100_000, 'EUR')),
    on('2026-10-01T12:00:00.000Z', { type: 'withdrawn', data: { amount: 1_250, reason: 'stamps' } }),
    on('2026-10-31T22:59:59.999Z', { type: 'deposited', data: { amount: 70_000, source: 'fees' } }),
    on('2026-10-31T23:00:00.000Z', withdrawn(500)),
  ]

  it('has its sums, and every event of the month between two balances', async () => {
    const { text } = await site(year)
    const html = await text('/2026-10')
    expect(sumsOf(html)).toEqual(['€1,000.00', '+€700.00', '−€12.50', '€1,687.50'])
    expect(linesOf(html)).toEqual([
      ['', '1 Oct 2026', 'Opening balance', '€1,000.00'],
      ['2', '1 Oct 2026', 'withdrawn stamps', '−€12.50', '€987.50'],
      ['3', '31 Oct 2026', 'deposited fees', '+€700.00', '€1,687.50'],
      ['', '31 Oct 2026', 'Closing balance', '€1,687.50'],
    ])
    expect(html).not.toContain('not over')
    expect(html).toContain('days in Europe/Berlin')
  })

  it('says of the month that is not over that it is not, and has no last day yet', async () => {
    const { text } = await site(year)
    const html = await text('/2026-11')
    expect(html).toContain('The month is not over')
    expect(linesOf(html).at(-1)).toEqual(['', '', 'Balance so far', '€1,682.50'])
    expect(await text('/2026-11.csv')).toMatch(/\n2026-11-20,,,balance so far,,,,,1682.50,EUR\n$/)
  })

  it('of a month without events has none, and the same balance twice', async () => {
    const { text } = await site([on('2026-09-15T12:00:00.000Z', deposited(700))])
    expect(linesOf(await text('/2026-10'))).toEqual([
      ['', '1 Oct 2026', 'Opening balance', '$7.00'],
      ['', '', 'Nothing happened in this month.'],
      ['', '31 Oct 2026', 'Closing balance', '$7.00'],
    ])
  })

  it('links to the months around it, as far as there are any, and to the account', async () => {
    const { text } = await site(year)
    const path = (month: string) => `/accounts/alice/statements/${month}`
    expect(monthsOf(await text('/2026-09'))).toEqual(['2026-10'])
    expect(monthsOf(await text('/2026-10'))).toEqual(['2026-09', '2026-11'])
    expect(monthsOf(await text('/2026-11'))).toEqual(['2026-10'])
    expect(linksOf(await text('/2026-10'))).toEqual(
      expect.arrayContaining(['/accounts/alice', path('2026-10.csv'), '/accounts/alice/events/2']),
    )
  })

  it('links to the other account of a transfer', async () => {
    const transferId = '6f6a2a3e-6f0e-4a4e-9d39-0d6f6f1d2c3b'
    const { text } = await site([
      on('2026-11-02T12:00:00.000Z', {
        type: 'transferredIn',
        data: { transferId, from: 'a/b "c"', amount: 5 },
      }),
    ])
    const html = await text('/2026-11')
    expect(html).toContain('from <a href="/accounts/a%2Fb%20%22c%22">a/b &quot;c&quot;</a>')
  })

  it('goes by the owner’s name, or by the account’s own', async () => {
    const titleOf = async (account: string, event = deposited(1)) => {
      const { text } = await site([on('2026-11-02T12:00:00.000Z', event)], { account })
      return /<title>(.*?) - Passbook/.exec(await text('/2026-11'))?.[1]
    }
    expect(await titleOf('alice', opened())).toBe('November 2026, Ada')
    expect(await titleOf('shared')).toBe('November 2026, Shared account')
    expect(await titleOf('tom & jerry')).toBe('November 2026, tom &amp; jerry')
  })

  it.each([
    '2026',
    '2026-13',
    '2026-1',
    'november',
    '2026-11-01',
    '2026-13.csv',
    '.csv',
  ])('of %s is a 400 that says what a month looks like', async (month) => {
    const { get } = await site(year)
    const response = await get(`/${month}`)
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('such as 2026-11')
  })

  it.each([
    ['2026-12', 'December 2026 is still to come.'],
    ['2026-12.csv', 'December 2026 is still to come.'],
    ['2026-08', 'Nothing had happened here yet in August 2026.'],
    ['2026-08.csv', 'Nothing had happened here yet in August 2026.'],
  ])('of %s is a 404 in words', async (month, message) => {
    const { get } = await site(year)
    const response = await get(`/${month}`)
    expect(response.status).toBe(404)
    expect(await response.text()).toBe(message)
  })

  it('is never cached', async () => {
    const { get } = await site(year)
    for (const path of ['', '/2026-10', '/2026-10.csv']) {
      expect((await get(path)).headers.get('Cache-Control')).toContain('no-store')
    }
  })
})

describe('a statement of more than 500 events', () => {
  const november = oneTo(1_100).map(() => on('2026-11-02T12:00:00.000Z'))
  const busy = site([on('2026-10-02T12:00:00.000Z'), ...november])

  it('has parts, each of which carries its balance to the next', async () => {
    const { text } = await busy
    const parts = await Promise.all(
      ['/2026-11', '/2026-11?after=501', '/2026-11?after=1001'].map((path) => text(path)),
    )
    expect(parts.map((html) => linesOf(html).length - 2)).toEqual([500, 500, 100])
    expect(parts.map((html) => linesOf(html)[0]?.slice(2))).toEqual([
      ['Opening balance', '$1.00'],
      ['Brought forward', '$501.00'],
      ['Brought forward', '$1,001.00'],
    ])
    expect(parts.map((html) => linesOf(html).at(-1)?.slice(2))).toEqual([
      ['Carried forward', '$501.00'],
      ['Carried forward', '$1,001.00'],
      ['Balance so far', '$1,101.00'],
    ])
    expect(parts.map((html) => plain(/<caption>.*?<\/caption>/.exec(html)?.[0] ?? ''))).toEqual([
      'Events 1 to 500 of 1,100, oldest first',
      'Events 501 to 1,000 of 1,100, oldest first',
      'Events 1,001 to 1,100 of 1,100, oldest first',
    ])
    expect(parts.map((html) => linksOf(html).filter((href) => href.startsWith('?')))).toEqual([
      ['?after=501'],
      ['?', '?after=1001'],
      ['?after=501'],
    ])
    for (const html of parts) expect(sumsOf(html)).toEqual(['$1.00', '+$1,100.00', '$0.00', '$1,101.00'])
  })

  it.each(['0', '1101', '5000'])('has no part after event %s, which is not in it', async (after) => {
    const { get } = await busy
    const response = await get(`/2026-11?after=${after}`)
    expect(response.status).toBe(404)
    expect(await response.text()).toBe(`This statement has nothing after event #${after}.`)
  })

  it.each(['', 'x', '-1', '1.5', '1e2'])('answers ?after=%s with a 400', async (after) => {
    const { get } = await busy
    const response = await get(`/2026-11?after=${after}`)
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('takes the number of an event')
  })

  it('is whole as a file', async () => {
    const { text } = await busy
    expect((await text('/2026-11.csv')).trimEnd().split('\n')).toHaveLength(1 + 1_100 + 2)
  })
})

describe('the file of a statement', () => {
  it('has a name of its own, whatever the account is called', async () => {
    const { get } = await site([on('2026-11-02T12:00:00.000Z')], { account: 'a/"b"; zoë\u2028💶' })
    const { headers } = await get('/2026-11.csv')
    expect(headers.get('Content-Disposition')).toBe('attachment; filename="passbook-a-b-zo--2026-11.csv"')
    expect(headers.get('Content-Type')).toBe('text/csv; charset=utf-8')
  })

  it('has the lines of the page, whatever happened', async () => {
    await fc.assert(
      fc.asyncProperty(severalMonths, async (events) => {
        const { text } = await site(events, { now: lastMonth().last })
        const months = monthsOf(await text(''))
        for (const month of months) {
          const [page, file] = await Promise.all([text(`/${month}`), text(`/${month}.csv`)])
          const records: readonly Readonly<Record<string, string>>[] = parse(file, { columns: true })
          expect(records.map(asOnPage)).toEqual(
            linesOf(page)
              .filter((cells) => cells[2] !== 'Nothing happened in this month.')
              .map((cells) => cells.toSpliced(1, 1).map((cell) => cell.toLowerCase())),
          )
        }
      }),
      { numRuns: 15 },
    )
  })
})

/** The cells of a line as the page shows them, but for the day. */
const asOnPage = (record: Readonly<Record<string, string>>): string[] => {
  const { version = '', event = '', currency = '', balance = '' } = record
  const minor = (decimal = '') => Number(decimal.replace('.', ''))
  const change = minor(record.in) - minor(record.out)
  const other = unguarded(record.otherAccount ?? '')
  const note = [
    event,
    unguarded(record.note ?? ''),
    other && `${event === 'transferred in' ? 'from' : 'to'} ${other}`,
  ]
  return [
    version,
    note.filter(Boolean).join(' '),
    ...(version === '' ? [] : [change === 0 ? '' : formatChange(change, currency)]),
    formatMoney(minor(balance), currency),
  ].map((cell) => cell.toLowerCase())
}
