import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { servePassbook, type TestPassbook } from '../../support/passbook.ts'
import { openTab, send } from '../../support/tab.ts'

let passbook: TestPassbook

beforeEach(async () => {
  passbook = await servePassbook()
})

afterEach(() => passbook.close())

const page = async (query = '') => (await fetch(`${passbook.account}${query}`)).text()

/** The text of each row's cells. */
const rowsOf = (html: string): string[][] =>
  [...html.matchAll(/<tr id="event-\d+">(.*?)<\/tr>/gs)].map(([, row = '']) =>
    [...row.matchAll(/<td[^>]*>(.*?)<\/td>/gs)].map(([, cell = '']) => cell.replaceAll(/<[^>]+>/g, '')),
  )

describe('the page of an account', () => {
  it('is complete before any script runs: the balance and the three events to begin with', async () => {
    const html = await page()
    expect(html).toContain('$1,300.00</output>')
    expect(rowsOf(html).map((cells) => cells.slice(0, 4))).toEqual([
      ['3', 'withdrawn', '−$200.00', '$1,300.00'],
      ['2', 'deposited', '+$500.00', '$1,500.00'],
      ['1', 'deposited', '+$1,000.00', '$1,000.00'],
    ])
    const [, dateTime] = /<time datetime="([^"]+)">/.exec(html) ?? []
    expect(new Date(dateTime ?? '').toISOString()).toBe(dateTime)
  })

  it('is never cached, and gives every visit a tab id of its own', async () => {
    const response = await fetch(passbook.account)
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    const tabOf = (html: string) => /&quot;tab&quot;:&quot;([^&]+)&quot;/.exec(html)?.[1]
    const [first, second] = [tabOf(await response.text()), tabOf(await page())]
    expect(first).toMatch(/^[\w-]{36}$/)
    expect(second).not.toBe(first)
  })

  it('shows a window of fifty rows, and the older ones by paging', async () => {
    for (let i = 0; i < 60; i++) await send(passbook.account, 'deposit', { amount: '1' })
    const newest = await page()
    expect(rowsOf(newest).map(([id]) => Number(id))).toEqual(Array.from({ length: 50 }, (_, i) => 63 - i))
    expect(newest).toContain('href="?before=14"')

    const older = await page('?before=14')
    expect(rowsOf(older).map(([id]) => Number(id))).toEqual(Array.from({ length: 13 }, (_, i) => 13 - i))
    expect(rowsOf(older)[0]?.[3]).toBe('$1,310.00')
    expect(rowsOf(older).at(-1)?.[3]).toBe('$1,000.00')
    expect(older).toContain('$1,360.00</output>')
    expect(older).toContain('href="?">Newest<')
    expect(older).not.toMatch(/>(Newer|Older)</)
    expect(await page('?before=12')).toContain('href="?before=62">Newer<')
  })

  it.each([
    '0',
    '1',
    '-3',
    '1.5',
    'x',
    '',
    '1e2',
    '0x10',
    ' 5',
  ])('answers ?before=%s with a 400 that says what is accepted', async (before) => {
    const response = await fetch(`${passbook.account}?before=${before}`, {
      headers: { Accept: 'text/html' },
    })
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('takes the number of an event')
  })

  it('is 404, in words, for an account that is not there', async () => {
    const response = await fetch(`${passbook.url}/accounts/nobody`, { headers: { Accept: 'text/html' } })
    expect(response.status).toBe(404)
    expect(await response.text()).toContain('There is no account at /accounts/nobody.')
  })
})

describe('a command', () => {
  it('answers 204 and nothing else, and what it did arrives at every tab', async () => {
    const [a, b] = await Promise.all([openTab(passbook.account), openTab(passbook.account)])
    await Promise.all([a.sees('$1,300.00'), b.sees('$1,300.00')])

    const response = await send(passbook.account, 'deposit', { tab: a.id, amount: '12.34' })
    expect(response.status).toBe(204)
    expect(await response.text()).toBe('')
    await Promise.all([a.sees('$1,312.34'), b.sees('$1,312.34')])
    expect(await passbook.balance()).toBe(131_234)
  })

  it('tells a rejection to the tab that asked and to no other, and clears it with the next success', async () => {
    const [asking, other] = await Promise.all([openTab(passbook.account), openTab(passbook.account)])
    await send(passbook.account, 'withdraw', { tab: asking.id, amount: '1300.01' })
    await asking.sees('"_error":"Insufficient funds: the balance is $1,300.00."')

    await send(passbook.account, 'withdraw', { tab: asking.id, amount: '1300' })
    await asking.sees('"_error":""')
    await Promise.all([asking.sees('$0.00'), other.sees('$0.00')])
    expect(other.received()).not.toContain('_error')
  })

  it('reaches both of two tabs that share an id', async () => {
    const [first, second] = await Promise.all([
      openTab(passbook.account, 'twin'),
      openTab(passbook.account, 'twin'),
    ])
    await send(passbook.account, 'withdraw', { tab: 'twin', amount: '9999' })
    await Promise.all([first.sees('Insufficient funds'), second.sees('Insufficient funds')])
  })

  it('is answered in words even if the tab has no stream just then', async () => {
    await send(passbook.account, 'withdraw', { tab: 'away', amount: '9999' })
    const tab = await openTab(passbook.account, 'away')
    await tab.sees('Insufficient funds')
    const again = await openTab(passbook.account, 'away')
    await again.sees('$1,300.00')
    expect(again.received()).not.toContain('Insufficient funds')
  })

  it.each([
    ['half a cent', '0.005', 'USD has at most 2 decimals'],
    ['a minus sign', '-5', 'without a sign'],
    ['a plus sign', '+5', 'without a sign'],
    ['an exponent', '1e3', 'with digits and a point alone'],
    ['text', 'ten', 'with digits and a point alone'],
    ['NaN', 'NaN', 'with digits and a point alone'],
    ['nothing', '', 'enter a number'],
    ['null', null, 'enter a number'],
    ['a list', [5], 'enter a number'],
    ['zero', '0.00', 'more than zero'],
    ['too much at once', '10000000000.01', 'at most $10,000,000,000.00 at a time'],
    ['more digits than a number holds', '9'.repeat(400), 'at most $10,000,000,000.00 at a time'],
  ])('with %s as the amount appends nothing and says why', async (_, amount, reason) => {
    const tab = await openTab(passbook.account)
    for (const command of ['deposit', 'withdraw']) {
      const since = tab.received().length
      const response = await send(passbook.account, command, { tab: tab.id, amount })
      expect(response.status).toBe(204)
      await tab.sees('"_error":"Invalid amount: ', since)
      await tab.sees(reason, since)
    }
    expect(await passbook.store.head()).toBe(3)
  })

  it('that is sent again with its key counts once, and another one with that key is refused', async () => {
    const deposit = (amount: string) => send(passbook.account, 'deposit', { amount }, { key: 'click-1' })
    expect((await deposit('5')).status).toBe(204)
    expect((await deposit('5')).status).toBe(204)
    expect(await passbook.balance()).toBe(130_500)

    const response = await deposit('6')
    expect(response.status).toBe(422)
    expect(await response.text()).toContain('Use a new one.')
    expect(await passbook.balance()).toBe(130_500)
  })

  it('that comes when the line is full is told so, and nothing is done', async () => {
    const small = await servePassbook({ maxWaiting: 2 })
    const tab = await openTab(small.account)
    const burst = Array.from({ length: 20 }, () =>
      send(small.account, 'deposit', { tab: tab.id, amount: '1' }),
    )
    for (const response of await Promise.all(burst)) expect(response.status).toBe(204)
    const told = () => tab.received().match(/"_error":"[^"]*"/g) ?? []
    await expect.poll(() => told().length).toBe(20)
    const refused = told().filter((text) => text.includes('Busy: ')).length
    expect(await small.balance()).toBe(130_000 + (20 - refused) * 100)
    await small.close()
  })

  it('has its key to itself: what Passbook does by itself goes by keys that no client can send', async () => {
    expect((await send(passbook.account, 'deposit', { amount: '1' }, { key: 'seed 1' })).status).toBe(400)
    await send(passbook.account, 'deposit', { amount: '1000' }, { key: 'seed-1' })
    expect(await passbook.balance()).toBe(230_000)
  })

  it('records which tab asked, by a name that does not give its id away, and under which key', async () => {
    await send(passbook.account, 'deposit', { tab: 'till-1', amount: '5' }, { key: 'click-9' })
    const [event] = await passbook.store.read('shared', { from: 4 })
    expect(event?.metadata).toEqual({
      commandId: 'click-9',
      correlationId: 'click-9',
      causationId: 'click-9',
      actor: `tab ${createHash('sha256').update('till-1').digest('hex').slice(0, 12)}`,
    })
  })

  it('gives the id of the tab that asked away on no page, in no file and to no other tab', async () => {
    const [asking, other] = [await openTab(passbook.account, 'till-secret'), await openTab(passbook.account)]
    await send(passbook.account, 'deposit', { tab: asking.id, amount: '5', note: 'Salary' })
    await other.sees('Salary')
    const month = new Date().toISOString().slice(0, 7)
    const addresses = [
      passbook.url,
      ...['', '?version=4', '/events/4', '/events.csv', '/events.json', '/training.csv'].map(
        (rest) => passbook.account + rest,
      ),
      ...['/statements', `/statements/${month}`, `/statements/${month}.csv`].map(
        (rest) => passbook.account + rest,
      ),
    ]
    for (const address of addresses) {
      const response = await fetch(address)
      expect([address, response.status]).toEqual([address, 200])
      expect(await response.text()).not.toContain(asking.id)
    }
    expect(other.received()).not.toContain(asking.id)
  })
})

describe('Reset', () => {
  it('clears the log in every tab, and the next event is the first', async () => {
    const tab = await openTab(passbook.account)
    expect((await send(passbook.account, 'reset', { tab: tab.id })).status).toBe(204)
    await tab.sees('$0.00')
    expect(rowsOf(await page())).toEqual([])

    await send(passbook.account, 'deposit', { tab: tab.id, amount: '7' })
    await tab.sees('$7.00')
    expect(rowsOf(await page()).map((cells) => cells.slice(0, 4))).toEqual([
      ['1', 'deposited', '+$7.00', '$7.00'],
    ])
  })

  it('that is sent again with its key clears nothing that came between', async () => {
    const reset = () => send(passbook.account, 'reset', {}, { key: 'reset-1' })
    await reset()
    await send(passbook.account, 'deposit', { amount: '500' })
    expect((await reset()).status).toBe(204)
    expect(await passbook.balance()).toBe(50_000)
  })

  it('is not there for a store that cannot be cleared', async () => {
    const durable = await servePassbook({ canReset: false })
    expect((await send(durable.account, 'reset', {})).status).toBe(404)
    expect(await (await fetch(durable.account)).text()).not.toContain('Reset')
    await durable.close()
  })
})

describe('the stream', () => {
  it('shows the whole view at once and what changes from then on', async () => {
    const tab = await openTab(passbook.account)
    expect(tab.response.headers.get('Content-Type')).toBe('text/event-stream')
    expect(tab.response.headers.get('Cache-Control')).toBe('no-store')
    expect(tab.response.headers.get('Content-Encoding')).toBe('gzip')
    await tab.sees('id="event-3"')
    await send(passbook.account, 'deposit', { amount: '1' })
    await tab.sees('id="event-4"')
  })

  it('begins each frame with whether that is the past, and the newest version', async () => {
    const tab = await openTab(passbook.account)
    await tab.sees('id="event-3"')
    await send(passbook.account, 'deposit', { amount: '1' })
    await tab.sees('id="event-4"')
    const signals = tab.frames().map((frame) => frame.split('\n\n')[0])
    expect(signals).toEqual(
      [3, 4].map(
        (newest) =>
          `event: datastar-patch-signals\ndata: signals {"_past":false,"_newest":${newest},"_status":"open"}`,
      ),
    )
  })

  it('leaves the controls of time alone: somebody may be moving them', async () => {
    const tab = await openTab(passbook.account)
    await tab.sees('id="event-3"')
    expect(tab.received()).not.toMatch(/id="(slider|travel|at)"/)
  })

  it('of a page of older rows carries the balance and those rows', async () => {
    const tab = await openTab(passbook.account, 'reader', { query: '&before=3' })
    await tab.sees('$1,300.00</output>')
    await send(passbook.account, 'deposit', { amount: '1' })
    await tab.sees('$1,301.00</output>')
    expect(tab.frames()).toHaveLength(2)
    for (const frame of tab.frames()) {
      const versions = [...frame.matchAll(/<tr id="event-(\d+)"/g)].map(([, version]) => version)
      expect(versions).toEqual(['2', '1'])
    }
  })

  it('of a page of another site is refused', async () => {
    const tab = await openTab(passbook.account, 'a', { headers: { 'Sec-Fetch-Site': 'cross-site' } })
    expect(tab.response.status).toBe(403)
  })

  it('is not opened by a HEAD request', async () => {
    const response = await fetch(`${passbook.account}/stream`, { method: 'HEAD' })
    expect([response.status, response.headers.get('Content-Type')]).toEqual([200, 'text/event-stream'])
  })

  it('is not kept for requests that nobody waits for any more', async () => {
    const small = await servePassbook({ maxStreams: 3 })
    const { hostname, port, host } = new URL(small.url)
    const socket = connect(Number(port), hostname)
    const request = `GET /accounts/shared/stream HTTP/1.1\r\nHost: ${host}\r\n\r\n`
    socket.write(request.repeat(20))
    await once(socket, 'data')
    socket.destroy()
    const open = async () => {
      const tabs = await Promise.all(['a', 'b', 'c'].map((id) => openTab(small.account, id)))
      for (const tab of tabs) tab.close()
      return tabs.map((tab) => tab.response.status)
    }
    await expect.poll(open, { interval: 100 }).toEqual([200, 200, 200])
    await small.close()
  })

  it('can be watched by a client that has no signals', async () => {
    const response = await fetch(`${passbook.account}/stream`)
    const { value } = (await response.body?.getReader().read()) ?? {}
    expect(new TextDecoder().decode(value)).toContain('$1,300.00')
  })

  it.each([
    ['empty signals', ''],
    ['no JSON', 'x'],
    ['a list', '[]'],
    ['a tab id with markup', '{"tab":"<b>"}'],
  ])('with %s is a 400', async (_, datastar) => {
    const response = await fetch(`${passbook.account}/stream?datastar=${encodeURIComponent(datastar)}`)
    expect(response.status).toBe(400)
    expect((await response.text()).trim().split('\n')).toHaveLength(1)
  })

  it('is refused with a 503 when a tab has too many, and when all have; others go on', async () => {
    const small = await servePassbook({ maxStreams: 3, maxStreamsPerTab: 2 })
    const open = [await openTab(small.account, 'a'), await openTab(small.account, 'a')]
    const third = await openTab(small.account, 'a')
    expect(third.response.status).toBe(503)
    expect(third.response.headers.get('Retry-After')).toBe('5')
    open.push(await openTab(small.account, 'b'))
    expect((await openTab(small.account, 'c')).response.status).toBe(503)

    open[0]?.close()
    await expect.poll(async () => (await openTab(small.account, 'c')).response.status).toBe(200)
    await send(small.account, 'deposit', { amount: '1' })
    await open[1]?.sees('$1,301.00')
    await small.close()
  })
})
