import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AccountEvent, ERASED, type RecordedEvent } from '../../../src/events/event.ts'
import type { MemoryEventStore } from '../../../src/events/memory-store.ts'
import type { EventStore } from '../../../src/events/store.ts'
import { storeWith } from '../../commands/store-with.ts'
import { gate } from '../../events/gate.ts'
import {
  deposited,
  forgotten,
  frozen,
  newEvent,
  opened,
  unfrozen,
  withdrawn,
} from '../../events/sample-events.ts'
import { grow, record, servePassbook, type TestPassbook } from '../../support/passbook.ts'
import { openTab, send, type Tab } from '../../support/tab.ts'

let passbook: TestPassbook

/** In the zone of the server, which is that of the tests. */
const local = (day: number, hour: number): string => new Date(2026, 10, day, hour).toISOString()

const HISTORY: readonly (readonly [AccountEvent, string])[] = [
  [deposited(100_000), local(3, 10)],
  [deposited(50_000), local(3, 15)],
  [withdrawn(20_000), local(4, 9)],
  [frozen, local(5, 9)],
  [unfrozen, local(6, 9)],
  [deposited(700), local(7, 9)],
]

const serve = async (wrap?: (memory: MemoryEventStore) => EventStore) => {
  passbook = await servePassbook({ isEmpty: true }, wrap)
  const events = HISTORY.map(([event, occurredAt]) => newEvent(event, { occurredAt }))
  await record(passbook, 'shared', ...events)
}

beforeEach(() => serve())

afterEach(() => passbook.close())

const page = async (query = '') => (await fetch(passbook.account + query)).text()

const textOf = (html: string): string => html.replaceAll(/<[^>]+>/g, '')

const partOf = (html: string, id: string): string =>
  new RegExp(`<(\\w+) id="${id}".*?</\\1>`, 's').exec(html)?.[0] ?? `no ${id}`

const versionsIn = (html: string): number[] =>
  [...html.matchAll(/<tr id="event-(\d+)"/g)].map(([, version]) => Number(version))

describe('the page of a past version', () => {
  it('shows the balance, the log and the place in the chart of then, and says so', async () => {
    const html = await page('?version=3')
    expect(html).toContain('<title>Shared account as of #3 - Passbook</title>')
    expect(textOf(partOf(html, 'heading'))).toMatch(/As of #3 .*2026.* · 3 new events since/)
    expect(partOf(html, 'heading')).toContain(`<time datetime="${local(4, 9)}">`)
    expect(textOf(partOf(html, 'balance'))).toMatch(
      /^Balance as of #3\$1,300\.00The sum of the first 3 events\.$/,
    )
    expect(partOf(html, 'chart')).toMatch(/Balance over 6 events: .*, \$1,300\.00 after event 3\./)
    expect(partOf(html, 'chart')).toContain('<path class="cursor" d="M1000,0V300">')
    expect(versionsIn(html)).toEqual([3, 2, 1])
    expect(html).toContain('<tr id="event-3" class="here" aria-current="true">')
    expect(html).toMatch(/id="slider"[^>]* max="6" value="3"/)
    expect(html).toContain('&quot;version&quot;:3,')
  })

  it('asks for nothing: what would change something is disabled', async () => {
    const past = await page('?version=3')
    expect(past).toContain('<fieldset id="desk" disabled=""')
    for (const id of ['ask-transfer', 'ask-freeze', 'ask-close']) {
      expect(past).toMatch(new RegExp(`<button id="${id}" [^>]*disabled`))
    }
    const live = await page()
    expect(live).toContain('<fieldset id="desk" data-attr')
    expect(live).not.toMatch(/<button id="ask-[^>]* disabled/)
  })

  it('shows the status of then', async () => {
    const html = await page('?version=4')
    expect(partOf(html, 'balance')).toContain('<b class="badge">frozen</b>')
    expect(html).toMatch(/<button id="ask-freeze" [^>]*disabled[^>]*>Unfreeze\.\.\.</)
    expect(partOf(await page('?version=5'), 'balance')).not.toContain('badge')
  })

  it('of the newest version is of the past, too, with nothing since', async () => {
    const html = await page('?version=6')
    expect(textOf(partOf(html, 'heading'))).toMatch(/As of #6 .* · nothing since/)
    expect(html).toContain('<fieldset id="desk" disabled=""')
  })

  it('before the first event has nothing', async () => {
    const html = await page('?version=0')
    expect(textOf(partOf(html, 'heading'))).toMatch(/As of #0 before the first event · 6 new events since/)
    expect(textOf(partOf(html, 'balance'))).toMatch(/^Balance as of #0\$0\.00Nothing had happened yet\.$/)
    expect(partOf(html, 'chart')).toContain('$0.00 before the first event.')
    expect(versionsIn(html)).toEqual([])
    expect(html).toContain('&quot;version&quot;:0,')
  })

  it('leads back to the page that is live, which does not say that it is past', async () => {
    expect(partOf(await page('?version=3'), 'live')).toContain('href="/accounts/shared"')
    const live = await page()
    expect(textOf(live)).not.toContain('As of')
    expect(live).toContain('&quot;version&quot;:&quot;&quot;,')
  })

  it('has its log filtered and paged within it', async () => {
    expect(versionsIn(await page('?version=3&type=deposited'))).toEqual([2, 1])
    await grow(passbook, 100)
    const html = await page('?version=80')
    expect(versionsIn(html)).toEqual(Array.from({ length: 50 }, (_, index) => 80 - index))
    expect(html).toContain('href="?version=80&amp;before=31"')
    expect(versionsIn(await page('?version=80&before=31'))[0]).toBe(30)
  })
})

describe('the page of a past time', () => {
  it.each([
    ['a day, which is the end of it', '2026-11-03', 2],
    ['a time in the zone of the server', '2026-11-03T12:00', 1],
    ['a time with seconds', '2026-11-03T15:00:00', 2],
    ['an instant', local(4, 9), 3],
    ['an instant right before an event', new Date(Date.parse(local(4, 9)) - 1).toISOString(), 2],
    ['a time before the first event', '2026-11-01', 0],
    ['a time yet to come', '2099-01-01', 6],
  ])('takes %s', async (_, at, version) => {
    const html = await page(`?at=${at}`)
    expect(html).toContain(`<title>Shared account as of #${version} - Passbook</title>`)
    expect(html).toContain(`&quot;version&quot;:${version},`)
  })
})

describe('an address that does not say when', () => {
  it.each([
    'x',
    '-1',
    '1.5',
    ' 3',
    '1e1',
    '7',
    '99999999999999999999',
  ])('with ?version=%s is a 400 that says what is accepted', async (version) => {
    const response = await fetch(`${passbook.account}?version=${encodeURIComponent(version)}`)
    expect([response.status, await response.text()]).toEqual([
      400,
      'In the address, "version" takes 0 to 6, the number of the newest event.\n',
    ])
  })

  it.each([
    'x',
    '2026-13-01',
    '2026-02-30',
    'yesterday',
    '03/11/2026',
    '2026-11-03T25:00',
    '12345-01-01',
  ])('with ?at=%s is a 400 that says what is accepted', async (at) => {
    const response = await fetch(`${passbook.account}?at=${encodeURIComponent(at)}`)
    expect([response.status, await response.text()]).toEqual([
      400,
      'In the address, "at" takes a day such as 2026-11-17, or a time such as 2026-11-17T14:03 or 2026-11-17T14:03:00Z.\n',
    ])
  })

  it('with empty fields, as a form sends them, is live', async () => {
    expect(await page('?version=&at=')).not.toContain('As of #')
  })

  it('but says it twice is a 400', async () => {
    const response = await fetch(`${passbook.account}?version=1&at=2026-11-03`)
    expect([response.status, await response.text()]).toEqual([
      400,
      'In the address, "version" and "at" both say when: give one of them.\n',
    ])
  })

  it('is a 404 for an account that is not there, whatever it says', async () => {
    for (const query of ['version=0', 'version=1', 'at=2026-11-03', 'at=x']) {
      expect((await fetch(`${passbook.url}/accounts/nobody?${query}`)).status).toBe(404)
    }
  })
})

const look = (tab: Tab | string, signals: Readonly<Record<string, unknown>>, address = passbook.account) =>
  send(address, 'look', { tab: typeof tab === 'string' ? tab : tab.id, ...signals })

/** A tab that was sent the whole live view. */
const liveTab = async (): Promise<Tab> => {
  const tab = await openTab(passbook.account)
  await tab.sees('$1,307.00</output>')
  return tab
}

/** A tab that looks at a version, and was sent all that there is to show of it. */
const tabAt = async (version: number, looks = 1): Promise<Tab> => {
  const tab = await liveTab()
  await look(tab, { version, looks })
  await expect.poll(() => tab.frames().length).toBe(3)
  return tab
}

/** What a tab was sent after so many frames. */
const since = (tab: Tab, count: number): readonly string[] => tab.frames().slice(count)

/** What a tab of the past is sent when something happens. No role makes a screen reader tell each. */
const counter = (newest: number, words: string): string =>
  `event: datastar-patch-signals\ndata: signals {"_newest":${newest}}\n\n` +
  `event: datastar-patch-elements\ndata: elements <span id="since">${words}</span>`

describe('looking at a version', () => {
  it('is answered with 204, shows it to that tab alone, and leaves the others live', async () => {
    const [moving, other] = [await liveTab(), await liveTab()]
    expect((await look(moving, { version: 3, looks: 1 })).status).toBe(204)
    await moving.sees('$1,300.00</output>')
    await moving.sees('As of #3')
    const past = moving.frames()[1] ?? ''
    expect(versionsIn(past)).toEqual([3, 2, 1])
    expect(partOf(past, 'chart')).toContain('after event 3.')
    expect(past).toMatch(/<button id="ask-transfer" [^>]*disabled/)
    expect(past).toMatch(
      /^event: datastar-patch-signals\ndata: signals {"_past":true,"_newest":6,"_status":"open"}\n\n/,
    )
    expect(past).not.toMatch(/id="(slider|travel|at)"/)

    await send(passbook.account, 'deposit', { amount: '1' })
    await other.sees('$1,308.00</output>')
    expect(other.received()).not.toContain('As of')
    await moving.sees('4 new events since')
    expect(moving.received()).not.toContain('$1,308.00')
  })

  it('is told of new events by their number alone', async () => {
    const tab = await tabAt(3)
    await grow(passbook, 1)
    await tab.sees('4 new events since')
    await grow(passbook, 10)
    await tab.sees('14 new events since')
    expect(since(tab, 3)).toEqual([counter(7, '4 new events since'), counter(17, '14 new events since')])
  })

  it('goes on from one version to the next, and counts from there', async () => {
    const tab = await tabAt(3)
    await look(tab, { version: 5, looks: 2 })
    await tab.sees('As of #5')
    await tab.sees(counter(6, 'one new event since'))
    const count = tab.frames().length
    await grow(passbook, 1)
    await tab.sees(counter(7, '2 new events since'))
    expect(since(tab, count)).toEqual([counter(7, '2 new events since')])
  })

  it('does not count when a later look has come before it', async () => {
    const tab = await tabAt(3, 2)
    expect((await look(tab, { version: 1, looks: 1 })).status).toBe(204)
    expect((await look(tab, { version: 1, looks: 2 })).status).toBe(204)
    await grow(passbook, 1)
    await tab.sees('4 new events since')
    expect(since(tab, 3)).toEqual([counter(7, '4 new events since')])
  })

  it('shows nothing any more when a later look overtakes it while it is read', async () => {
    await passbook.close()
    const [asked, held] = [gate(), gate()]
    await serve((memory) =>
      storeWith(memory, {
        read: async (stream, options) => {
          if (options?.to === 1) {
            asked.open()
            await held.opened
          }
          return memory.read(stream, options)
        },
      }),
    )
    const tab = await liveTab()
    const early = look(tab, { version: 1, looks: 1 })
    await asked.opened
    await look(tab, { version: 2, looks: 2 })
    await tab.sees('As of #2')
    held.open()
    expect((await early).status).toBe(204)
    await grow(passbook, 1)
    await tab.sees(counter(7, '5 new events since'))
    expect(tab.received()).not.toContain('As of #1')
  })

  it('is over when the tab is live again, and sent everything again', async () => {
    const tab = await tabAt(3)
    const { length } = tab.received()
    await look(tab, { version: '', looks: 2 })
    await tab.sees('$1,307.00</output>', length)
    await send(passbook.account, 'deposit', { amount: '1' })
    await tab.sees('$1,308.00</output>', length)
    await tab.sees('id="event-7"', length)
    expect(tab.received().slice(length)).not.toMatch(/id="since"|As of/)
  })

  it('keeps what the log is filtered by', async () => {
    const tab = await openTab(passbook.account, undefined, { query: '&type=deposited' })
    await tab.sees('id="event-log"')
    await look(tab, { version: 3, looks: 1 })
    await tab.sees('As of #3')
    expect(versionsIn(tab.frames()[1] ?? '')).toEqual([2, 1])
  })

  it('from a page of older rows shows the newest rows of then, and those of now afterwards', async () => {
    const tab = await openTab(passbook.account, undefined, { query: '&before=3' })
    await tab.sees('$1,307.00</output>')
    await look(tab, { version: 5, looks: 1 })
    await tab.sees('As of #5')
    expect(versionsIn(tab.frames()[1] ?? '')).toEqual([5, 4, 3, 2, 1])
    await look(tab, { version: '', looks: 2 })
    await tab.sees('id="event-6"')
  })

  it.each([
    '?',
    '?before=3',
    '?type=deposited&before=3',
    '?version=3',
    '?version=5&before=3',
  ])('from the page %s, and back to live, sends parts that all have their place there', async (query) => {
    const html = await page(query)
    const tab = await openTab(passbook.account, undefined, { query: query.replace('?', '&') })
    await look(tab, { version: 2, looks: 1 })
    await tab.sees('As of #2')
    await look(tab, { version: '', looks: 2 })
    await tab.sees('id="event-6"')
    const parts = [...tab.received().matchAll(/<(?:section|header|figure|input) id="([^"]+)"/g)]
    expect(parts.length).toBeGreaterThan(10)
    for (const [, id] of parts) expect(html).toContain(` id="${id}"`)
  })

  it('that is not there yet is told to that tab, which stays where it is', async () => {
    const [tab, other] = [await tabAt(3), await liveTab()]
    expect((await look(tab, { version: 7, looks: 2 })).status).toBe(204)
    await tab.sees('"_lookError":"There are 6 events so far."')
    await grow(passbook, 1)
    await tab.sees(counter(7, '4 new events since'))
    await other.sees('$1,308.00</output>')
    expect(other.received()).not.toContain('_lookError')
  })

  it('of another account than its tab shows changes nothing', async () => {
    await record(passbook, 'bob', newEvent(opened(500)), newEvent(deposited(1)))
    const tab = await liveTab()
    expect((await look(tab, { version: 1, looks: 1 }, `${passbook.url}/accounts/bob`)).status).toBe(204)
    await grow(passbook, 1)
    await tab.sees('$1,308.00</output>')
    expect(tab.received()).not.toContain('As of')
  })

  it('of an account that is not there is a 404', async () => {
    const response = await look('t', { version: 0, looks: 1 }, `${passbook.url}/accounts/nobody`)
    expect([response.status, await response.text()]).toEqual([
      404,
      'There is no account at /accounts/nobody.\n',
    ])
  })

  it('moves both of two tabs that share an id, and nothing where there is no such tab', async () => {
    const [one, other] = [await openTab(passbook.account, 'twin'), await openTab(passbook.account, 'twin')]
    await Promise.all([one.sees('$1,307.00'), other.sees('$1,307.00')])
    await look('twin', { version: 3, looks: 1 })
    await Promise.all([one.sees('As of #3'), other.sees('As of #3')])
    expect((await look('nobody', { version: 3, looks: 1 })).status).toBe(204)
    expect((await send(passbook.account, 'look', { version: 3 })).status).toBe(204)
  })
})

describe('looking at a time', () => {
  it('shows the version of then, and tells the tab which it is', async () => {
    const tab = await liveTab()
    expect((await look(tab, { version: '', asked: '2026-11-03', looks: 1 })).status).toBe(204)
    await tab.sees('As of #2')
    expect(tab.received()).toContain(
      'data: signals {"version":2,"asked":"","_past":true,"_newest":6,"_status":"open"}',
    )
    await tab.sees('$1,500.00</output>')
  })

  it.each([
    ['2026-11-03T12:00', 1],
    ['2026-11-01', 0],
    ['2099-01-01T00:00', 6],
  ])('takes %s', async (asked, version) => {
    const tab = await liveTab()
    await look(tab, { version: '', asked, looks: 1 })
    await tab.sees(`As of #${version}`)
    expect(tab.received()).toContain(`data: signals {"version":${version},"asked":""`)
  })

  it.each([
    'yesterday',
    '2026-02-30',
    5,
    ['2026-11-03'],
  ])('that is none (%j) is told, and nothing moves', async (asked) => {
    const tab = await liveTab()
    expect((await look(tab, { version: '', asked, looks: 1 })).status).toBe(204)
    await tab.sees(
      '{"asked":"","_lookError":"A time is a day such as 2026-11-17, or a time such as 2026-11-17T14:03 or 2026-11-17T14:03:00Z."',
    )
    await grow(passbook, 1)
    await tab.sees('$1,308.00</output>')
    expect(tab.received()).not.toContain('As of')
  })

  it('is meant whatever version the tab names: it has not heard yet which it is', async () => {
    const tab = await tabAt(5)
    await look(tab, { version: 5, asked: '2026-11-03', looks: 2 })
    await tab.sees('As of #2')
    await tab.sees('{"version":2,"asked":""')
  })

  it('is not what is only typed', async () => {
    const tab = await liveTab()
    await look(tab, { version: 3, asked: '', at: '2026-11-03', looks: 1 })
    await tab.sees('As of #3')
    expect(tab.received()).not.toContain('"version":')
  })
})

describe('a tab that reconnects', () => {
  const reconnect = (signals: Readonly<Record<string, unknown>>, query = '') =>
    openTab(passbook.account, undefined, { query, signals })

  it('in the past is shown that again, and nothing of now but how much has happened since', async () => {
    const tab = await reconnect({ version: 3, looks: 5 })
    await tab.sees(counter(6, '3 new events since'))
    expect(tab.frames()).toHaveLength(2)
    expect(tab.received()).toContain('As of #3')
    expect(tab.received()).not.toContain('$1,307.00')
    await grow(passbook, 1)
    await tab.sees(counter(7, '4 new events since'))
  })

  it('is shown the time that it asked for while it had no stream, and told which version that is', async () => {
    const tab = await reconnect({ version: 5, asked: '2026-11-03', looks: 2 })
    await tab.sees('As of #2')
    await tab.sees('{"version":2,"asked":"","_past":true,"_newest":6,"_status":"open"}')
    await tab.sees(counter(6, '4 new events since'))
    expect(tab.received()).not.toContain('As of #5')
  })

  it('is told that what it asked for meanwhile is no time, and shown what it showed', async () => {
    const tab = await reconnect({ version: 5, asked: '12025-11-03T10:00', looks: 2 })
    await tab.sees('{"asked":"","_lookError":"A time is a day such as')
    await tab.sees('As of #5')
  })

  it('goes on counting its looks from where it was', async () => {
    const tab = await reconnect({ version: 3, looks: 5 })
    await tab.sees(counter(6, '3 new events since'))
    await look(tab, { version: 1, looks: 5 })
    await look(tab, { version: 2, looks: 6 })
    await tab.sees('As of #2')
    expect(tab.received()).not.toContain('As of #1')
  })

  it('live, after it has looked around, is shown the newest rows, whatever page it began with', async () => {
    const moved = await reconnect({ version: '', looks: 2 }, '&before=3')
    await moved.sees('id="event-6"')
    const still = await reconnect({ version: '', looks: 0 }, '&before=3')
    await still.sees('$1,307.00</output>')
    expect(versionsIn(still.received())).toEqual([2, 1])
  })

  it('at a version that the log does not have is shown the newest as the past', async () => {
    const tab = await reconnect({ version: 99, looks: 1 })
    await tab.sees(counter(6, 'nothing since'))
    expect(tab.received()).toContain('As of #6')
    await grow(passbook, 1)
    await tab.sees(counter(7, 'one new event since'))
  })

  it('with signals that say nothing is a 400', async () => {
    for (const signals of [{ version: 'x' }, { looks: -1 }]) {
      expect((await reconnect(signals)).response.status).toBe(400)
    }
  })
})

describe('a reset', () => {
  it('brings a tab of the past back to now: no past is there any more', async () => {
    const [tab, other] = [await tabAt(3), await liveTab()]
    const { length } = tab.received()
    await send(passbook.account, 'reset', {})
    await tab.sees('{"version":"","asked":""}', length)
    await Promise.all([tab.sees('$0.00</output>', length), other.sees('$0.00</output>')])
    expect(other.received()).not.toContain('"asked"')
    await send(passbook.account, 'deposit', { amount: '7' })
    await tab.sees('$7.00</output>', length)
    expect(tab.received().slice(length)).not.toMatch(/As of|id="since"|\$1,307\.00/)
  })
})

describe('forgetting what people wrote', () => {
  it('shows the past anew to the tabs that look at it, and to no others', async () => {
    await passbook.close()
    let isForgotten = false
    const erased: AccountEvent = {
      type: 'opened',
      data: { owner: ERASED, currency: 'USD', openingBalance: 500 },
    }
    passbook = await servePassbook({ isEmpty: true }, (memory) =>
      storeWith(memory, {
        read: async (stream, options) => {
          const events = await memory.read(stream, options)
          const asRead = (event: RecordedEvent) =>
            isForgotten && event.type === 'opened' ? { ...event, ...erased } : event
          return events.map(asRead)
        },
      }),
    )
    for (const name of ['shared', 'bob']) {
      await record(passbook, name, newEvent(opened(500)), newEvent(deposited(100)))
    }
    const past = async (address: string) => {
      const tab = await openTab(address, undefined, { signals: { version: 1, looks: 1 } })
      await tab.sees(counter(2, 'one new event since'))
      return tab
    }
    const [tab, other] = [await past(passbook.account), await past(`${passbook.url}/accounts/bob`)]
    expect(tab.received()).toContain('Ada')
    isForgotten = true
    const { length } = tab.received()
    await record(passbook, 'shared', newEvent(forgotten))
    await tab.sees('As of #1', length)
    await tab.sees(counter(3, '2 new events since'), length)
    expect(tab.received().slice(length)).not.toContain('Ada')
    expect(other.frames()).toHaveLength(2)
  })
})

describe('a page of the past of a long log', () => {
  it('reads as many events as lie between two snapshots and as it has rows, and not the log', async () => {
    await passbook.close()
    let read = 0
    await serve((memory) =>
      storeWith(memory, {
        read: async (stream, options) => {
          const events = await memory.read(stream, options)
          read += events.length
          return events
        },
      }),
    )
    await grow(passbook, 3_000)
    const lag = async () => (await (await fetch(`${passbook.url}/readyz`)).json()).lag
    await expect.poll(lag, { timeout: 10_000 }).toBe(0)
    await page()
    for (const version of [1, 499, 500, 999, 1_499, 2_999, 3_006]) {
      read = 0
      expect(await page(`?version=${version}`)).toContain(`As of #${version}<`)
      expect(read, `at version ${version}`).toBeLessThanOrEqual(500 + 60)
    }
  })
})
