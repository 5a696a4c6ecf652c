import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../support/browser.ts'
import { faultsOf, setHidden, type Visit, visit, widthOf } from '../support/page.ts'
import { freePort, type RunningServer, startServer, stopServers } from '../support/server.ts'

let browser: Browser
let server: RunningServer

beforeAll(async () => {
  browser = await launchBrowser()
})

afterAll(() => browser.close())

afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()))
  await stopServers()
})

const text = (page: Page, selector: string) => page.locator(selector).textContent()
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()

describe.each(['demo/event-sourcing.tsx', 'demo/fat-cqrs.tsx'] as const)('%s', (demo) => {
  it('fits a narrow screen, with nothing that axe calls a fault, in light and dark', async () => {
    server = await startServer(demo)
    const { page } = await visit(browser, server.url)
    await page.setViewportSize({ width: 360, height: 700 })
    expect(await widthOf(page)).toBe(360)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await faultsOf(page), colorScheme).toEqual([])
    }
  })

  it('asks nothing of any other origin and has nothing to complain of', async () => {
    server = await startServer(demo)
    const { page, requests, complaints } = await visit(browser, server.url)
    await page.getByRole('button').first().click()
    await expect.poll(() => requests.filter((url) => /\/(deposit|click)$/.test(url)).length).toBe(1)
    expect(requests.filter((url) => !url.startsWith(server.url))).toEqual([])
    expect(complaints).toEqual([])
  })
})

describe('demo/event-sourcing.tsx', () => {
  const open = async (): Promise<[Visit, Visit]> => {
    server = await startServer('demo/event-sourcing.tsx')
    return [await visit(browser, server.url), await visit(browser, server.url)]
  }

  const balance = (page: Page, amount: string) =>
    expect.poll(() => text(page, '#balance')).toBe(`Balance: ${amount}`)
  const error = (page: Page, reason: string) => expect.poll(() => text(page, '[role=alert]')).toBe(reason)
  const rows = async (page: Page) => {
    const cells = await page.locator('#event-log tbody tr').allInnerTexts()
    return cells.map((row) => row.split('\t'))
  }

  it('begins with three events, and the balance is their sum', async () => {
    const [{ page, complaints }] = await open()
    await balance(page, '$1300')
    expect(await rows(page)).toEqual([
      ['1', 'deposited', '1000', '$1000', expect.stringMatching(/^\d\d:\d\d:\d\d$/)],
      ['2', 'deposited', '500', '$1500', expect.stringMatching(/^\d\d:\d\d:\d\d$/)],
      ['3', 'withdrawn', '200', '$1300', expect.stringMatching(/^\d\d:\d\d:\d\d$/)],
    ])
    expect(complaints).toEqual([])
  })

  it('shows a deposit in every tab, rounded to whole dollars', async () => {
    const [here, there] = await open()
    await here.page.getByLabel('Amount').fill('12.6')
    await press(here.page, 'Deposit')
    for (const { page } of [here, there]) await balance(page, '$1313')
    expect(await here.page.getByLabel('Amount').inputValue()).toBe('12.6')
  })

  it('tells a rejection to the tab that asked alone, and clears it with the next success', async () => {
    const [here, there] = await open()
    await here.page.getByLabel('Amount').fill('0')
    await press(here.page, 'Deposit')
    await error(here.page, 'Invalid amount')
    await here.page.getByLabel('Amount').fill('1301')
    await press(here.page, 'Withdraw')
    await error(here.page, 'Insufficient funds')
    await here.page.getByLabel('Amount').fill('1300')
    await press(here.page, 'Withdraw')
    await error(here.page, '')
    for (const { page } of [here, there]) await balance(page, '$0')
    await error(there.page, '')
  })

  it('forgets everything on Reset, and numbers from one again', async () => {
    const [here, there] = await open()
    await press(there.page, 'Reset')
    await balance(here.page, '$0')
    expect(await rows(here.page)).toEqual([])
    await press(here.page, 'Deposit')
    await balance(there.page, '$10')
    expect((await rows(there.page)).map(([id]) => id)).toEqual(['1'])
  })

  it('appends nothing for what is no amount', async () => {
    const [{ page }] = await open()
    const headers = { 'Content-Type': 'application/json' }
    for (const body of ['{"sid":"x","amount":"Infinity"}', '{"sid":"x","amount":null}', 'garbage']) {
      const response = await fetch(`${server.url}/deposit`, { method: 'POST', headers, body })
      expect([204, 400]).toContain(response.status)
    }
    await press(page, 'Deposit')
    await balance(page, '$1310')
    expect(server.output()).not.toContain('SyntaxError')
  })

  it('shows a deposit in a second browser, and keeps what is typed there, and the focus', async () => {
    const [here] = await open()
    const { page } = await visit(await browser.newContext(), server.url)
    await page.getByLabel('Amount').fill('77')
    await press(here.page, 'Deposit')
    await balance(page, '$1310')
    expect(await page.getByLabel('Amount').inputValue()).toBe('77')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('amount')
  })

  it('finds its tabs again after a restart, without a reload', async () => {
    const port = await freePort()
    server = await startServer('demo/event-sourcing.tsx', { PORT: port })
    const { page, requests } = await visit(browser, server.url)
    await press(page, 'Deposit')
    await balance(page, '$1310')
    await server.stop('SIGKILL')
    server = await startServer('demo/event-sourcing.tsx', { PORT: port })
    await expect.poll(() => text(page, '#balance'), { timeout: 15_000 }).toBe('Balance: $1300')
    expect(requests.filter((url) => new URL(url).pathname === '/')).toHaveLength(1)
  })

  it('lets go of its stream in a hidden tab, which is current again when it is shown', async () => {
    const [here, there] = await open()
    const letGo = there.page.waitForEvent('requestfailed', (request) => request.url().includes('/sse'))
    await setHidden(there.page, true)
    await letGo
    await press(here.page, 'Deposit')
    await balance(here.page, '$1310')
    await balance(there.page, '$1300')
    await setHidden(there.page, false)
    await balance(there.page, '$1310')
  })

  it('sends a POST once that is answered 204', async () => {
    const [{ page, requests }] = await open()
    const answered = page.waitForResponse('**/deposit')
    await press(page, 'Deposit')
    expect((await answered).status()).toBe(204)
    await balance(page, '$1310')
    await press(page, 'Deposit')
    await balance(page, '$1320')
    expect(requests.filter((url) => url.endsWith('/deposit'))).toHaveLength(2)
  })

  it('counts five quick clicks as five', async () => {
    const [{ page }] = await open()
    await page.getByRole('button', { name: 'Deposit' }).evaluate((element) => {
      if (element instanceof HTMLElement) for (let i = 0; i < 5; i++) element.click()
    })
    await balance(page, '$1350')
  })
})

describe('demo/fat-cqrs.tsx', () => {
  it('ticks every second, counts everybody’s clicks, and leaves alone what a person writes', async () => {
    server = await startServer('demo/fat-cqrs.tsx')
    const [here, there] = [await visit(browser, server.url), await visit(browser, server.url)]
    await here.page.locator('#editable').fill('mine')
    const time = await text(there.page, '#time')
    await expect.poll(() => text(there.page, '#time'), { timeout: 5_000 }).not.toBe(time)

    await press(here.page, 'Click me')
    await press(there.page, 'Click me')
    for (const { page } of [here, there]) await expect.poll(() => text(page, '#clicks')).toBe('2')
    expect(await text(here.page, '#editable')).toBe('mine')
    expect(await text(there.page, '#editable')).toContain('Edit me')
    expect([...here.complaints, ...there.complaints]).toEqual([])
  })

  it('finds its tabs again after a restart', async () => {
    const port = await freePort()
    server = await startServer('demo/fat-cqrs.tsx', { PORT: port })
    const { page } = await visit(browser, server.url)
    await press(page, 'Click me')
    await expect.poll(() => text(page, '#clicks')).toBe('1')
    await server.stop('SIGKILL')
    server = await startServer('demo/fat-cqrs.tsx', { PORT: port })
    await expect.poll(() => text(page, '#clicks'), { timeout: 15_000 }).toBe('0')
  })
})
