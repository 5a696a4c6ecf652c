import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { button, rows } from '../support/page.ts'
import { it } from './browsing.ts'

const NONE = { javaScriptEnabled: false }

/** Controls that one sees and that do nothing: no form of theirs is sent without a script. */
const deadOn = (page: Page) =>
  page
    .locator('button:visible, input:visible, select:visible, textarea:visible')
    .evaluateAll((controls) =>
      controls.filter((control) => !control.closest('form[method=get]')).map(({ outerHTML }) => outerHTML),
    )

describe('without JavaScript', () => {
  it('an account can be read, and says what cannot be done', async ({ read, addAccount }) => {
    const page = await read(await addAccount('Ada Byron'), NONE)
    expect(await page.locator('output').textContent()).toBe('$1,300.00')
    expect(await rows(page).count()).toBe(3)
    expect(await page.locator('noscript p').isVisible()).toBe(true)
    expect(await page.locator('#stream').isVisible()).toBe(false)
    expect(await deadOn(page)).toEqual([])
  })

  it('it can be read as it was, at a version and at a time', async ({ read, addAccount }) => {
    const account = await addAccount('Ada Byron')
    for (const address of [`${account}?version=2`, `${account}?at=2025-03-20T00:00`]) {
      const page = await read(address, NONE)
      expect(await page.locator('output').textContent()).toBe('$1,500.00')
      expect(await page.locator('#heading').textContent()).toContain('As of #2')
      expect(await deadOn(page)).toEqual([])
      await page.getByRole('link', { name: 'Back to live' }).click()
      expect(await page.locator('output').textContent()).toBe('$1,300.00')
    }
  })

  it('the form asks for a time', async ({ read, addAccount }) => {
    const page = await read(await addAccount('Ada Byron'), NONE)
    await page.locator('#at').fill('2025-03-20')
    await page.locator('#at-time').fill('10:00')
    await button(page, 'Look').click()
    await page.waitForURL('**at=**')
    expect(new URL(page.url()).searchParams.get('at')).toBe('2025-03-20')
    expect(await page.locator('#balance-source').textContent()).toBe(
      'The sum of the first 2 events, all by 20 Mar 2025, 10:00:00.',
    )
    expect(await page.locator('#at-time').inputValue()).toMatch(/^10:00/)
    expect(await page.locator('output').textContent()).toBe('$1,500.00')
  })

  it('the log is filtered', async ({ read, addAccount }) => {
    const page = await read(await addAccount('Ada Byron'), NONE)
    await page.getByText('Filter the event log').click()
    await page.getByLabel('withdrawn').check()
    await button(page, 'Apply').click()
    await expect.poll(() => rows(page).count()).toBe(1)
  })

  it('the list can be read and searched', async ({ read, passbook, addAccount }) => {
    await addAccount('Zoë Uno')
    await addAccount('Ada Byron')
    const page = await read(passbook.url, NONE)
    expect(await deadOn(page)).toEqual([])
    await expect
      .poll(async () => {
        await page.getByRole('searchbox').fill('zoë')
        await button(page, 'Search').click()
        return page.locator('#accounts th[scope=row] a').allTextContents()
      })
      .toEqual(['Zoë Uno'])
    await page.getByRole('link', { name: 'Zoë Uno' }).click()
    expect(await page.locator('output').textContent()).toBe('$1,300.00')
  })

  it('a statement can be read', async ({ read, addAccount }) => {
    const page = await read(`${await addAccount('Ada Byron')}/statements/2025-03`, NONE)
    expect(await page.locator('tbody .after').allTextContents()).toEqual([
      '$0.00',
      '$1,000.00',
      '$1,500.00',
      '$1,500.00',
    ])
    expect(await deadOn(page)).toEqual([])
  })
})
