import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { button, expectBalance, expectError, faultsOf, press, widthOf } from '../support/page.ts'
import { send } from '../support/tab.ts'
import { type Dated, it } from './browsing.ts'

const NARROW = { width: 360, height: 700 }
const WIDE = { width: 1200, height: 800 }

const LOOKS = [
  ['light', WIDE],
  ['dark', NARROW],
  ['light', NARROW],
  ['dark', WIDE],
] as const

/** Light and dark, narrow and wide; a dialog, which looks the same at any width, once in each theme. */
const expectNoFaults = async (page: Page, dialog?: string): Promise<void> => {
  for (const [colorScheme, viewport] of dialog === undefined ? LOOKS : LOOKS.slice(0, 2)) {
    await page.setViewportSize(viewport)
    await page.emulateMedia({ colorScheme })
    expect(await faultsOf(page, dialog), `${colorScheme} at ${viewport.width}`).toEqual([])
  }
}

describe('axe finds no fault', () => {
  it('in the list, nor in its dialog', async ({ open, passbook, addAccount }) => {
    await addAccount('Ada Byron')
    const { page } = await open(passbook.url, { bypassCSP: true })
    await expectNoFaults(page)
    await button(page, 'Open account').click()
    await expectNoFaults(page, '#open-account')
  })

  it('in an account with alerts and a reason', async ({ open, addAccount }) => {
    const account = await addAccount('Ada Byron')
    await send(account, 'deposit', { amount: '1', note: 'Birthday' })
    await send(account, 'withdraw', { amount: '1290' })
    const { page } = await open(account, { bypassCSP: true })
    await press(page, 'Withdraw', '9999')
    await expectError(page, 'Insufficient funds: the balance is $11.00.')
    await page.locator('#alerts summary').click()
    await page.getByText('Filter the event log').click()
    await expectNoFaults(page)
  })

  it('in an account in the past', async ({ open, addAccount }) => {
    const { page } = await open(`${await addAccount('Ada Byron')}?version=2`, { bypassCSP: true })
    await expectNoFaults(page)
  })

  it('in any dialog of an account', async ({ open, passbook }) => {
    const { page } = await open(passbook.account, { bypassCSP: true })
    for (const id of ['transfer', 'freeze', 'unfreeze', 'close', 'reset', 'keys']) {
      const dialog = page.locator(`#${id}`)
      await dialog.evaluate((element) => element instanceof HTMLDialogElement && element.showModal())
      await expectNoFaults(page, `#${id}`)
      await dialog.evaluate((element) => element instanceof HTMLDialogElement && element.close())
    }
  })

  it.for(['events/2', 'statements', 'statements/2025-03'])('in the page %s of an account', async (path, {
    read,
    addAccount,
  }) => {
    const page = await read(`${await addAccount('Ada Byron')}/${path}`, { bypassCSP: true })
    await expectNoFaults(page)
  })
})

/** More than any page has room for in one line. */
const bulky = (owner: string): readonly Dated[] => {
  const long = 'Rindfleischetikettierung'.repeat(8)
  const when = '2025-03-03T09:00:00.000Z'
  const deposits = Array.from(
    { length: 60 },
    (): Dated => [{ type: 'deposited', data: { amount: 999_999_999_999, source: long } }, when],
  )
  return [[{ type: 'opened', data: { owner, currency: 'USD', openingBalance: 0 } }, when], ...deposits]
}

describe('a screen 360 pixels wide', () => {
  it('has room for every page, with long names and large amounts too', async ({
    open,
    read,
    passbook,
    addAccount,
  }) => {
    const owner = 'Wolfeschlegelsteinhausenbergerdorff'.repeat(4)
    const account = await addAccount(owner, ...bulky(owner))
    const live = [account, `${account}?version=30`, `${account}?before=12`, passbook.url]
    const still = ['events/2', 'statements', 'statements/2025-03', 'statements/2025-04'].map(
      (path) => `${account}/${path}`,
    )
    for (const url of live) {
      const { page } = await open(url, { viewport: NARROW })
      expect(await widthOf(page), url).toBe(NARROW.width)
      await page.close()
    }
    for (const url of still) {
      const page = await read(url, { viewport: NARROW })
      expect(await widthOf(page), url).toBe(NARROW.width)
    }
  })

  it('has room for every dialog', async ({ open, passbook }) => {
    const { page } = await open(passbook.account, { viewport: NARROW })
    for (const id of ['transfer', 'freeze', 'unfreeze', 'close', 'reset', 'keys']) {
      const dialog = page.locator(`#${id}`)
      await dialog.evaluate((element) => element instanceof HTMLDialogElement && element.showModal())
      const box = await dialog.boundingBox()
      expect(box?.x, id).toBeGreaterThanOrEqual(0)
      expect((box?.x ?? 0) + (box?.width ?? Infinity), id).toBeLessThanOrEqual(NARROW.width)
      expect(await dialog.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth), id).toBe(0)
      await dialog.evaluate((element) => element instanceof HTMLDialogElement && element.close())
    }
  })
})

describe('amounts', () => {
  it('are broken nowhere if they are ordinary, and printed over nothing if they are not', async ({
    open,
    addAccount,
  }) => {
    const account = await addAccount('Ada Byron')
    await send(account, 'deposit', { amount: '12345.67' })
    const { page } = await open(account)
    const widths = [360, 520, 700, 850, 1200]
    const inEveryWidth = async (look: (width: number) => Promise<void>) => {
      for (const width of widths) {
        await page.setViewportSize({ width, height: 700 })
        await look(width)
      }
    }
    await inEveryWidth(async (width) => {
      const lines = await page.locator('td.number').evaluateAll((cells) =>
        cells.map((cell) => {
          const text = document.createRange()
          text.selectNodeContents(cell)
          return new Set([...text.getClientRects()].map(({ top }) => top)).size
        }),
      )
      expect(new Set(lines), `at ${width}`).toEqual(new Set([1]))
    })

    for (let i = 0; i < 3; i++) await send(account, 'deposit', { amount: '9999999999.99' })
    await expectBalance(page, '$30,000,013,645.64')
    await inEveryWidth(async (width) => {
      const spilling = await page
        .locator('td')
        .evaluateAll((cells) =>
          cells.filter((cell) => cell.scrollWidth > cell.clientWidth).map((cell) => cell.textContent),
        )
      expect(spilling, `at ${width}`).toEqual([])
      expect(await widthOf(page)).toBe(width)
    })
  })

  it('stand right-aligned, in figures of one width', async ({ open, read, passbook, addAccount }) => {
    const account = await addAccount('Ada Byron')
    const pages = [
      [(await open(account)).page, 'td.number'],
      [(await open(passbook.url)).page, 'td.money, td.count'],
      [await read(`${account}/statements/2025-03`), 'td.number'],
    ] as const
    for (const [page, cells] of pages) {
      const styles = await page.locator(cells).evaluateAll((all) =>
        all.map((cell) => {
          const { textAlign, fontVariantNumeric } = getComputedStyle(cell)
          return [textAlign, fontVariantNumeric.includes('tabular-nums')]
        }),
      )
      expect(styles.length).toBeGreaterThan(0)
      for (const style of styles) expect(style).toEqual([expect.stringMatching(/^(right|end)$/), true])
    }
  })
})

describe('a push', () => {
  it.for([
    WIDE,
    NARROW,
  ])('moves nothing but the rows of the log, and what stands below them, at $width pixels', async (viewport, {
    open,
    addAccount,
  }) => {
    const account = await addAccount('Ada Byron')
    const { page } = await open(account, { viewport: { ...viewport, height: 2400 } })
    // That it is live now is drawn by then, which moves the line that says so.
    await page.evaluate(
      () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
    )
    await page.evaluate(() => {
      const moved: string[] = []
      Object.assign(window, { moved })
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries() as (PerformanceEntry & {
          sources?: { node?: Node }[]
        })[]) {
          for (const { node } of entry.sources ?? []) {
            const element = node instanceof Element ? node : node?.parentElement
            const isOfLog = element?.closest('#event-log, #reset-line')
            moved.push(isOfLog ? 'log' : (element?.outerHTML ?? 'gone'))
          }
        }
      }).observe({ type: 'layout-shift', buffered: false })
    })
    const moved = () => page.evaluate(() => (window as Window & { moved?: string[] }).moved ?? [])
    await send(account, 'withdraw', { amount: '1299.99' })
    await expectBalance(page, '$0.01')
    await send(account, 'deposit', { amount: '1234567.89', note: 'A windfall' })
    await expectBalance(page, '$1,234,567.90')
    await send(account, 'withdraw', { amount: '1234567.90' })
    await expect.poll(() => page.locator('#alerts summary').count()).toBe(1)
    await send(account, 'freeze', { why: 'A suspicion' })
    await expect.poll(() => page.locator('#standing button').allTextContents()).toEqual(['Unfreeze...'])
    await expect.poll(moved).toContain('log')
    expect((await moved()).filter((what) => what !== 'log')).toEqual([])
  })
})
