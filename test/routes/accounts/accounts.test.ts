import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccountEvent, NewEvent } from '../../../src/events/event.ts'
import { deposited, frozen, newEvent, withdrawn } from '../../events/sample-events.ts'
import { record, servePassbook, type TestPassbook } from '../../support/passbook.ts'
import { openTab, send } from '../../support/tab.ts'

let passbook: TestPassbook

beforeEach(async () => {
  passbook = await servePassbook({ isEmpty: true })
})

afterEach(() => passbook.close())

const opening = (owner: string, currency: string, openingBalance: number): AccountEvent => ({
  type: 'opened',
  data: { owner, currency, openingBalance },
})

const OPEN: Readonly<Record<string, readonly AccountEvent[]>> = {
  a1: [opening('Ada', 'USD', 10_000)],
  b2: [opening('Bob', 'USD', 20_000), deposited(50)],
  c3: [opening('Cleo', 'JPY', 700), withdrawn(100), frozen],
}

/** Three accounts, of which Cleo's was used last; once the list has them. */
const openThree = async () => {
  let time = Date.UTC(2026, 10, 20, 11)
  const timed = (event: AccountEvent): NewEvent => {
    time += 1_000
    return newEvent(event, { occurredAt: new Date(time).toISOString() })
  }
  for (const [account, events] of Object.entries(OPEN)) {
    await record(passbook, account, ...events.map(timed))
  }
  await expect.poll(async () => rowsOf(await page())).toHaveLength(3)
}

const page = async (query = '') => (await fetch(passbook.url + query)).text()

/** The text of each row's cells. */
const rowsOf = (html: string): string[][] =>
  [...html.matchAll(/<tr id="\/accounts\/[^"]+">(.*?)<\/tr>/gs)].map(([, row = '']) =>
    [...row.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/gs)].map(([, cell = '']) => cell.replaceAll(/<[^>]+>/g, '')),
  )

const namesIn = (html: string): (string | undefined)[] =>
  [...html.matchAll(/<th scope="row" class="account"><a [^>]+>([^<]*)/g)].map(([, name]) => name)

/** The newest list that a tab was sent. */
const newestIn = (tab: { frames: () => readonly string[] }): string => tab.frames().at(-1) ?? ''

describe('the list of accounts', () => {
  it('finds the account that everybody shares by what it is called', async () => {
    await record(passbook, 'shared', newEvent())
    const listed = async (search: string) => (await fetch(`${passbook.url}/?search=${search}`)).text()
    await expect.poll(() => listed('Shared+acc')).toContain('>Shared account</a>')
    expect(await listed('unshared')).toContain('No account matches')
  })

  it('is the first page, complete before any script runs', async () => {
    await openThree()
    const response = await fetch(passbook.url)
    expect([response.status, response.redirected]).toEqual([200, false])
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    const html = await response.text()
    expect(html).toMatch(/^<!doctype html>/)
    expect(html).toContain('<title>Accounts - Passbook</title>')
    expect(rowsOf(html).map((cells) => cells.slice(0, 4))).toEqual([
      ['Cleoc3', 'frozen', '¥600', '1'],
      ['Bobb2', 'open', '$200.50', '1'],
      ['Adaa1', 'open', '$100.00', '0'],
    ])
    expect(html).toContain('<a href="/accounts/b2">Bob</a>')
  })

  it('has the account that begins with three events', async () => {
    const seeded = await servePassbook()
    const shared = async () => rowsOf(await (await fetch(seeded.url)).text()).map((row) => row.slice(0, 3))
    await expect.poll(shared).toEqual([['Shared accountshared', 'open', '$1,300.00']])
    await seeded.close()
  })

  it('gives every visit a tab id of its own', async () => {
    const tabIn = (html: string) => /&quot;tab&quot;:&quot;([^&]+)&quot;/.exec(html)?.[1]
    const [first, second] = [tabIn(await page()), tabIn(await page())]
    expect(first).toMatch(/^[\w-]{36}$/)
    expect(second).not.toBe(first)
  })

  it('is sorted and searched as the address says, and watches what it shows', async () => {
    await openThree()
    expect(namesIn(await page('/?sort=name'))).toEqual(['Ada', 'Bob', 'Cleo'])
    expect(namesIn(await page('/?sort=name&order=desc'))).toEqual(['Cleo', 'Bob', 'Ada'])
    const found = await page('/?search=b2&sort=name')
    expect(namesIn(found)).toEqual(['Bob'])
    expect(found).toContain('@get(&#39;/stream?search=b2&amp;sort=name&#39;')
    expect(await page('/?search=nobody')).toContain('No account matches “nobody”.')
  })

  it.each(['/', '/stream'])('at %s answers what it cannot read with a 400 in one line', async (path) => {
    for (const query of ['sort=size', 'order=up', 'after=x', `search=${'x'.repeat(201)}`]) {
      const response = await fetch(`${passbook.url}${path}?${query}`)
      expect(response.status).toBe(400)
      expect(await response.text()).toMatch(/^In the address, "\w+" takes .*\.\n$/)
    }
  })

  it('never makes a search part of an expression', async () => {
    const search = `'); alert("1"); //`
    const html = await page(`/?search=${encodeURIComponent(search)}`)
    expect(html).toContain('/stream?search=%27%29%3B+alert%28%221%22%29%3B+%2F%2F&#39;')
    const expressions = html.match(/\sdata-[\w:.-]+="[^"]*"/g) ?? []
    expect(expressions.filter((text) => text.includes('alert('))).toEqual([])
  })
})

describe('a tab of the list', () => {
  const list = (query = '') => openTab(passbook.url, undefined, { query })

  it('is shown the whole list at once, and every change of any account from then on', async () => {
    await openThree()
    const tab = await list()
    await tab.sees('$100.00')
    expect(tab.response.headers.get('Content-Type')).toBe('text/event-stream')
    expect(namesIn(newestIn(tab))).toEqual(['Cleo', 'Bob', 'Ada'])

    await send(`${passbook.url}/accounts/a1`, 'deposit', { amount: '1' })
    await tab.sees('$101.00')
    expect(namesIn(newestIn(tab))).toEqual(['Ada', 'Cleo', 'Bob'])
    await record(passbook, 'd4', newEvent(opening('Dora', 'USD', 5)))
    await tab.sees('Dora')
  })

  it('that sorts and searches is shown the changes of what it finds, in its order', async () => {
    await openThree()
    const tab = await list('&search=a&sort=balance')
    await tab.sees('$100.00')
    expect(namesIn(newestIn(tab))).toEqual(['Ada'])
    await record(passbook, 'd4', newEvent(opening('Dora', 'USD', 30_000)))
    await tab.sees('$300.00')
    expect(namesIn(newestIn(tab))).toEqual(['Dora', 'Ada'])
    await send(`${passbook.url}/accounts/a1`, 'deposit', { amount: '400' })
    await tab.sees('$500.00')
    expect(namesIn(newestIn(tab))).toEqual(['Ada', 'Dora'])
    expect(tab.received()).not.toContain('Bob')
  })

  it('is shown an empty list after a reset', async () => {
    await openThree()
    const tab = await list()
    await tab.sees('Cleo')
    await send(passbook.account, 'reset', {})
    await tab.sees('No accounts yet. Open the first one.')
  })

  it('is refused with a 503 when it has too many streams', async () => {
    const small = await servePassbook({ maxStreamsPerTab: 1 })
    const first = await openTab(small.url, 'one')
    const second = await openTab(small.url, 'one')
    expect([first.response.status, second.response.status]).toEqual([200, 503])
    expect(second.response.headers.get('Retry-After')).toBe('5')
    await small.close()
  })

  it('with a tab id that is none is a 400', async () => {
    const signals = encodeURIComponent('{"tab":"<b>"}')
    expect((await fetch(`${passbook.url}/stream?datastar=${signals}`)).status).toBe(400)
  })
})
