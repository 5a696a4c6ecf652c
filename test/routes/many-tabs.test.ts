import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { storeWith } from '../commands/store-with.ts'
import { deposited, newEvent, oneTo } from '../events/sample-events.ts'
import { grow, record, servePassbook, type TestPassbook } from '../support/passbook.ts'
import { openTab, send, type Tab } from '../support/tab.ts'

const at = (passbook: TestPassbook, account: string): string => `${passbook.url}/accounts/${account}`

/** Resolves when the tab was sent so many frames. */
const sent = (tab: Tab, count: number): Promise<unknown> =>
  expect.poll(() => tab.frames().length, { timeout: 5_000 }).toBe(count)

const rowsIn = (text: string): number[] =>
  [...text.matchAll(/<tr id="event-(\d+)"/g)].map(([, version]) => Number(version))

describe('twenty accounts in twenty tabs', () => {
  const names = oneTo(20).map((number) => `account-${number}.`)
  let passbook: TestPassbook

  beforeEach(async () => {
    passbook = await servePassbook({ isEmpty: true })
    for (const name of names) await record(passbook, name, newEvent(deposited(100)))
  })

  afterEach(() => passbook.close())

  const openAll = async () => {
    const tabs = await Promise.all(names.map((name) => openTab(at(passbook, name))))
    await Promise.all(tabs.map((tab) => sent(tab, 1)))
    return tabs
  }

  it('are each sent what they watch and nothing else', async () => {
    const tabs = await openAll()
    const depositIn = async (part: number) => {
      for (const name of names.filter((_, index) => index % 2 === part)) {
        expect((await send(at(passbook, name), 'deposit', { amount: '1' })).status).toBe(204)
      }
    }
    await depositIn(0)
    await Promise.all(tabs.filter((_, index) => index % 2 === 0).map((tab) => tab.sees('$2.00</output>')))
    expect(tabs.map((tab) => tab.frames().length)).toEqual(names.map((_, index) => 2 - (index % 2)))
    await depositIn(1)
    await Promise.all(tabs.map((tab) => tab.sees('$2.00</output>')))
    expect(tabs.map((tab) => tab.frames().length)).toEqual(names.map(() => 2))
    for (const [index, tab] of tabs.entries()) {
      const named = new Set(tab.received().match(/account-\d+\./g))
      expect([...named]).toEqual([names[index]])
    }
  })

  it('are answered each alone', async () => {
    const tabs = await openAll()
    for (const [index, tab] of tabs.entries()) {
      await send(at(passbook, names[index] ?? ''), 'withdraw', { tab: tab.id, amount: `${index + 2}` })
    }
    await Promise.all(tabs.map((tab) => tab.sees('Insufficient funds')))
    expect(tabs.map((tab) => tab.frames().length)).toEqual(names.map(() => 2))
  })

  it('cost nothing any more once they are gone: no event has anything drawn', async () => {
    await passbook.close()
    let reads = 0
    passbook = await servePassbook({ isEmpty: true }, (memory) =>
      storeWith(memory, {
        read: (stream, options) => {
          reads += 1
          return memory.read(stream, options)
        },
      }),
    )
    await record(passbook, 'a', newEvent(deposited(100)))
    const [leaves, stays] = [await openTab(at(passbook, 'a')), await openTab(passbook.url)]
    await leaves.sees('$1.00</output>')
    await stays.sees('$1.00')
    leaves.close()
    const readsOfOne = async (dollars: number) => {
      reads = 0
      await record(passbook, 'a', newEvent(deposited(100)))
      await stays.sees(`$${dollars}.00`)
      return reads
    }
    let dollars = 1
    await expect.poll(() => readsOfOne(++dollars)).toBe(0)
  })
})

describe('tabs of one account', () => {
  let passbook: TestPassbook

  beforeEach(async () => {
    passbook = await servePassbook()
  })

  afterEach(() => passbook.close())

  it('that show the same are sent the same bytes', async () => {
    const tabs = await Promise.all(oneTo(20).map(() => openTab(passbook.account)))
    await Promise.all(tabs.map((tab) => tab.sees('$1,300.00</output>')))
    await send(passbook.account, 'deposit', { amount: '1' })
    await Promise.all(tabs.map((tab) => tab.sees('$1,301.00</output>')))
    expect(new Set(tabs.map((tab) => tab.frames().at(-1))).size).toBe(1)
  })

  it('that filter the log get a new event that matches, and of another the balance alone', async () => {
    const tab = await openTab(passbook.account, undefined, { query: '&type=deposited' })
    await tab.sees('$1,300.00</output>')
    await send(passbook.account, 'withdraw', { amount: '1' })
    await tab.sees('$1,299.00</output>')
    expect(rowsIn(tab.frames()[1] ?? '')).toEqual([2, 1])
    await send(passbook.account, 'deposit', { amount: '2' })
    await tab.sees('$1,301.00</output>')
    expect(rowsIn(tab.frames()[2] ?? '')).toEqual([5, 2, 1])
  })

  it('that search get what is found, as it is found', async () => {
    const tab = await openTab(passbook.account, undefined, { query: '&search=rent' })
    await tab.sees('No event matches.')
    await send(passbook.account, 'withdraw', { amount: '1', note: 'Food' })
    await send(passbook.account, 'withdraw', { amount: '1', note: 'The Rent' })
    await tab.sees('The Rent')
    expect(rowsIn(tab.frames().at(-1) ?? '')).toEqual([5])
    expect(tab.received()).not.toContain('Food')
  })

  it('that filter have what is new looked at alone, not what was looked through before', async () => {
    await passbook.close()
    let read = 0
    passbook = await servePassbook({}, (memory) =>
      storeWith(memory, {
        read: async (stream, options) => {
          const events = await memory.read(stream, options)
          read += events.length
          return events
        },
      }),
    )
    await grow(passbook, 2_000)
    const tab = await openTab(passbook.account, undefined, { query: '&type=withdrawn' })
    await tab.sees('$3,300.00</output>')
    expect(read).toBeGreaterThan(2_000)
    read = 0
    await record(passbook, 'shared', newEvent(deposited(100)))
    await tab.sees('$3,301.00</output>')
    expect(read).toBeLessThan(20)
  })
})

describe('with a log of 20,000 events instead of 100', () => {
  let passbook: TestPassbook

  beforeAll(async () => {
    passbook = await servePassbook({ isEmpty: true })
    await grow(passbook, 100, 'short')
    await grow(passbook, 20_000, 'long')
    const lag = async () => (await (await fetch(`${passbook.url}/readyz`)).json()).lag
    await vi.waitFor(async () => expect(await lag()).toBe(0), { timeout: 30_000 })
    return () => passbook.close()
  })

  const bytes = async (address: string): Promise<number> => (await (await fetch(address)).text()).length

  /** What a tab is sent when it comes, and at the next event. */
  const pushed = async (account: string, signals = {}): Promise<readonly number[]> => {
    const tab = await openTab(at(passbook, account), undefined, { signals })
    const first = 'version' in signals ? 2 : 1
    await sent(tab, first)
    await grow(passbook, 1, account)
    await sent(tab, first + 1)
    tab.close()
    return tab.frames().map((frame) => frame.length)
  }

  const expectNoMore = (long: number, short: number) => expect(long / short).toBeLessThan(1.25)

  it('the page of an account is not longer, now, in the past and searched', async () => {
    for (const query of ['', '?version=90', '?before=90', '?type=deposited']) {
      expectNoMore(await bytes(at(passbook, `long${query}`)), await bytes(at(passbook, `short${query}`)))
    }
    const past = await bytes(at(passbook, 'long?version=19990'))
    expectNoMore(past, await bytes(at(passbook, 'short?version=90')))
  })

  it('a tab is not sent more when it comes, nor at an event', async () => {
    const [long, short] = [await pushed('long'), await pushed('short')]
    expect(long).toHaveLength(2)
    for (const [index, length] of long.entries()) expectNoMore(length, short[index] ?? 0)
  })

  it('a tab of the past is not sent more when it comes, and at an event next to nothing', async () => {
    const [long, short] = [
      await pushed('long', { version: 10_000, looks: 1 }),
      await pushed('short', { version: 90, looks: 1 }),
    ]
    expectNoMore(long[0] ?? 0, short[0] ?? 0)
    for (const [, , length] of [long, short]) expect(length).toBeLessThan(200)
  })
})
