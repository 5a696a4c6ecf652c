import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { button, expectBalance, focused } from '../support/page.ts'
import { grow } from '../support/passbook.ts'
import { it } from './browsing.ts'

const sheet = (page: Page) => page.getByRole('dialog', { name: 'Keyboard shortcuts' })

describe('a key', () => {
  it('goes to the amount, to the transfer, and through time', async ({ open, addAccount }) => {
    const { page } = await open(await addAccount('Ada Byron'))
    await page.keyboard.press('a')
    expect(await focused(page)).toBe('amount')
    await page.locator('#amount').blur()

    await page.keyboard.press(',')
    await expectBalance(page, '$1,500.00')
    await page.keyboard.press(',')
    await expectBalance(page, '$1,000.00')
    await page.keyboard.press('.')
    await expectBalance(page, '$1,500.00')
    await page.keyboard.press('l')
    await expectBalance(page, '$1,300.00')
    await page.keyboard.press(',')
    await expectBalance(page, '$1,500.00')
    await page.keyboard.press('l')
    await expectBalance(page, '$1,300.00')

    await page.keyboard.press('t')
    expect(await page.getByRole('dialog', { name: 'Transfer to another account' }).isVisible()).toBe(true)
    await page.keyboard.press('Escape')
    expect(await page.locator('dialog[open]').count()).toBe(0)

    await page.keyboard.press('p')
    expect(await button(page, 'Pause').count()).toBe(1)
    await page.keyboard.press('p')
    expect(await button(page, 'Play').count()).toBe(1)
  })

  it('searches the list, and opens an account', async ({ open, passbook }) => {
    const { page } = await open(passbook.url)
    await page.keyboard.press('/')
    expect(await focused(page)).toBe('search-text')
    await page.keyboard.type('o')
    expect(await page.getByRole('searchbox').inputValue()).toBe('o')
    await page.getByRole('searchbox').blur()
    await page.keyboard.press('o')
    expect(await page.getByRole('dialog', { name: 'Open an account' }).isVisible()).toBe(true)
    expect(await focused(page)).toBe('owner')
  })

  it('does nothing of that kind while one types, chooses, or holds Ctrl', async ({ open, addAccount }) => {
    const { page } = await open(await addAccount('Ada Byron'))
    await page.locator('#note').pressSequentially('at,.pl?')
    expect(await page.locator('#note').inputValue()).toBe('at,.pl?')
    await page.locator('#speed').focus()
    await page.keyboard.press('t')
    await page.locator('#speed').blur()
    await page.keyboard.press('Control+t')
    expect(await page.locator('dialog[open]').count()).toBe(0)
    expect(page.url()).not.toContain('version')
    await expectBalance(page, '$1,300.00')
  })

  it('shows what the others do, in a sheet that it closes, too, and where they are switched off', async ({
    open,
    addAccount,
  }) => {
    const { page } = await open(await addAccount('Ada Byron'))
    await page.keyboard.press('?')
    expect(await sheet(page).isVisible()).toBe(true)
    const named = await sheet(page).locator('kbd').allTextContents()
    expect(named).toEqual(['a', 't', ',', '.', 'p', 'l', '?'])
    await sheet(page).getByLabel('Shortcuts are on').uncheck()
    await page.keyboard.press('Escape')
    expect(await sheet(page).isVisible()).toBe(false)
    await page.keyboard.press('a')
    expect(await focused(page)).not.toBe('amount')

    await button(page, 'Keyboard shortcuts').click()
    await sheet(page).getByLabel('Shortcuts are on').check()
    await button(page, 'Close').click()
    await page.keyboard.press('a')
    expect(await focused(page)).toBe('amount')
  })
})

describe('the Tab key', () => {
  it.for([1280, 360])('brings nothing under the banner of the past, on a page %i px wide', async (width, {
    open,
    passbook,
    addAccount,
  }) => {
    const account = await addAccount('Ada Byron')
    await grow(passbook, 60, account.split('/').at(-1))
    const { page } = await open(`${account}?version=60`, { viewport: { width, height: 500 } })
    const covered = async (key: string) => {
      await page.keyboard.press(key)
      return page.evaluate(() => {
        const [element, banner] = [document.activeElement, document.getElementById('heading')]
        if (!element || !banner || banner.contains(element)) return undefined
        const [own, its] = [element.getBoundingClientRect(), banner.getBoundingClientRect()]
        return own.top < its.bottom && own.bottom > its.top ? element.outerHTML : undefined
      })
    }
    await page.locator('#event-log a').last().focus()
    for (let i = 0; i < 70; i++) expect(await covered('Shift+Tab')).toBeUndefined()
    expect(await page.evaluate(() => document.activeElement?.closest('#event-log'))).toBeNull()
    for (let i = 0; i < 70; i++) expect(await covered('Tab')).toBeUndefined()
  })

  it.for([
    '/accounts/shared',
    '/accounts/shared?version=2',
    '/',
  ])('reaches every control of %s, and one sees where one is', async (path, { open, passbook }) => {
    const { page } = await open(`${passbook.url}${path}`)
    const controls = await page
      .locator('a:visible, button:visible, input:visible, select:visible, summary:visible')
      .evaluateAll((all) =>
        all
          .filter((element) => !element.matches(':disabled'))
          .map((element, index) => element.setAttribute('data-control', String(index))),
      )
    const reached = new Set<string>()
    for (let i = 0; i < controls.length + 20; i++) {
      await page.keyboard.press('Tab')
      const { control, outline } = await page.evaluate(() => {
        const element = document.activeElement
        const style = element && getComputedStyle(element)
        return {
          control: element?.getAttribute('data-control') ?? 'none',
          outline: style?.outlineStyle === 'none' ? 0 : Number.parseFloat(style?.outlineWidth ?? '0'),
        }
      })
      if (control !== 'none' && outline > 0) reached.add(control)
    }
    expect(reached).toEqual(new Set(controls.map((_, index) => String(index))))
  })
})
