// What the browser tests say of a page and do on it.

import axe from 'axe-core'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { expect } from 'vitest'

export interface Visit {
  readonly page: Page
  /** Errors and warnings on the console, and errors that nobody caught. */
  readonly complaints: readonly string[]
  /** Every address that was asked for. */
  readonly requests: readonly string[]
}

const STREAM = /\/(stream|sse)\?/

/** Opens a page in a tab of its own and waits until the server knows its stream. */
export const visit = async (context: Browser | BrowserContext, url: string): Promise<Visit> => {
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  const complaints: string[] = []
  const requests: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('request', (request) => requests.push(request.url()))
  await Promise.all([page.waitForResponse((response) => STREAM.test(response.url())), page.goto(url)])
  return { page, complaints, requests }
}

/** Opens an account, or the list of them, and waits until its stream is live. */
export const visitLive = async (context: Browser | BrowserContext, url: string): Promise<Visit> => {
  const opened = await visit(context, url)
  await expectStream(opened.page, 'Live')
  return opened
}

export const expectStream = (page: Page, state: string): Promise<void> =>
  expect.poll(() => page.locator('#stream').textContent(), { timeout: 20_000 }).toBe(state)

export const expectBalance = (page: Page, balance: string): Promise<void> =>
  expect.poll(() => page.locator('output').first().textContent(), { timeout: 10_000 }).toBe(balance)

/** What is said to be wrong: at the desk, or in the form of a dialog. */
export const expectError = (page: Page, error: string, form = 'commands'): Promise<void> =>
  expect.poll(() => page.locator(`#${form} [role=alert]`).textContent(), { timeout: 10_000 }).toBe(error)

export const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true })

/** Asks for something at the desk. */
export const press = async (page: Page, name: 'Deposit' | 'Withdraw', amount: string): Promise<void> => {
  await page.locator('#amount').fill(amount)
  await button(page, name).click()
}

export const slider = (page: Page): Locator => page.getByRole('slider', { name: 'Version' })

/** The page shows a version of the past: its banner, balance, slider and address say so, and the desk is closed. */
export const expectPast = async (page: Page, version: number, balance: string): Promise<void> => {
  await expect.poll(() => page.locator('#heading strong').textContent()).toBe(`As of #${version}`)
  await expectBalance(page, balance)
  expect(await slider(page).inputValue()).toBe(String(version))
  expect(new URL(page.url()).searchParams.get('version')).toBe(String(version))
  expect(await button(page, 'Deposit').isDisabled()).toBe(true)
}

/** The page shows the account as it is now: no banner, the slider at its end, nothing in the address, an open desk. */
export const expectLive = async (page: Page, balance: string): Promise<void> => {
  await expect.poll(() => page.locator('#heading.past').count()).toBe(0)
  await expectBalance(page, balance)
  expect(await slider(page).inputValue()).toBe(await slider(page).getAttribute('max'))
  expect(new URL(page.url()).search).toBe('')
  expect(await button(page, 'Deposit').isEnabled()).toBe(true)
}

/** How much has happened since the version of the past that the page shows. */
export const expectSince = (page: Page, words: string): Promise<void> =>
  expect.poll(() => page.locator('#since').textContent()).toBe(words)

/** The id of the element that has the focus. */
export const focused = (page: Page): Promise<string | undefined> =>
  page.evaluate(() => document.activeElement?.id)

export const rows = (page: Page): Locator =>
  page.getByRole('table', { name: 'Event log' }).locator('tbody tr')

/** How wide the page is; wider than the window, it scrolls sideways. */
export const widthOf = (page: Page): Promise<number | undefined> =>
  page.evaluate(() => document.scrollingElement?.scrollWidth)

/** Has the page believe that its tab is hidden, or shown; a headless browser thinks every tab is visible. */
export const setHidden = (page: Page, hidden: boolean): Promise<void> =>
  page.evaluate((isHidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => isHidden })
    Object.defineProperty(document, 'visibilityState', {
      configurable: true,
      get: () => (isHidden ? 'hidden' : 'visible'),
    })
    document.dispatchEvent(new Event('visibilitychange'))
  }, hidden)

/** What axe finds at fault, and where. A page with a policy has to be opened in a context with `bypassCSP`. */
export const faultsOf = async (page: Page, within = 'html') => {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(
    (selector) => (globalThis as typeof globalThis & { axe: typeof axe }).axe.run(selector),
    within,
  )
  return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])
}
