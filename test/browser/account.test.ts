import type { Route } from 'playwright-core'
import { describe, expect } from 'vitest'
import {
  button,
  expectBalance,
  expectError,
  expectSince,
  expectStream,
  press,
  rows,
  setHidden,
  visitLive,
} from '../support/page.ts'
import { servePassbook } from '../support/passbook.ts'
import { send } from '../support/tab.ts'
import { it } from './browsing.ts'

describe('an account in several tabs', () => {
  it('shows one deposit and its source in two tabs and in another browser', async ({
    browser,
    addAccount,
  }) => {
    const account = await addAccount('Ada Byron')
    const [here, elsewhere] = [await browser.newContext(), await browser.newContext()]
    const tabs = await Promise.all([here, here, elsewhere].map((context) => visitLive(context, account)))
    for (const { page } of tabs) await expectBalance(page, '$1,300.00')

    const [asking] = tabs
    if (!asking) throw new Error('three tabs were to be open')
    await asking.page.locator('#note').fill('Birthday')
    await press(asking.page, 'Deposit', '12.34')
    for (const { page } of tabs) {
      await expectBalance(page, '$1,312.34')
      expect(await rows(page).first().locator('td').allTextContents()).toEqual([
        '4',
        'deposited Birthday',
        '+$12.34',
        '$1,312.34',
        expect.stringMatching(/^\d+ \w+ \d{4}, \d\d:\d\d:\d\d$/),
      ])
    }
    await expect.poll(() => asking.page.locator('#note').inputValue()).toBe('')
    await Promise.all([here.close(), elsewhere.close()])
  })

  it('shows a rejection in the tab that asked alone, until its next success', async ({
    open,
    addAccount,
  }) => {
    const account = await addAccount('Ada Byron')
    const [asking, other] = [await open(account), await open(account)]
    await press(asking.page, 'Withdraw', '1300.01')
    await expectError(asking.page, 'Insufficient funds: the balance is $1,300.00.')
    await expectError(other.page, '')

    await press(asking.page, 'Withdraw', '1300')
    await expectBalance(other.page, '$0.00')
    await expectError(asking.page, '')
  })
})

describe('a click', () => {
  it('is a deposit by the Enter key too', async ({ open, addAccount }) => {
    const account = await addAccount('Ada Byron')
    const { page } = await open(account)
    await page.locator('#amount').fill('1')
    await page.locator('#amount').press('Enter')
    await expectBalance(page, '$1,301.00')
    expect(page.url()).toBe(account)
  })

  it('of five at once is one of five events', async ({ open, addAccount }) => {
    const { page, requests } = await open(await addAccount('Ada Byron'))
    await page.locator('#amount').fill('1')
    await button(page, 'Deposit').evaluate((element) => {
      if (element instanceof HTMLElement) for (let i = 0; i < 5; i++) element.click()
    })
    await expectBalance(page, '$1,305.00')
    expect(await rows(page).count()).toBe(8)
    expect(requests.filter((url) => url.endsWith('/deposit'))).toHaveLength(5)
  })

  it('that is answered 204 is sent once', async ({ open, addAccount }) => {
    const { page, requests } = await open(await addAccount('Ada Byron'))
    const answered = page.waitForResponse((response) => response.url().endsWith('/deposit'))
    await press(page, 'Deposit', '1')
    expect((await answered).status()).toBe(204)
    await expectBalance(page, '$1,301.00')
    await press(page, 'Deposit', '2')
    await expectBalance(page, '$1,303.00')
    expect(requests.filter((url) => url.endsWith('/deposit'))).toHaveLength(2)
  })

  it('makes its button busy, and no other, until the outcome is known', async ({ open, addAccount }) => {
    const { page } = await open(await addAccount('Ada Byron'))
    const held: Route[] = []
    await page.route('**/deposit', (route) => void held.push(route))
    const busy = (name: string) => button(page, name).getAttribute('aria-busy')
    await press(page, 'Deposit', '1')
    await expect.poll(() => busy('Deposit')).toBe('true')
    expect(await busy('Withdraw')).not.toBe('true')
    for (const route of held) await route.continue()
    await expect.poll(() => busy('Deposit')).toBe('false')
    await expectBalance(page, '$1,301.00')
  })

  it('whose answer is lost on the way is sent again with its key, and counts once', async ({
    open,
    addAccount,
  }) => {
    const { page } = await open(await addAccount('Ada Byron'))
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

  it('that is not answered 204 is not forgotten silently', async ({ open, addAccount }) => {
    const { page } = await open(await addAccount('Ada Byron'))
    const answers = [
      [503, 'Not done: Passbook did not take the request. Try again.'],
      [422, 'Not done: Passbook did not take the request. Try again.'],
      [
        504,
        'The store is not reachable. It is not known whether this was done. Before trying again, see in the log.',
      ],
      [500, 'It is not known whether this was done. Before trying again, see in the log.'],
    ] as const
    for (const [status, words] of answers) {
      await page.route('**/deposit', (route) => route.fulfill({ status, body: 'no' }), { times: 1 })
      await press(page, 'Deposit', '5')
      await expectError(page, words)
    }
  })

  it('that gets no answer says so, goes on trying, and says nothing more once it was done', async ({
    open,
    addAccount,
  }) => {
    const { page } = await open(await addAccount('Ada Byron'))
    await page.route('**/deposit', (route) => route.abort('connectionrefused'))
    await press(page, 'Deposit', '5')
    await expectError(page, 'No answer yet, trying again. It will count once.')
    await page.unroute('**/deposit')
    await expectBalance(page, '$1,305.00')
    await expectError(page, '')
  })

  it('that is rejected while the stream is down is told when it is back', async ({ open, addAccount }) => {
    const { page } = await open(await addAccount('Ada Byron'))
    await setHidden(page, true)
    const answered = page.waitForResponse('**/withdraw')
    await press(page, 'Withdraw', '9999')
    expect((await answered).status()).toBe(204)
    await expectError(page, '')
    await setHidden(page, false)
    await expectError(page, 'Insufficient funds: the balance is $1,300.00.')
  })

  it('that is rejected twice is told twice, and no more once the amount is mended', async ({
    open,
    addAccount,
  }) => {
    const { page } = await open(await addAccount('Ada Byron'))
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
    await page.locator('#amount').fill('5')
    await expectError(page, '')
  })
})

describe('what a person is doing', () => {
  it('survives a broadcast: typed text, its selection, and focus', async ({ open, addAccount }) => {
    const account = await addAccount('Ada Byron')
    const { page } = await open(account)
    const amount = page.locator('#amount')
    await page.locator('#note').fill('half typed')
    await amount.fill('1234.5')
    await amount.evaluate((input) => input instanceof HTMLInputElement && input.setSelectionRange(2, 4))
    await send(account, 'deposit', { amount: '1' })
    await expectBalance(page, '$1,301.00')
    expect(await amount.inputValue()).toBe('1234.5')
    expect(await page.locator('#note').inputValue()).toBe('half typed')
    expect(
      await amount.evaluate((input) => {
        const field = input instanceof HTMLInputElement ? input : undefined
        return [document.activeElement === input, field?.selectionStart, field?.selectionEnd]
      }),
    ).toEqual([true, 2, 4])
  })

  it('survives a broadcast: what is open, the filter, the alerts, and a dialog', async ({
    open,
    addAccount,
  }) => {
    const account = await addAccount('Ada Byron')
    await send(account, 'withdraw', { amount: '1200' })
    await send(account, 'deposit', { amount: '1000' })
    await send(account, 'withdraw', { amount: '1050' })
    const { page } = await open(account)
    await page.getByText('Filter the event log').click()
    await page.locator('#alerts summary').click()
    await button(page, 'Freeze...').click()
    await page.getByRole('textbox', { name: 'Reason', exact: true }).fill('half typed')

    await send(account, 'deposit', { amount: '1' })
    await expectBalance(page, '$51.00')
    expect(await page.locator('details[open], dialog[open]').count()).toBe(3)
    expect(await page.getByRole('textbox', { name: 'Reason', exact: true }).inputValue()).toBe('half typed')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('freeze-why')
  })
})

describe('the new balance', () => {
  it('is said politely, once it has come to rest, and never on load', async ({ open, addAccount }) => {
    const account = await addAccount('Ada Byron')
    const { page } = await open(account)
    const news = page.locator('#balance-news')
    expect(await news.getAttribute('role')).toBe('status')
    expect(await news.textContent()).toBe('')
    await news.evaluate((element) => {
      const said: string[] = []
      Object.assign(window, { said })
      new MutationObserver(() => said.push(element.textContent ?? '')).observe(element, { childList: true })
    })
    for (let i = 0; i < 3; i++) await send(account, 'deposit', { amount: '1' })
    await expect.poll(() => news.textContent()).toBe('Balance $1,303.00')
    expect(await page.evaluate(() => (window as Window & { said?: string[] }).said)).toEqual([
      'Balance $1,303.00',
    ])
  })
})

describe('a balance of the past', () => {
  it('is said with its time, and what has happened since is not', async ({ open, addAccount }) => {
    const account = await addAccount('Ada Byron')
    const { page } = await open(account)
    const news = () => page.locator('#balance-news').textContent()
    await button(page, 'One event back').click()
    await expect.poll(news).toBe('Balance as of #2 $1,500.00')
    await send(account, 'deposit', { amount: '1' })
    await expectSince(page, '2 new events since')
    expect(await page.locator(':is([role=status], [role=alert], [aria-live]) #since').count()).toBe(0)
    expect(await page.locator('#since:is([role], [aria-live])').count()).toBe(0)
    expect(await news()).toBe('Balance as of #2 $1,500.00')
  })
})

describe('the page', () => {
  it('works on a network without TLS, where browsers hold back some of what they can', async ({ open }) => {
    const networked = await servePassbook({ allowedHosts: ['till.test'] })
    const { page, complaints } = await open(networked.account.replace('127.0.0.1', 'till.test'))
    expect(await page.evaluate(() => isSecureContext)).toBe(false)
    await press(page, 'Deposit', '1')
    await expectBalance(page, '$1,301.00')
    expect(complaints).toEqual([])
    await networked.close()
  })

  it('asks nothing of any other origin and has nothing to complain of', async ({
    open,
    passbook,
    addAccount,
  }) => {
    const { page, requests, complaints } = await open(await addAccount('Ada Byron'))
    await press(page, 'Deposit', '1')
    await expectBalance(page, '$1,301.00')
    await press(page, 'Withdraw', 'x')
    await expectError(page, 'Invalid amount: write it with digits and a point alone, as in 12.34.')
    expect(requests.filter((url) => !url.startsWith(passbook.url))).toEqual([])
    expect(complaints).toEqual([])
  })

  it('turns to older rows, which stay while the balance goes on', async ({ open, addAccount }) => {
    const account = await addAccount('Ada Byron')
    for (let i = 0; i < 60; i++) await send(account, 'deposit', { amount: '1' })
    const { page, complaints } = await open(account)
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
})
