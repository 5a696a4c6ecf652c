import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { button, expectBalance, expectError, expectStream } from '../support/page.ts'
import { servePassbook } from '../support/passbook.ts'
import { send } from '../support/tab.ts'
import { it } from './browsing.ts'

const accounts = (page: Page) => page.getByRole('table', { name: 'Accounts' }).locator('tbody tr')
const names = (page: Page) => accounts(page).locator('th a').allTextContents()
const rowOf = (page: Page, name: string) => accounts(page).filter({ hasText: name })

describe('an account that one opens', () => {
  it('is landed on, and stands in the list of whoever has it open', async ({ open, passbook }) => {
    const [here, there] = [(await open(passbook.url)).page, (await open(passbook.url)).page]
    await button(here, 'Open account').click()
    await here.getByLabel('Owner').fill('Mary "O’Hara" <b>')
    await here.getByLabel('Currency').selectOption('JPY')
    await here.getByLabel('Opening balance, if any').fill('2500')
    await here.locator('#open-account-submit').click()
    await here.waitForURL(/\/accounts\/\w+$/)
    await expectBalance(here, '¥2,500')
    expect(await here.title()).toBe('Mary "O’Hara" <b> - Passbook')

    await expect.poll(() => names(there)).toContain('Mary "O’Hara" <b>')
    expect(await rowOf(there, 'Mary').locator('.money').textContent()).toBe('¥2,500')
  })

  it('is not opened with an amount that is none: the reason stands in its dialog', async ({
    open,
    passbook,
  }) => {
    const { page } = await open(passbook.url)
    await button(page, 'Open account').click()
    await page.getByLabel('Owner').fill('Nobody')
    await page.getByLabel('Opening balance, if any').fill('much')
    await page.locator('#open-account-submit').click()
    await expectError(
      page,
      'Invalid amount: write it with digits and a point alone, as in 12.34.',
      'open-account',
    )
    await page.getByLabel('Opening balance, if any').fill('1')
    await expectError(page, '', 'open-account')
    expect(page.url()).toBe(`${passbook.url}/`)
    expect(await names(page)).not.toContain('Nobody')
  })
})

describe('the list', () => {
  it('is live: a deposit elsewhere changes the row and brings it to the top', async ({
    open,
    passbook,
    addAccount,
  }) => {
    const ada = await addAccount('Ada Byron')
    await send(await addAccount('Grace Hopper'), 'deposit', { amount: '1' })
    const { page, complaints } = await open(passbook.url)
    await expect.poll(async () => (await names(page))[0]).toBe('Grace Hopper')
    await send(ada, 'deposit', { amount: '0.05' })
    await expect.poll(async () => (await names(page))[0]).toBe('Ada Byron')
    const row = accounts(page).first()
    expect(await row.locator('.money').textContent()).toBe('$1,300.05')
    expect(await row.locator('.count').textContent()).toBe('3')
    expect(complaints).toEqual([])
  })

  it('keeps what is typed in its search field and its dialog while it changes', async ({
    open,
    passbook,
    addAccount,
  }) => {
    const ada = await addAccount('Ada Byron')
    const { page } = await open(passbook.url)
    await page.getByRole('searchbox').fill('half typed')
    await button(page, 'Open account').click()
    await page.getByLabel('Owner').fill('half typed too')
    await send(ada, 'deposit', { amount: '0.06' })
    await expect
      .poll(() => accounts(page).allTextContents())
      .toContainEqual(expect.stringContaining('$1,300.06'))
    expect(await page.getByRole('searchbox').inputValue()).toBe('half typed')
    expect(await page.getByLabel('Owner').inputValue()).toBe('half typed too')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('owner')
  })

  it('is searched by its form and sorted by its headings, and is live then too', async ({
    open,
    passbook,
    addAccount,
  }) => {
    const [one, two] = [await addAccount('Zoë Uno'), await addAccount('Zoë Duo')]
    await send(two, 'deposit', { amount: '1' })
    const { page } = await open(passbook.url)
    await page.getByRole('searchbox').fill('zoë')
    await page.getByRole('searchbox').press('Enter')
    await expectStream(page, 'Live')
    await expect.poll(() => names(page)).toEqual(['Zoë Duo', 'Zoë Uno'])

    await page.getByRole('link', { name: 'Balance' }).click()
    await expectStream(page, 'Live')
    expect(await names(page)).toEqual(['Zoë Duo', 'Zoë Uno'])
    expect(await page.locator('th[aria-sort]').getAttribute('aria-sort')).toBe('descending')
    await send(one, 'deposit', { amount: '2' })
    await expect.poll(() => names(page)).toEqual(['Zoë Uno', 'Zoë Duo'])

    await page.getByRole('link', { name: 'Balance' }).click()
    await expectStream(page, 'Live')
    expect(await names(page)).toEqual(['Zoë Duo', 'Zoë Uno'])
  })

  it('turns its pages', async ({ read }) => {
    const passbook = await servePassbook()
    for (let i = 0; i < 60; i++) {
      const owner = `Member ${String(i).padStart(2, '0')}`
      await fetch(`${passbook.url}/accounts`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Datastar-Request': 'true' },
        body: JSON.stringify({ owner, currency: 'USD' }),
      })
    }
    // The list follows the log a moment later.
    const lag = async () => (await (await fetch(`${passbook.url}/readyz`)).json()).lag
    await expect.poll(lag).toBe(0)
    const page = await read(`${passbook.url}/?search=member&sort=name`)
    const first = await names(page)
    await page.getByRole('link', { name: 'Next' }).click()
    const second = await names(page)
    expect([...first, ...second]).toEqual(
      Array.from({ length: 60 }, (_, i) => `Member ${String(i).padStart(2, '0')}`),
    )
    await page.getByRole('link', { name: 'First' }).click()
    expect(await names(page)).toEqual(first)
    await page.context().close()
    await passbook.close()
  })

  it('says why it is empty, and goes back to all', async ({ open, passbook }) => {
    const { page } = await open(`${passbook.url}/?search=nobody+at+all`)
    expect(await accounts(page).textContent()).toBe('No account matches “nobody at all”. Show all accounts')
    await page.getByRole('link', { name: 'Show all accounts' }).click()
    expect((await names(page)).length).toBeGreaterThan(0)
  })
})
