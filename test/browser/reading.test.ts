import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { button, expectBalance, expectStream, rows } from '../support/page.ts'
import { send } from '../support/tab.ts'
import { it } from './browsing.ts'

const eventsIn = (page: Page) => page.locator('#event-log .event .name').allTextContents()

const downloaded = async (page: Page, link: string): Promise<readonly [name: string, text: string]> => {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: link }).click(),
  ])
  return [download.suggestedFilename(), await readFile(await download.path(), 'utf8')]
}

describe('the log', () => {
  it('is filtered by its form, is live then, and is whole again by one link', async ({
    open,
    addAccount,
  }) => {
    const account = await addAccount('Ada Byron')
    const { page } = await open(account)
    await page.getByText('Filter the event log').click()
    await page.getByLabel('deposited').check()
    await page.getByLabel('Reason, source').fill('sal')
    await button(page, 'Apply').click()
    await expectStream(page, 'Live')
    expect(await eventsIn(page)).toEqual(['deposited'])
    expect(await page.getByText('Showing only: deposited; “sal”.').count()).toBe(1)

    await send(account, 'withdraw', { amount: '1', note: 'Salad' })
    await send(account, 'deposit', { amount: '2', note: 'Bonus' })
    await send(account, 'deposit', { amount: '3', note: 'Salary' })
    await expectBalance(page, '$1,304.00')
    expect(await eventsIn(page)).toEqual(['deposited', 'deposited'])

    await page.getByRole('link', { name: 'Clear the filter' }).click()
    await expectStream(page, 'Live')
    expect(await rows(page).count()).toBe(6)
  })

  it('leads from a row to the page of its event, which is verified, and to the account as it was', async ({
    open,
    addAccount,
  }) => {
    const { page } = await open(await addAccount('Ada Byron'))
    await rows(page).nth(1).getByRole('link').click()
    await page.waitForURL(/\/events\/2$/)
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Event 2: deposited')
    expect(await page.locator('#chain + p').textContent()).toBe(
      'Verified: fits its hash and the one before it.',
    )
    await page.getByRole('link', { name: 'See the account as it was then' }).click()
    await expectBalance(page, '$1,500.00')
  })

  it('is downloaded as a table for other programs', async ({ open, addAccount }) => {
    const { page } = await open(await addAccount('Ada Byron'))
    const [name, text] = await downloaded(page, 'Log as CSV')
    expect(name).toMatch(/\.csv$/)
    const [head, ...lines] = text.trim().split('\n')
    expect(head).toContain('version')
    expect(lines).toHaveLength(3)
    expect(lines[1]).toContain('500.00')
    expect(lines[1]).toContain('Salary')
  })
})

describe('a transfer', () => {
  it('is two events, whose pages lead to each other', async ({ read, addAccount }) => {
    const [from, to] = [await addAccount('Ada Byron'), await addAccount('Grace Hopper')]
    await send(from, 'transfer', { to: to.split('/').at(-1), sum: '5' })
    await expect.poll(async () => (await fetch(`${to}/events/4`)).status).toBe(200)

    const page = await read(`${from}/events/4`)
    await page.getByRole('link', { name: 'transferred in, event 4 of Grace Hopper' }).first().click()
    expect(page.url()).toBe(`${to}/events/4`)
    await page.getByRole('link', { name: 'transferred out, event 4 of Ada Byron' }).first().click()
    expect(page.url()).toBe(`${from}/events/4`)
  })
})

describe('the chart', () => {
  it('says in words what it shows, now and in the past', async ({ open, addAccount }) => {
    const { page } = await open(await addAccount('Ada Byron'))
    const words = () => page.getByRole('img').getAttribute('aria-label')
    expect(await words()).toBe(
      'Balance over 3 events: highest $1,500.00 at event 2, lowest $1,000.00 at event 1, $1,300.00 now.',
    )
    await button(page, 'One event back').click()
    await expect.poll(words).toContain('$1,500.00 after event 2.')
  })
})

describe('a statement', () => {
  it('is found by its month, and adds up', async ({ open, addAccount }) => {
    const { page } = await open(await addAccount('Ada Byron'))
    await page.getByRole('link', { name: 'Monthly statements' }).click()
    await page.getByRole('link', { name: 'March 2025' }).click()
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Statement for March 2025')
    expect(await page.locator('.sums dd').allTextContents()).toEqual([
      '$0.00',
      '+$1,500.00',
      expect.stringMatching(/^.?\$0\.00$/),
      '$1,500.00',
    ])
    await page.getByRole('link', { name: /April 2025/ }).click()
    expect(await page.locator('tbody .after').allTextContents()).toEqual([
      '$1,500.00',
      '$1,300.00',
      '$1,300.00',
    ])
  })

  it('is downloaded as a table', async ({ read, addAccount }) => {
    const page = await read(`${await addAccount('Ada Byron')}/statements/2025-03`)
    const [name, text] = await downloaded(page, 'Download as CSV')
    expect(name).toContain('2025-03')
    expect(text).toContain('Salary')
  })

  it('is printed without what can only be clicked', async ({ read, addAccount }) => {
    const page = await read(`${await addAccount('Ada Byron')}/statements/2025-03`)
    await page.emulateMedia({ media: 'print' })
    expect(await page.locator('nav:visible, form:visible, button:visible, header.top:visible').count()).toBe(
      0,
    )
    expect(await page.getByRole('heading', { level: 1 }).isVisible()).toBe(true)
    expect(await page.locator('tbody tr:visible').count()).toBe(4)
    expect(await page.locator('.on-paper').isVisible()).toBe(true)
  })
})
