import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { beforeEach, describe, expect, it } from 'vitest'
import { forget } from '../../../src/commands/forget.ts'
import { settlementId } from '../../../src/commands/transfer-ids.ts'
import type { AccountEvent } from '../../../src/events/event.ts'
import type { EventLog } from '../../../src/events/event-log.ts'
import { hashOf } from '../../../src/events/hash-chain.ts'
import { LogEventStore } from '../../../src/events/log-event-store.ts'
import { MemoryEventStore } from '../../../src/events/memory-store.ts'
import type { StoredEvent } from '../../../src/events/stored-event.ts'
import { Readings } from '../../../src/projection/readings.ts'
import { eventRoutes } from '../../../src/routes/event/event-page.tsx'
import { closed, deposited, METADATA, newEvent, newEvents, opened } from '../../events/sample-events.ts'

const assets = {
  stylesheet: '/style.css',
  icon: '/icon.svg',
  client: '/client.js',
  clientOrigin: undefined,
  routes: new Hono(),
}
const HOSTILE = '<script>alert(1)</script>'

let store: MemoryEventStore

beforeEach(() => {
  store = new MemoryEventStore()
})

/** The pages of the events, as a log says them that may not be the one they were written to. */
const get = async (path: string, log: EventLog = store.log) => {
  const events = new LogEventStore(log, store.keys)
  const app = new Hono()
  app.route('/accounts/:account', eventRoutes({ store: events, log, readings: new Readings(events), assets }))
  app.onError((error, c) => {
    if (error instanceof HTTPException) return c.text(error.message, error.status)
    throw error
  })
  return app.request(path)
}

const page = async (path: string, log?: EventLog) => {
  const response = await get(path, log)
  expect(response.status).toBe(200)
  return response.text()
}

const alice = (...facts: readonly AccountEvent[]) =>
  store.append('alice', newEvents(...facts), { expected: 'any' })

/** What is stored under a heading, as it is printed. */
const jsonUnder = (html: string, id: string): unknown => {
  const [, text = ''] = new RegExp(`id="${id}".*?<pre>(.*?)</pre>`, 's').exec(html) ?? []
  return JSON.parse(text.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>'))
}

/** What the page says to a term. */
const fact = (html: string, term: string): string | undefined =>
  html.split(`<dt>${term}</dt><dd>`)[1]?.split('</dd>')[0]

describe('the page of an event', () => {
  it('says what happened, how much, why, and what was there then', async () => {
    await alice(opened(100_000), { type: 'withdrawn', data: { amount: 2_050, reason: 'rent' } }, closed)
    const html = await page('/accounts/alice/events/2')
    expect(html).toContain('<h1>Event 2: withdrawn</h1>')
    expect(html).toContain('−$20.50')
    expect(html).toContain('rent')
    expect(html).toContain('Balance after: $979.50')
    expect(html).toContain('<a href="/accounts/alice">Ada</a>')
    expect(html).toContain('<a href="/accounts/alice?version=2">See the account as it was then</a>')
  })

  it('shows the event as it is stored, sealed, and as it is read', async () => {
    await alice({ type: 'deposited', data: { amount: 1, source: HOSTILE } })
    const html = await page('/accounts/alice/events/1')
    expect(jsonUnder(html, 'stored')).toEqual((await store.log.read('alice'))[0])
    expect(jsonUnder(html, 'stored')).toMatchObject({ data: { source: { sealed: expect.any(String) } } })
    expect(jsonUnder(html, 'read')).toEqual((await store.read('alice'))[0])
    expect(html).not.toContain('<script')
  })

  it('shows its metadata, its position, its hash and the hash before it', async () => {
    await store.append('bob', newEvents(deposited(1)), { expected: 'any' })
    await alice(deposited(1), deposited(2))
    const html = await page('/accounts/alice/events/2')
    const [before, event] = await store.log.read('alice')
    expect(fact(html, 'Actor')).toBe(METADATA.actor)
    expect(fact(html, 'Command')).toBe(METADATA.commandId)
    expect(fact(html, 'Caused by (causation)')).toBe(METADATA.causationId)
    expect(fact(html, 'Part of (correlation)')).toBe(METADATA.correlationId)
    expect(fact(html, 'Position in the log')).toBe('3')
    expect(fact(html, 'Hash')).toContain(event?.hash)
    expect(fact(html, 'Hash before it')).toContain(before?.hash)
  })

  it('leads to the events before and after it, and to its place in the log', async () => {
    await alice(deposited(1), deposited(2), deposited(3))
    const middle = await page('/accounts/alice/events/2')
    expect(middle).toContain('rel="prev" href="/accounts/alice/events/1"')
    expect(middle).toContain('rel="next" href="/accounts/alice/events/3"')
    expect(middle).toContain('href="/accounts/alice?before=3"')
    expect(await page('/accounts/alice/events/1')).not.toContain('rel="prev"')
    expect(await page('/accounts/alice/events/3')).not.toContain('rel="next"')
  })

  it('is never cached, for an owner may be forgotten; and says so then', async () => {
    await alice({ type: 'deposited', data: { amount: 1, source: 'a secret' } })
    await forget({ events: store, log: store.log, keys: store.keys }, 'alice', { actor: 'Ada' })
    const response = await get('/accounts/alice/events/1')
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    const html = await response.text()
    expect(html).toContain('[erased]')
    expect(html).toContain('Verified: fits its hash.')
  })

  it('shows an account by any name', async () => {
    const name = "a/b c'd%2F<e>"
    await store.append(name, newEvents(deposited(1)), { expected: 'any' })
    const html = await page(`/accounts/${encodeURIComponent(name)}/events/1`)
    expect(html).toContain('href="/accounts/a%2Fb%20c%27d%252F%3Ce%3E?version=1"')
  })

  it.each([
    '0',
    '01',
    '-1',
    '1.5',
    'x',
    '1e3',
    '1'.repeat(16),
  ])('is refused for the number %s', async (number) => {
    await alice(deposited(1))
    const response = await get(`/accounts/alice/events/${number}`)
    expect(response.status).toBe(400)
    expect(await response.text()).toBe('In the address, an event goes by its number, such as 51.')
  })

  it.each([
    ['/accounts/alice/events/2', 'There is no event 2 in /accounts/alice.'],
    ['/accounts/nobody/events/1', 'There is no account at /accounts/nobody.'],
    ['/accounts/shared/events/1', 'There is no event 1 in /accounts/shared.'],
  ])('is not found at %s', async (path, message) => {
    await alice(deposited(1))
    const response = await get(path)
    expect(response.status).toBe(404)
    expect(await response.text()).toBe(message)
  })
})

/** The log as somebody left it who was at its files: `change` makes of each event what is read in its place. */
const tampered = (change: (event: StoredEvent) => StoredEvent | undefined): EventLog => {
  const log = store.log
  const changed = (events: readonly StoredEvent[]) => events.flatMap((event) => change(event) ?? [])
  return {
    append: (...given) => log.append(...given),
    restore: (events) => log.restore(events),
    read: async (...given) => changed(await log.read(...given)),
    facts: async (...given) => changed(await log.read(...given)),
    readAll: async (options) => changed(await log.readAll(options)),
    find: async (ids) => changed(await log.find(ids)),
    versionAt: (...given) => log.versionAt(...given),
    head: () => log.head(),
    onNews: (listener) => log.onNews(listener),
    close: () => log.close(),
  }
}

describe('whether an event is genuine', () => {
  beforeEach(() => alice(deposited(1), deposited(2), deposited(3)))

  it('shows by its hash and the one before it', async () => {
    expect(await page('/accounts/alice/events/2')).toContain('Verified: fits its hash and the one before it.')
    expect(await page('/accounts/alice/events/1')).toContain('Verified: fits its hash.')
  })

  it.each<[string, (event: StoredEvent) => StoredEvent]>([
    ['its amount', (event) => ({ ...event, data: { amount: 1_000_000 } })],
    ['its actor', (event) => ({ ...event, metadata: { ...event.metadata, actor: 'somebody' } })],
    ['its hash', (event) => ({ ...event, hash: '0'.repeat(64) })],
    ['its time', (event) => ({ ...event, occurredAt: '2026-11-21T00:00:00.000Z' })],
  ])('is denied if somebody changed %s', async (_what, change) => {
    const log = tampered((event) => (event.version === 2 ? change(event) : event))
    const html = await page('/accounts/alice/events/2', log)
    expect(html).toContain('NOT verified: it does not fit its hash and the one before it')
    expect(html).not.toContain('Verified')
  })

  it('is denied if the one before it was put in its place', async () => {
    const other = { hash: 'f'.repeat(64) }
    const log = tampered((event) => (event.version === 1 ? { ...event, ...other } : event))
    expect(await page('/accounts/alice/events/2', log)).toContain('NOT verified')
  })

  it('is denied if it is earlier than the one before it, whatever its hash', async () => {
    const [first] = await store.log.read('alice')
    const early = (event: StoredEvent) => {
      const changed = { ...event, occurredAt: '2026-11-20T10:00:00.000Z' }
      return { ...changed, hash: hashOf(changed, first?.hash ?? '') }
    }
    const log = tampered((event) => (event.version === 2 ? early(event) : event))
    expect(await page('/accounts/alice/events/2', log)).toContain(
      'NOT verified: it is earlier than the one before it.',
    )
  })

  it('is denied if the one before it is gone', async () => {
    const log = tampered((event) => (event.version === 2 ? undefined : event))
    expect(await page('/accounts/alice/events/3', log)).toContain(
      'NOT verified: event 2, before it, is missing.',
    )
  })

  it('is told even of one that cannot be read any more', async () => {
    const log = tampered((event) => (event.version === 2 ? { ...event, type: 'stolen' } : event))
    const html = await page('/accounts/alice/events/2', log)
    expect(html).toContain('Cannot be read: Event 2 of stream &quot;alice&quot; has the unknown type')
    expect(html).toContain('NOT verified')
    expect(jsonUnder(html, 'stored')).toMatchObject({ type: 'stolen' })
    expect(html).not.toContain('As read')
  })
})

describe('an event of a transfer', () => {
  const transferId = randomUUID()
  const begun = { ...METADATA, commandId: 'c-9', correlationId: 'c-9' }
  const settled = {
    ...METADATA,
    commandId: `settle ${transferId}`,
    correlationId: 'c-9',
    causationId: transferId,
  }

  beforeEach(async () => {
    await alice(opened(1_000))
    const out = { type: 'transferredOut', data: { transferId, to: 'bob', amount: 100 } } as const
    await store.append('alice', [newEvent(out, { id: transferId, metadata: begun })], { expected: 'any' })
  })

  it('is in flight until it has arrived', async () => {
    const html = await page('/accounts/alice/events/2')
    expect(fact(html, 'Transfer')).toBe('in flight')
    expect(html).toContain('to <a href="/accounts/bob">bob</a>')
  })

  it('leads to the other side, both ways, and to its cause', async () => {
    const arrived = { type: 'transferredIn', data: { transferId, from: 'alice', amount: 100 } } as const
    const events = [newEvent(arrived, { id: settlementId(transferId), metadata: settled })]
    await store.append('bob', [...newEvents(deposited(1)), ...events], { expected: 'any' })
    const out = await page('/accounts/alice/events/2')
    expect(fact(out, 'Transfer')).toBe('<a href="/accounts/bob/events/2">transferred in, event 2 of bob</a>')
    const arrival = await page('/accounts/bob/events/2')
    const toOut = '<a href="/accounts/alice/events/2">transferred out, event 2 of Ada</a>'
    expect(fact(arrival, 'Transfer')).toBe(toOut)
    expect(fact(arrival, 'Caused by (causation)')).toBe(toOut)
    expect(fact(arrival, 'Part of (correlation)')).toBe('c-9')
  })

  it('leads to where the money came back', async () => {
    const back = { type: 'transferReturned', data: { transferId, amount: 100, reason: 'closed' } } as const
    const events = [newEvent(back, { id: settlementId(transferId), metadata: settled })]
    await store.append('alice', events, { expected: 'any' })
    expect(fact(await page('/accounts/alice/events/2'), 'Transfer')).toContain(
      'transfer returned, event 3 of Ada',
    )
    expect(fact(await page('/accounts/alice/events/3'), 'Transfer')).toContain(
      'transferred out, event 2 of Ada',
    )
  })

  it('says so if the log does not hold its beginning', async () => {
    const arrived = {
      type: 'transferredIn',
      data: { transferId: randomUUID(), from: 'eve', amount: 1 },
    } as const
    await store.append('bob', newEvents(arrived), { expected: 'any' })
    expect(fact(await page('/accounts/bob/events/1'), 'Transfer')).toBe('its beginning is not in this log')
  })
})

it('leads along correlation and causation to any event of the log, but not to itself', async () => {
  const [cause] = newEvents(deposited(1))
  if (!cause) throw new Error('There is no cause.')
  const id = randomUUID()
  const metadata = { ...METADATA, correlationId: id, causationId: cause.id }
  await store.append('alice', [cause, newEvent(deposited(2), { id, metadata })], { expected: 'any' })
  const html = await page('/accounts/alice/events/2')
  expect(fact(html, 'Caused by (causation)')).toBe(
    '<a href="/accounts/alice/events/1">deposited, event 1 of alice</a>',
  )
  expect(fact(html, 'Part of (correlation)')).toBe('this event')
})
