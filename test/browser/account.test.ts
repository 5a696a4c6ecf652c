import type { Browser, Locator, Page, Route } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { launchBrowser } from '../support/browser.ts'
import {
  expectBalance,
  expectError,
  expectStream,
  faultsOf,
  setHidden,
  visitAccount,
} from '../support/page.ts'
import { freePort, type RunningServer, startServer, stopServers } from '../support/server.ts'
import { openTab, send } from '../support/tab.ts'

let browser: Browser
let server: RunningServer
let account: string

beforeAll(async () => {
  browser = await launchBrowser()
})

afterAll(() => browser.close())

beforeEach(async () => {
  server = await startServer('npm start')
  account = `${server.url}/accounts/shared`
})

afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()))
  await stopServers()
})

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

const press = async (page: Page, name: string, amount: string) => {
  await page.getByLabel('Amount').fill(amount)
  await button(page, name).click()
}

const rows = (page: Page) => page.getByRole('table', { name: 'Event log' }).locator('tbody tr')

describe('an account in several tabs', () => {
  it('shows one deposit in three tabs and in another browser', async () => {
    const [here, elsewhere] = [await browser.newContext(), await browser.newContext()]
    const tabs = await Promise.all(
      [here, here, here, elsewhere].map((context) => visitAccount(context, account)),
    )
    for (const { page } of tabs) await expectBalance(page, '$1,300.00')

    await press(tabs[0]?.page as Page, 'Deposit', '12.34')
    for (const { page } of tabs) {
      await expectBalance(page, '$1,312.34')
      expect(await rows(page).first().locator('td').allTextContents()).toEqual([
        '4',
        'deposited',
        '+$12.34',
        '$1,312.34',
        expect.stringMatching(/^\d+ \w+ \d{4}, \d\d:\d\d:\d\d$/),
      ])
    }
  })

  it('shows a rejection in the tab that asked alone, until its next success', async () => {
    const [asking, other] = [await visitAccount(browser, account), await visitAccount(browser, account)]
    await press(asking.page, 'Withdraw', '1300.01')
    await expectError(asking.page, 'Insufficient funds: the balance is $1,300.00.')
    await expectError(other.page, '')

    await press(asking.page, 'Withdraw', '1300')
    await expectBalance(other.page, '$0.00')
    await expectError(asking.page, '')
  })

  it('is emptied in all of them by Reset', async () => {
    const [asking, other] = [await visitAccount(browser, account), await visitAccount(browser, account)]
    await button(asking.page, 'Reset').click()
    for (const { page } of [asking, other]) {
      await expectBalance(page, '$0.00')
      await expect
        .poll(() => rows(page).allTextContents())
        .toEqual(['No events yet. The first deposit will stand here.'])
    }
  })
})

describe('a click', () => {
  it('is a deposit by the Enter key too', async () => {
    const { page } = await visitAccount(browser, account)
    await page.getByLabel('Amount').fill('1')
    await page.getByLabel('Amount').press('Enter')
    await expectBalance(page, '$1,301.00')
    expect(page.url()).toBe(account)
  })

  it('of five at once is one of five events', async () => {
    const { page, requests } = await visitAccount(browser, account)
    await page.getByLabel('Amount').fill('1')
    await button(page, 'Deposit').evaluate((element) => {
      if (element instanceof HTMLElement) for (let i = 0; i < 5; i++) element.click()
    })
    await expectBalance(page, '$1,305.00')
    expect(await rows(page).count()).toBe(8)
    expect(requests.filter((url) => url.endsWith('/deposit'))).toHaveLength(5)
  })

  it('that is answered 204 is sent once', async () => {
    const { page, requests } = await visitAccount(browser, account)
    const answered = page.waitForResponse((response) => response.url().endsWith('/deposit'))
    await press(page, 'Deposit', '1')
    expect((await answered).status()).toBe(204)
    await expectBalance(page, '$1,301.00')
    await press(page, 'Deposit', '2')
    await expectBalance(page, '$1,303.00')
    expect(requests.filter((url) => url.endsWith('/deposit'))).toHaveLength(2)
  })

  it('whose answer is lost on the way is sent again with its key, and counts once', async () => {
    const { page } = await visitAccount(browser, account)
    const keys: (string | undefined)[] = []
    page.on('request', (request) => {
      if (request.url().endsWith('/deposit')) keys.push(request.headers()['idempotency-key'])
    })
    const loseAnswer = async (route: Route) => {
      await route.fetch()
      await route.abort('connectionreset')
    }
    await page.route('**/deposit', loseAnswer, { times: 1 })
    await press(page, 'Deposit', '5')
    await expect.poll(() => keys.length, { timeout: 10_000 }).toBe(2)
    expect(keys[0]).toMatch(/^[\d-]+$/)
    expect(keys[1]).toBe(keys[0])

    await press(page, 'Deposit', '1')
    await expectBalance(page, '$1,306.00')
  })

  it.each([
    [503, 'Not done: Passbook did not take the request. Try again.'],
    [422, 'Not done: Passbook did not take the request. Try again.'],
    [
      504,
      'The store is not reachable. It is not known whether this was done. Before trying again, see in the log.',
    ],
    [500, 'It is not known whether this was done. Before trying again, see in the log.'],
  ])('that is answered %i is not forgotten silently', async (status, words) => {
    const { page } = await visitAccount(browser, account)
    await page.route('**/deposit', (route) => route.fulfill({ status, body: 'no' }))
    await press(page, 'Deposit', '5')
    await expectError(page, words)
  })

  it('that gets no answer says so, goes on trying, and says nothing more once it was done', async () => {
    const { page } = await visitAccount(browser, account)
    await page.route('**/deposit', (route) => route.abort('connectionrefused'))
    await press(page, 'Deposit', '5')
    await expectError(page, 'No answer yet, trying again. It will count once.')
    await page.unroute('**/deposit')
    await expectBalance(page, '$1,305.00')
    await expectError(page, '')
  })

  it('that is rejected while the stream is down is told when it is back', async () => {
    const { page } = await visitAccount(browser, account)
    await setHidden(page, true)
    const answered = page.waitForResponse('**/withdraw')
    await press(page, 'Withdraw', '9999')
    expect((await answered).status()).toBe(204)
    await expectError(page, '')
    await setHidden(page, false)
    await expectError(page, 'Insufficient funds: the balance is $1,300.00.')
  })

  it('that is rejected twice is told twice, and no more once the amount is mended', async () => {
    const { page } = await visitAccount(browser, account)
    const reason = 'Insufficient funds: the balance is $1,300.00.'
    await page.evaluate(() => {
      const told: string[] = []
      Object.assign(window, { told })
      const error = document.getElementById('error')
      if (error) {
        const note = () => told.push(error.textContent ?? '')
        new MutationObserver(note).observe(error, { childList: true, characterData: true, subtree: true })
      }
    })
    const told = () => page.evaluate(() => (window as Window & { told?: string[] }).told)
    await press(page, 'Withdraw', '9999')
    await expect.poll(told).toEqual([reason])
    await button(page, 'Withdraw').click()
    await expect.poll(told).toEqual([reason, '', reason])
    await page.getByLabel('Amount').fill('5')
    await expectError(page, '')
  })
})

describe('what a person is doing', () => {
  it('survives a broadcast: typed text, its selection, and focus', async () => {
    const { page } = await visitAccount(browser, account)
    const amount = page.getByLabel('Amount')
    await amount.fill('1234.5')
    await amount.evaluate((input) => input instanceof HTMLInputElement && input.setSelectionRange(2, 4))
    await send(account, 'deposit', { amount: '1' })
    await expectBalance(page, '$1,301.00')
    expect(await amount.inputValue()).toBe('1234.5')
    expect(
      await amount.evaluate((input) => {
        const field = input instanceof HTMLInputElement ? input : undefined
        return [document.activeElement === input, field?.selectionStart, field?.selectionEnd]
      }),
    ).toEqual([true, 2, 4])
  })

  it('is not moved by a broadcast or by a reason that appears', async () => {
    const { page } = await visitAccount(browser, account)
    const topOf = (target: Locator) =>
      target.evaluate((element) => Math.round(element.getBoundingClientRect().top))
    const tops = () => Promise.all([button(page, 'Deposit'), rows(page).first()].map(topOf))
    const before = await tops()
    await press(page, 'Withdraw', '9999')
    await expectError(page, 'Insufficient funds: the balance is $1,300.00.')
    await send(account, 'deposit', { amount: '1000000' })
    await expectBalance(page, '$1,001,300.00')
    expect(await tops()).toEqual(before)
  })
})

describe('the stream', () => {
  it('says that it is connecting until something has arrived', async () => {
    const page = await browser.newPage()
    await page.route('**/stream?*', () => undefined)
    await page.goto(account)
    await expectStream(page, 'Connecting...')
  })

  it('reconnects by itself when the server was killed and started again, without a reload', async () => {
    const port = await freePort()
    const first = await startServer('src/main.ts', { PORT: port })
    const tabs = [await visitAccount(browser, first.url), await visitAccount(browser, first.url)]
    await press(tabs[0]?.page as Page, 'Deposit', '7')
    for (const { page } of tabs) {
      await expectBalance(page, '$1,307.00')
      await page.evaluate(() => document.body.setAttribute('data-same-page', 'yes'))
    }

    await first.stop('SIGKILL')
    for (const { page } of tabs) await expectStream(page, 'Reconnecting...')
    await startServer('src/main.ts', { PORT: port })
    for (const { page } of tabs) {
      await expectStream(page, 'Live')
      await expectBalance(page, '$1,300.00')
      expect(await page.locator('[data-same-page=yes]').count()).toBe(1)
    }
    await press(tabs[1]?.page as Page, 'Deposit', '1')
    for (const { page } of tabs) await expectBalance(page, '$1,301.00')
  })

  it('is announced when it is lost and found, but not on load', async () => {
    const port = await freePort()
    const first = await startServer('src/main.ts', { PORT: port })
    const { page } = await visitAccount(browser, first.url)
    const news = () => page.locator('#stream-news').textContent()
    expect(await news()).toBe('')
    await first.stop('SIGKILL')
    await expect.poll(news, { timeout: 20_000 }).toBe('Reconnecting...')
    await startServer('src/main.ts', { PORT: port })
    await expect.poll(news, { timeout: 20_000 }).toBe('Live')
  })

  it('reconnects by itself when the server was stopped in good order', async () => {
    const port = await freePort()
    const first = await startServer('src/main.ts', { PORT: port })
    const { page } = await visitAccount(browser, first.url)
    expect(await first.stop('SIGTERM')).toBe(0)
    await expectStream(page, 'Reconnecting...')
    await startServer('src/main.ts', { PORT: port })
    await expectStream(page, 'Live')
  })

  it('is let go by a tab that is hidden, which is current again when it is shown', async () => {
    const { page, requests, complaints } = await visitAccount(browser, account)
    const letGo = page.waitForEvent('requestfailed', (request) => request.url().includes('/stream'))
    await setHidden(page, true)
    await letGo

    const shownToOthers = await openTab(account)
    await send(account, 'deposit', { amount: '50' })
    await shownToOthers.sees('$1,350.00')
    shownToOthers.close()
    expect(await page.locator('output').textContent()).toBe('$1,300.00')

    await setHidden(page, false)
    await expectBalance(page, '$1,350.00')
    await expectStream(page, 'Live')
    expect(requests.filter((url) => url.includes('/stream'))).toHaveLength(2)
    expect(complaints).toEqual([])
  })
})

describe('the page', () => {
  const looks = [
    { colorScheme: 'light', width: 1200 },
    { colorScheme: 'dark', width: 1200 },
    { colorScheme: 'light', width: 360 },
    { colorScheme: 'dark', width: 360 },
  ] as const

  it.each(looks)('has nothing that axe calls a fault, in $colorScheme at $width', async ({
    colorScheme,
    width,
  }) => {
    const context = await browser.newContext({
      colorScheme,
      viewport: { width, height: 800 },
      bypassCSP: true,
    })
    const { page } = await visitAccount(context, account)
    await press(page, 'Withdraw', '9999')
    await expectError(page, 'Insufficient funds: the balance is $1,300.00.')
    expect(await faultsOf(page)).toEqual([])
  })

  it('fits a screen 360 pixels wide, with large amounts and its older pages too', async () => {
    const context = await browser.newContext({ viewport: { width: 360, height: 700 } })
    for (let i = 0; i < 55; i++) await send(account, 'deposit', { amount: '123456789.12' })
    const { page } = await visitAccount(context, account)
    const width = () => page.evaluate(() => document.documentElement.scrollWidth)
    expect(await width()).toBe(360)
    await page.getByRole('link', { name: 'Older' }).click()
    await expectStream(page, 'Live')
    expect(await width()).toBe(360)
  })

  it.each([
    360, 520, 700, 850, 1200,
  ])('at %i pixels breaks no ordinary amount, and prints none over another', async (width) => {
    await send(account, 'deposit', { amount: '12345.67' })
    const context = await browser.newContext({ viewport: { width, height: 700 } })
    const { page } = await visitAccount(context, account)
    const lines = () =>
      page.locator('td.number').evaluateAll((cells) =>
        cells.map((cell) => {
          const text = document.createRange()
          text.selectNodeContents(cell)
          return new Set([...text.getClientRects()].map(({ top }) => top)).size
        }),
      )
    expect(new Set(await lines())).toEqual(new Set([1]))

    for (let i = 0; i < 3; i++) await send(account, 'deposit', { amount: '9999999999.99' })
    await expectBalance(page, '$30,000,013,645.64')
    const spilling = await page
      .locator('td')
      .evaluateAll((cells) =>
        cells.filter((cell) => cell.scrollWidth > cell.clientWidth).map((cell) => cell.textContent),
      )
    expect(spilling).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
  })

  it('works on a network without TLS, where browsers hold back some of what they can', async () => {
    const networked = await startServer('src/main.ts', { ALLOWED_HOSTS: 'till.test' })
    const { port } = new URL(networked.url)
    const { page, complaints } = await visitAccount(browser, `http://till.test:${port}`)
    expect(await page.evaluate(() => isSecureContext)).toBe(false)
    await press(page, 'Deposit', '1')
    await expectBalance(page, '$1,301.00')
    expect(complaints).toEqual([])
  })

  it('asks nothing of any other origin and has nothing to complain of', async () => {
    const { page, requests, complaints } = await visitAccount(browser, account)
    await press(page, 'Deposit', '1')
    await expectBalance(page, '$1,301.00')
    await press(page, 'Withdraw', 'x')
    await expectError(page, 'Invalid amount: write digits only, as in 12.34.')
    expect(requests.filter((url) => !url.startsWith(server.url))).toEqual([])
    expect(complaints).toEqual([])
  })

  it('turns to older rows, which stay while the balance goes on', async () => {
    for (let i = 0; i < 60; i++) await send(account, 'deposit', { amount: '1' })
    const { page, complaints } = await visitAccount(browser, account)
    await page.getByRole('link', { name: 'Older' }).click()
    await expectStream(page, 'Live')
    const shown = await rows(page).allTextContents()
    expect(shown).toHaveLength(13)
    await press(page, 'Deposit', '40')
    await expectBalance(page, '$1,400.00')
    expect(await rows(page).allTextContents()).toEqual(shown)

    await page.getByRole('link', { name: 'Newest' }).click()
    await expectStream(page, 'Live')
    expect(await rows(page).first().locator('td').first().textContent()).toBe('64')
    expect(complaints).toEqual([])
  })

  it('can be read without JavaScript, and says what cannot be done then', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(account)
    expect(await page.locator('output').textContent()).toBe('$1,300.00')
    expect(await rows(page).count()).toBe(3)
    expect(await page.locator('noscript p').isVisible()).toBe(true)
    expect(await page.locator('#stream').isVisible()).toBe(false)
  })
})
