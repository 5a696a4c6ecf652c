import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AccountEvent, assertStreamName } from '../../../src/events/event.ts'
import { storeWith } from '../../commands/store-with.ts'
import { gate } from '../../events/gate.ts'
import { closed, frozen, newEvent, oneTo, opened } from '../../events/sample-events.ts'
import { record, servePassbook, type TestPassbook } from '../../support/passbook.ts'
import { idOf, openAccount, openTab, send, type Tab } from '../../support/tab.ts'

let passbook: TestPassbook
let url: string

beforeEach(async () => {
  passbook = await servePassbook()
  url = passbook.url
})

afterEach(() => passbook.close())

const factsOf = async (address: string) =>
  (await passbook.store.read(idOf(address))).map(({ type, data }) => ({ type, data }))

const lastFactOf = async (address: string) => (await factsOf(address)).at(-1)

const page = async (address: string) => (await fetch(address)).text()

/** What the tab is told, in order, at one signal. */
const toldAt = (signal: string, tab: Tab): string[] =>
  [...tab.received().matchAll(/^data: signals (.*)$/gm)].flatMap(([, json = '']) => {
    const told: unknown = JSON.parse(json)[signal]
    return typeof told === 'string' ? [told] : []
  })

/** Asks for a command in a new tab; resolves with what the tab is told at the signal of that form. */
const answerTo = async (
  address: string,
  command: string,
  signals: Readonly<Record<string, unknown>>,
  signal: string,
): Promise<string | undefined> => {
  const tab = await openTab(address)
  expect((await send(address, command, { tab: tab.id, ...signals })).status).toBe(204)
  await tab.sees(`"${signal}"`)
  tab.close()
  return toldAt(signal, tab).at(-1)
}

const openedBy = (owner: string): AccountEvent => ({
  type: 'opened',
  data: { owner, currency: 'USD', openingBalance: 500 },
})

const LONG = 'x'.repeat(501)

describe('opening an account', () => {
  const told = (signals: Readonly<Record<string, unknown>>) =>
    answerTo(url, 'accounts', { owner: 'Ada', currency: 'USD', ...signals }, '_openError')

  it('begins its log with who owns it, in which currency, and with how much', async () => {
    const account = await openAccount(url, { owner: 'Grace Hopper', currency: 'KWD', opening: '12.345' })
    expect(await factsOf(account)).toEqual([
      { type: 'opened', data: { owner: 'Grace Hopper', currency: 'KWD', openingBalance: 12_345 } },
    ])
    const html = await page(account)
    expect(html).toContain('<title>Grace Hopper - Passbook</title>')
    expect(html).toMatch(/<output [^>]*>(<[^>]+>)?KWD\s12\.345/)
  })

  it('without an opening balance begins with nothing', async () => {
    const account = await openAccount(url)
    expect(await page(account)).toContain('$0.00</output>')
  })

  it('sends the tab that asked to the account, and no other tab', async () => {
    const [asking, other] = [await openTab(url), await openTab(url)]
    await send(url, 'accounts', { tab: asking.id, owner: 'Ada', currency: 'USD' })
    await asking.sees('"_openError":""')
    const [address = ''] = toldAt('_goto', asking)
    expect(address).toMatch(/^\/accounts\/[0-9a-f]{12}$/)
    expect((await fetch(url + address)).status).toBe(200)
    await other.sees(`href="${address}"`)
    expect(other.received()).not.toContain('_goto')
  })

  it('that is sent again with its key opens no second account, and sends the tab to the first', async () => {
    const tab = await openTab(url)
    const ask = () =>
      send(url, 'accounts', { tab: tab.id, owner: 'Ada', currency: 'USD' }, { key: 'click-1' })
    await ask()
    await ask()
    await expect.poll(() => toldAt('_goto', tab).length).toBe(2)
    expect(new Set(toldAt('_goto', tab)).size).toBe(1)
    expect(await passbook.store.head()).toBe(4)
  })

  it('with a key that was used for another account is refused, and opens none', async () => {
    const ask = (owner: string) => send(url, 'accounts', { owner, currency: 'USD' }, { key: 'click-1' })
    await ask('Ada')
    expect((await ask('Bob')).status).toBe(422)
    await send(passbook.account, 'deposit', { amount: '5' }, { key: 'click-2' })
    expect((await send(url, 'accounts', { owner: 'Ada', currency: 'USD' }, { key: 'click-2' })).status).toBe(
      422,
    )
    expect(await passbook.store.head()).toBe(5)
  })

  it.each([
    ['no owner', { owner: undefined }, 'Say whose account it is.'],
    ['a blank owner', { owner: '  ' }, 'Say whose account it is.'],
    ['an owner of two lines', { owner: 'Ada\nBob' }, 'Write one line of at most 500 characters.'],
    ['too long an owner', { owner: LONG }, 'Write one line of at most 500 characters.'],
    ['half a character in the owner', { owner: 'Ada \ud83d' }, 'Write one line of at most 500 characters.'],
    ['an owner that is no text', { owner: ['Ada'] }, 'Write one line of at most 500 characters.'],
    ['a currency that is not in the list', { currency: 'XXY' }, 'Choose a currency, such as USD.'],
    ['a currency in small letters', { currency: 'usd' }, 'Choose a currency, such as USD.'],
    ['no currency', { currency: undefined }, 'Choose a currency, such as USD.'],
    [
      'sen, which the yen has not',
      { currency: 'JPY', opening: '5.5' },
      'Invalid amount: JPY has no decimals.',
    ],
    [
      'less than a fils',
      { currency: 'KWD', opening: '5.5555' },
      'Invalid amount: KWD has at most 3 decimals.',
    ],
    ['a debt', { opening: '-5' }, 'Invalid amount: write it without a sign, as in 12.34.'],
    [
      'too much at once',
      { opening: '10000000000.01' },
      'Invalid amount: at most $10,000,000,000.00 at a time.',
    ],
  ])('with %s opens none and says why', async (_, signals, reason) => {
    expect(await told(signals)).toBe(reason)
    expect(await passbook.store.head()).toBe(3)
  })
})

describe('deposit and withdraw', () => {
  it('say where money comes from and goes to, in one line of text', async () => {
    const account = await openAccount(url)
    await send(account, 'deposit', { amount: '5', note: ' Salary, <b>net</b> ' })
    expect(await lastFactOf(account)).toEqual({
      type: 'deposited',
      data: { amount: 500, source: 'Salary, <b>net</b>' },
    })
    await send(account, 'withdraw', { amount: '2', note: 'Rent' })
    expect(await lastFactOf(account)).toEqual({ type: 'withdrawn', data: { amount: 200, reason: 'Rent' } })
    const html = await page(account)
    expect(html).toContain('Salary, &lt;b&gt;net&lt;/b&gt;')
    expect(html).toContain('>Rent</small>')
  })

  it.each([undefined, null, '', '   '])('need not say (%j)', async (note) => {
    await send(passbook.account, 'deposit', { amount: '5', note })
    expect(await lastFactOf(passbook.account)).toEqual({ type: 'deposited', data: { amount: 500 } })
  })

  it.each([
    ['more than 500 characters', LONG],
    ['two lines', 'Rent\nand more'],
    ['half a character', 'Rent \udc00'],
    ['no text', 5],
  ])('do nothing with a note of %s, and say so', async (_, note) => {
    for (const command of ['deposit', 'withdraw']) {
      const told = await answerTo(passbook.account, command, { amount: '5', note }, '_error')
      expect(told).toBe('Write one line of at most 500 characters.')
    }
    expect(await passbook.store.head()).toBe(3)
  })

  it('take a note of 500 characters', async () => {
    const note = 'x'.repeat(500)
    await send(passbook.account, 'deposit', { amount: '5', note })
    expect(await lastFactOf(passbook.account)).toEqual({
      type: 'deposited',
      data: { amount: 500, source: note },
    })
  })

  it.each([
    ['JPY', '1.5', 'Invalid amount: JPY has no decimals.'],
    ['KWD', '1.2345', 'Invalid amount: KWD has at most 3 decimals.'],
    ['JPY', '1000000000001', 'Invalid amount: at most ¥1,000,000,000,000 at a time.'],
  ])('of %s refuse %s', async (currency, amount, reason) => {
    const account = await openAccount(url, { currency })
    expect(await answerTo(account, 'deposit', { amount }, '_error')).toBe(reason)
    expect(await factsOf(account)).toHaveLength(1)
  })

  it('empty what was written for this one command, and leave the amount', async () => {
    const tab = await openTab(passbook.account)
    await send(passbook.account, 'deposit', { tab: tab.id, amount: '5', note: 'Salary' })
    await tab.sees('"_done":"deposit"')
    expect(toldAt('note', tab)).toEqual([''])
    expect(toldAt('amount', tab)).toEqual([])
  })

  it('leave it there when they are rejected', async () => {
    const tab = await openTab(passbook.account)
    await send(passbook.account, 'withdraw', { tab: tab.id, amount: '9999', note: 'Rent' })
    await tab.sees('Insufficient funds')
    expect([toldAt('note', tab), toldAt('_done', tab)]).toEqual([[], []])
  })
})

describe('a transfer', () => {
  const open = async () => {
    const payer = await openAccount(url, { owner: 'Ada', opening: '100' })
    const payee = await openAccount(url, { owner: 'Bob', opening: '1' })
    return { payer, payee, tabs: [await openTab(payer), await openTab(payee)] as const }
  }

  it('takes money from one account to another, in the tabs of both, which name each other', async () => {
    const { payer, payee, tabs } = await open()
    const [payers, payees] = tabs
    await send(payer, 'transfer', { tab: payers.id, to: idOf(payee), sum: '30' })
    await Promise.all([payers.sees('$70.00</output>'), payees.sees('$31.00</output>')])
    await Promise.all([payers.sees('>Bob</a></small>'), payees.sees('>Ada</a></small>')])
    await payers.sees('"_transferError":"","_done":"transfer","sum":""')
    expect(await lastFactOf(payer)).toMatchObject({
      type: 'transferredOut',
      data: { to: idOf(payee), amount: 3_000 },
    })
    expect(await lastFactOf(payee)).toMatchObject({
      type: 'transferredIn',
      data: { from: idOf(payer), amount: 3_000 },
    })
  })

  it('says what it is for, on the payer’s side', async () => {
    const { payer, payee, tabs } = await open()
    await send(payer, 'transfer', { to: idOf(payee), sum: '30', why: ' rent ' })
    await tabs[0].sees('Bob</a>: rent</small>')
    expect(await lastFactOf(payer)).toMatchObject({ data: { reason: 'rent' } })
    expect(await (await fetch(`${payer}?search=RENT`)).text()).toContain('transferred out')
  })

  it('that is sent again with its key moves the money once', async () => {
    const { payer, payee, tabs } = await open()
    for (const _ of [1, 2]) {
      await send(payer, 'transfer', { to: idOf(payee), sum: '30' }, { key: 'click-1' })
    }
    await tabs[1].sees('$31.00</output>')
    expect([(await factsOf(payer)).length, (await factsOf(payee)).length]).toEqual([2, 2])
  })

  it.each([
    ['no account', { to: '' }, 'Choose the account to transfer to.'],
    [
      'an account that is not there',
      { to: 'nobody' },
      'Unknown account: there is no "nobody" to transfer to.',
    ],
    ['an account that cannot be', { to: 'a\nb' }, 'Write one line of at most 500 characters.'],
    ['more than there is', { sum: '100.01' }, 'Insufficient funds: the balance is $100.00.'],
    ['nothing', { sum: '0' }, 'Invalid amount: it must be more than zero.'],
    ['no sum', { sum: '', amount: '5' }, 'Invalid amount: enter a number such as 12.34.'],
    ['a tenth of a cent', { sum: '0.001' }, 'Invalid amount: USD has at most 2 decimals.'],
  ])('of or to %s is not done, and the tab that asked alone is told why', async (_, signals, reason) => {
    const { payer, payee, tabs } = await open()
    const head = await passbook.store.head()
    const sent = { to: idOf(payee), sum: '5', ...signals }
    expect(await answerTo(payer, 'transfer', sent, '_transferError')).toBe(reason)
    expect(await passbook.store.head()).toBe(head)
    for (const tab of tabs) expect(tab.received()).not.toContain('_transferError')
  })

  it('to itself, or to an account of another currency, or that takes nothing in, is not done', async () => {
    const { payer } = await open()
    const yen = await openAccount(url, { owner: 'Yu', currency: 'JPY' })
    await record(passbook, 'cold', newEvent(opened()), newEvent(frozen))
    await record(passbook, 'gone', newEvent(opened()), newEvent(closed))
    const told = (to: string) => answerTo(payer, 'transfer', { to, sum: '5' }, '_transferError')
    expect(await told(idOf(payer))).toBe('A transfer goes to another account than the one it comes from.')
    expect(await told(idOf(yen))).toBe(
      'The account to transfer to has another currency: it is kept in JPY, this one in USD.',
    )
    expect(await told('cold')).toBe('The account to transfer to is frozen: it takes nothing in.')
    expect(await told('gone')).toBe('The account to transfer to is closed: it takes nothing in.')
    expect(await factsOf(payer)).toHaveLength(1)
  })
})

describe('money on its way', () => {
  let arrival = gate()

  afterEach(() => arrival.open())

  /** Ada's account and Bob's, in whose tabs there is something to see; transfers arrive when they are let. */
  const open = async () => {
    arrival = gate()
    await passbook.close()
    passbook = await servePassbook({}, (memory) =>
      storeWith(memory, {
        append: async (stream, events, options) => {
          if (events.some(({ type }) => type === 'transferredIn')) await arrival.opened
          return memory.append(stream, events, options)
        },
      }),
    )
    url = passbook.url
    const payer = await openAccount(url, { owner: 'Ada', opening: '30' })
    const payee = await openAccount(url, { owner: 'Bob' })
    const tabs = [await openTab(payer), await openTab(payee)] as const
    await Promise.all(tabs.map((tab) => tab.sees('id="event-log"')))
    return { payer, payee, tabs }
  }

  it('is said to be in flight on both pages and in their tabs, until it has arrived', async () => {
    const { payer, payee, tabs } = await open()
    const [payers, payees] = tabs
    await send(payer, 'transfer', { to: idOf(payee), sum: '30' })
    await payers.sees('$30.00 to <a')
    await payees.sees('$30.00 from <a')
    expect(await page(payer)).toContain('<span class="flight">in flight</span>')
    expect(await page(payer)).toMatch(/\$30\.00 to <a href="[^"]+">Bob<\/a>/)
    expect(await page(payee)).toMatch(/\$30\.00 from <a href="[^"]+">Ada<\/a>/)
    for (const address of [payer, payee]) expect(await page(address)).toContain('$0.00</output>')
    for (const version of [1, 2]) {
      expect(await page(`${payer}?version=${version}`)).not.toMatch(/class="flight"|\$30\.00 to <a/)
    }

    const [inPayers, inPayees] = [payers.received().length, payees.received().length]
    arrival.open()
    await payees.sees('$30.00</output>', inPayees)
    await payees.sees('aria-label="Transfers in flight"></ul>', inPayees)
    await payers.sees('aria-label="Transfers in flight"></ul>', inPayers)
    for (const address of [payer, payee]) expect(await page(address)).not.toContain('in flight</')
  })

  it('comes back if the account that it goes to takes nothing in any more', async () => {
    const { payer, payee, tabs } = await open()
    await send(payer, 'transfer', { to: idOf(payee), sum: '30' })
    await tabs[0].sees('$30.00 to <a')
    await record(passbook, idOf(payee), newEvent(frozen))
    const { length } = tabs[0].received()
    arrival.open()
    await tabs[0].sees('$30.00</output>', length)
    await tabs[0].sees('The account to transfer to is frozen: it takes nothing in.', length)
    expect(await lastFactOf(payee)).toMatchObject({ type: 'frozen' })
    for (const address of [payer, payee]) expect(await page(address)).not.toContain('in flight</')
  })

  it('keeps the account that it left from being closed', async () => {
    const { payer, payee } = await open()
    await send(payer, 'transfer', { to: idOf(payee), sum: '30' })
    expect(await answerTo(payer, 'close', {}, '_standingError')).toBe(
      'A transfer from this account may still be on its way. Try again in a moment.',
    )
    arrival.open()
    await expect.poll(() => answerTo(payer, 'close', {}, '_standingError')).toBe('')
  })
})

describe('freezing, unfreezing and closing', () => {
  const told = (address: string, command: string, why?: string) =>
    answerTo(address, command, { why }, '_standingError')

  it('freeze with a reason, which holds money back in every tab until it is unfrozen', async () => {
    const account = await openAccount(url, { opening: '5' })
    const tab = await openTab(account)
    await tab.sees('>Freeze...</button>')
    expect(await told(account, 'freeze', 'A suspicion')).toBe('')
    expect(await lastFactOf(account)).toEqual({ type: 'frozen', data: { reason: 'A suspicion' } })
    await tab.sees('>Unfreeze...</button>')
    await tab.sees('<b class="badge">frozen</b>')
    expect(await page(account)).not.toMatch(/id="ask-(transfer|close)"|>Freeze\.\.\.</)

    const rejected = 'Account frozen: nothing comes in or goes out until it is unfrozen.'
    expect(await answerTo(account, 'deposit', { amount: '1' }, '_error')).toBe(rejected)
    expect(await answerTo(account, 'withdraw', { amount: '1' }, '_error')).toBe(rejected)
    const transfer = { to: 'shared', sum: '1' }
    expect(await answerTo(account, 'transfer', transfer, '_transferError')).toBe(rejected)
    expect(await told(account, 'close')).toBe(rejected)
    expect(await told(account, 'freeze', 'Again')).toBe('The account is frozen already: nothing was changed.')

    const since = tab.received().length
    expect(await told(account, 'unfreeze', 'It was Ada')).toBe('')
    expect(await lastFactOf(account)).toEqual({ type: 'unfrozen', data: { reason: 'It was Ada' } })
    await tab.sees('>Freeze...</button>', since)
    expect(await told(account, 'unfreeze')).toBe('The account is not frozen: nothing was changed.')
  })

  it.each([undefined, '', ' '])('freeze needs to say why (%j)', async (why) => {
    expect(await told(passbook.account, 'freeze', why)).toBe('Say why the account is to be frozen.')
  })

  it.each([
    'freeze',
    'unfreeze',
    'close',
  ])('%s takes no reason of two lines or too many characters', async (name) => {
    for (const why of ['one\ntwo', LONG]) {
      expect(await told(passbook.account, name, why)).toBe('Write one line of at most 500 characters.')
    }
    expect(await passbook.store.head()).toBe(3)
  })

  it('close for good an account that is empty, and no other', async () => {
    const account = await openAccount(url, { opening: '5' })
    const tab = await openTab(account)
    expect(await told(account, 'close')).toBe('Balance left: withdraw or transfer the $5.00 first.')
    await send(account, 'withdraw', { amount: '5' })
    expect(await told(account, 'close', 'Moved away')).toBe('')
    expect(await lastFactOf(account)).toEqual({ type: 'closed', data: { reason: 'Moved away' } })
    await tab.sees('This account is closed.')
    expect(await told(account, 'close')).toBe('The account is closed already: nothing was changed.')
    const rejected = 'Account closed: nothing more can happen in it.'
    expect(await answerTo(account, 'deposit', { amount: '1' }, '_error')).toBe(rejected)
    expect(await told(account, 'freeze', 'x')).toBe(rejected)
  })

  it('tell the tab that asked alone, and that it is done', async () => {
    const [asking, other] = [await openTab(passbook.account), await openTab(passbook.account)]
    await send(passbook.account, 'unfreeze', { tab: asking.id })
    await asking.sees('"_standingError":"The account is not frozen: nothing was changed."')
    await send(passbook.account, 'freeze', { tab: asking.id, why: 'x' })
    await asking.sees('"_standingError":"","_done":"freeze"')
    await other.sees('>Unfreeze...</button>')
    expect(other.received()).not.toContain('_standingError')
  })
})

describe('a command to an account that is not there', () => {
  it.each([
    'deposit',
    'withdraw',
    'transfer',
    'freeze',
    'unfreeze',
    'close',
  ])('is a 404: %s', async (command) => {
    const signals = { amount: '5', sum: '5', to: 'shared', why: 'x' }
    const response = await send(`${url}/accounts/nobody`, command, signals)
    expect([response.status, await response.text()]).toEqual([
      404,
      'There is no account at /accounts/nobody.\n',
    ])
    expect(await passbook.store.head()).toBe(3)
  })

  it('is a 404: payees', async () => {
    expect((await fetch(`${url}/accounts/nobody/payees`)).status).toBe(404)
  })
})

describe('the accounts to transfer to', () => {
  const offered = async (address: string) =>
    [...(await page(`${address}/payees`)).matchAll(/<option [^>]*value="([^"]+)">([^<]*)/g)].map(
      ([, value, name]) => [value, name],
    )

  it('are the open ones of the same currency, by name, without the account itself', async () => {
    const payer = await openAccount(url, { owner: 'Ada' })
    const other = await openAccount(url, { owner: 'Bob' })
    await openAccount(url, { owner: 'Yu', currency: 'JPY' })
    await record(passbook, 'cold', newEvent(opened()), newEvent(frozen))
    await record(passbook, 'gone', newEvent(opened()), newEvent(closed))
    await record(passbook, 'zed', newEvent(openedBy('zed <i>')))
    await expect.poll(() => offered(payer)).toHaveLength(3)
    expect(await offered(payer)).toEqual([
      [idOf(other), 'Bob'],
      ['shared', 'Shared account'],
      ['zed', 'zed &lt;i&gt;'],
    ])
  })

  const openInYen = async (count: number) => {
    for (const number of oneTo(count)) await record(passbook, `yen-${number}`, newEvent(opened(0, 'JPY')))
  }

  it('are found among a thousand others', async () => {
    await record(passbook, 'ada', newEvent(opened()))
    await openInYen(1_100)
    await record(passbook, 'zed', newEvent(openedBy('Zed')))
    await expect
      .poll(() => offered(`${url}/accounts/ada`), { timeout: 10_000 })
      .toContainEqual(['zed', 'Zed'])
    expect(await offered(`${url}/accounts/ada`)).toEqual([
      ['shared', 'Shared account'],
      ['zed', 'Zed'],
    ])
  })

  it('are said not to be all of them beyond 5,000 accounts: no more are looked through', async () => {
    await record(passbook, 'ada', newEvent(opened()))
    await openInYen(5_000)
    const more = 'There are more accounts than can be listed here'
    const payees = () => page(`${url}/accounts/ada/payees`)
    await expect.poll(payees, { timeout: 10_000 }).toContain(more)
    expect(await payees()).not.toContain('Shared account')
  })

  it('are told to the tab that asks over its request, and are never cached', async () => {
    const response = await fetch(`${passbook.account}/payees`)
    expect(response.headers.get('Content-Type')).toBe('text/event-stream')
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    expect(await response.text()).toMatch(
      /^event: datastar-patch-elements\ndata: elements <select id="transfer-to"/,
    )
  })
})

describe('an account whose name is made to break a page', () => {
  const NAMES = [
    `'); alert(1); ('`,
    `"><script>alert(1)</script>`,
    'a/b',
    '$tab = 5',
    '@post(`/x`)',
    '%2F',
    '{{x}}&amp;',
    '\u202Eevil',
  ]

  /** What Datastar runs, or a browser follows, as the browser reads it. */
  const expressionsIn = (html: string): string[] =>
    [...html.matchAll(/\sdata-(?!time|first)[\w:.-]+="([^"]*)"/g)].map(([, text = '']) =>
      text
        .replaceAll('&quot;', '"')
        .replaceAll('&#39;', "'")
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&amp;', '&'),
    )

  it.each(
    NAMES,
  )('%s is never part of an expression, on its page, in its frames and in the list', async (name) => {
    await record(passbook, name, newEvent(openedBy(`${name} & Sons`)))
    const address = `${url}/accounts/${encodeURIComponent(name)}`
    const response = await fetch(address)
    expect(response.status).toBe(200)
    const html = await response.text()
    const tab = await openTab(address)
    await tab.sees('id="event-log"')
    await expect.poll(() => page(url)).toContain('&amp; Sons')
    const expressions = [html, tab.received(), await page(url)].flatMap(expressionsIn)
    expect(expressions.length).toBeGreaterThan(50)
    for (const expression of expressions) {
      expect(expression).not.toContain(name)
      for (const [, path] of expression.matchAll(/\/accounts\/([^/'?]*)/g))
        expect(path).toMatch(/^[\w%.~-]*$/)
    }
    expect(html).not.toContain('<script>alert')
  })

  it('is shown and deposited to at that address, as is one that is called like a part of one', async () => {
    for (const name of [...NAMES, 'stream', 'deposit']) {
      await record(passbook, name, newEvent(opened()))
      const address = `${url}/accounts/${encodeURIComponent(name)}`
      expect((await fetch(address)).status).toBe(200)
      expect((await send(address, 'deposit', { amount: '5' })).status).toBe(204)
      const [, event] = await passbook.store.read(name)
      expect(event?.type).toBe('deposited')
    }
  })

  it.each([
    '%E0%A4%A',
    '%',
    '%FF',
    '%ED%A0%80',
    `a'b%22`,
  ])('%s, which nobody has, is a 404 in one line', async (segment) => {
    await expectNothingAt(`${url}/accounts/${segment}`)
  })

  it.each([
    '%00',
    'two%0Alines',
    'x'.repeat(201),
  ])('%s, which nobody can have, is a 404, too: a store is not even asked', async (segment) => {
    await passbook.close()
    passbook = await servePassbook({}, (memory) =>
      storeWith(memory, {
        read: async (stream, options) => {
          assertStreamName(stream)
          return memory.read(stream, options)
        },
      }),
    )
    await expectNothingAt(`${passbook.url}/accounts/${segment}`)
  })

  const expectNothingAt = async (address: string) => {
    const read = ['', '/stream', '/payees'].map((rest) => fetch(address + rest))
    const asked = [send(address, 'deposit', { amount: '5' }), send(address, 'look', { tab: 't', version: 1 })]
    for (const response of await Promise.all([...read, ...asked])) {
      expect(response.status).toBe(404)
      expect(await response.text()).toMatch(/^There is no account at \/accounts\/[\w%.~-]*\.\n$/)
    }
  }
})
