import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { button, expectBalance, expectError, rows } from '../support/page.ts'
import { send } from '../support/tab.ts'
import { it } from './browsing.ts'

const dialog = (page: Page) => page.locator('dialog[open]')

const expectClosed = (page: Page) => expect.poll(() => dialog(page).count()).toBe(0)

const expectButtons = (page: Page, names: readonly string[]) =>
  expect.poll(() => page.locator('#standing button').allTextContents()).toEqual(names)

describe('a transfer', () => {
  it('goes to an account that one chooses by its name, and both pages show it', async ({
    open,
    addAccount,
  }) => {
    const [from, to] = [await addAccount('Ada Byron'), await addAccount('Grace Hopper')]
    const [payer, payee] = [(await open(from)).page, (await open(to)).page]
    await button(payer, 'Transfer...').click()
    await dialog(payer).getByLabel('To').selectOption('Grace Hopper')
    await dialog(payer).getByLabel('Amount').fill('0.50')
    await button(payer, 'Transfer').click()

    await expectBalance(payer, '$1,299.50')
    await expectBalance(payee, '$1,300.50')
    await expectClosed(payer)
    await expect
      .poll(() => rows(payer).first().locator('.event').textContent())
      .toBe('transferred out to Grace Hopper')
    expect(await rows(payee).first().locator('.event').textContent()).toBe('transferred in from Ada Byron')
  })

  it('is not sent before an account is chosen', async ({ open, addAccount }) => {
    const { page, requests } = await open(await addAccount('Ada Byron'))
    await button(page, 'Transfer...').click()
    await dialog(page).getByLabel('Amount').fill('1')
    await button(page, 'Transfer').click()
    expect(await dialog(page).locator('select:invalid').count()).toBe(1)
    expect(requests.filter((url) => url.endsWith('/transfer'))).toEqual([])
  })

  it('of more than there is stays in its dialog, with the reason beside it, until it is mended', async ({
    open,
    addAccount,
  }) => {
    const { page } = await open(await addAccount('Ada Byron'))
    await addAccount('Grace Hopper')
    await button(page, 'Transfer...').click()
    await dialog(page).getByLabel('To').selectOption({ label: 'Grace Hopper' })
    await dialog(page).getByLabel('Amount').fill('1300.01')
    await button(page, 'Transfer').click()
    await expectError(page, 'Insufficient funds: the balance is $1,300.00.', 'transfer')
    await expectError(page, '')

    await dialog(page).getByLabel('Amount').fill('1300')
    await expectError(page, '', 'transfer')
    await button(page, 'Transfer').click()
    await expectBalance(page, '$0.00')
    await expectClosed(page)
  })

  it('whose accounts cannot be looked up says so, and is asked for anew', async ({ open, addAccount }) => {
    const { page } = await open(await addAccount('Ada Byron'))
    await addAccount('Grace Hopper')
    await page.route('**/payees?*', (route) => route.fulfill({ status: 503, body: 'no' }), { times: 1 })
    await button(page, 'Transfer...').click()
    await expectError(page, 'Not done: Passbook did not take the request. Try again.', 'transfer')
    await button(page, 'Cancel').click()
    await button(page, 'Transfer...').click()
    await dialog(page).getByLabel('To').selectOption({ label: 'Grace Hopper' })
    await expectError(page, '', 'transfer')
  })

  it('that is sent by two clicks, before the outcome of the first, is one', async ({ open, addAccount }) => {
    const { page, requests } = await open(await addAccount('Ada Byron'))
    await addAccount('Grace Hopper')
    await button(page, 'Transfer...').click()
    await dialog(page).getByLabel('To').selectOption({ label: 'Grace Hopper' })
    await dialog(page).getByLabel('Amount').fill('1')
    await button(page, 'Transfer').evaluate((element) => {
      if (element instanceof HTMLElement) for (let i = 0; i < 2; i++) element.click()
    })
    await expectClosed(page)
    await expectBalance(page, '$1,299.00')
    expect(requests.filter((url) => url.endsWith('/transfer'))).toHaveLength(1)
  })
})

describe('an account is', () => {
  it('frozen once a reason is given, and then offers to be unfrozen alone', async ({ open, addAccount }) => {
    const { page, requests } = await open(await addAccount('Ada Byron'))
    await button(page, 'Freeze...').click()
    await button(page, 'Freeze').click()
    expect(requests.filter((url) => url.endsWith('/freeze'))).toEqual([])
    await dialog(page).getByLabel('Reason').fill('A lost card')
    await button(page, 'Freeze').click()
    await expectClosed(page)
    await expectButtons(page, ['Unfreeze...'])
    expect(await rows(page).first().locator('.event').textContent()).toBe('frozen A lost card')
    expect(await button(page, 'Deposit').isDisabled()).toBe(true)

    await button(page, 'Unfreeze...').click()
    expect(await dialog(page).getByLabel('Reason').inputValue()).toBe('')
    await button(page, 'Unfreeze').click()
    await expectButtons(page, ['Transfer...', 'Freeze...', 'Close...'])
    await expectClosed(page)
    expect(await button(page, 'Deposit').isEnabled()).toBe(true)
  })

  it('closed when it is empty, and nothing can be asked of it then', async ({ open, addAccount }) => {
    const account = await addAccount('Ada Byron')
    const { page } = await open(account)
    await button(page, 'Close...').click()
    await button(page, 'Close the account').click()
    await expectError(page, 'Balance left: withdraw or transfer the $1,300.00 first.', 'close')
    await button(page, 'Cancel').click()
    await expectClosed(page)

    await send(account, 'withdraw', { amount: '1300' })
    await button(page, 'Close...').click()
    await expectError(page, '', 'close')
    await button(page, 'Close the account').click()
    await expectClosed(page)
    await expect.poll(() => page.locator('#standing').textContent()).toContain('This account is closed.')
  })

  it('frozen and unfrozen by one button, which has the focus again', async ({ open, addAccount }) => {
    const { page } = await open(await addAccount('Ada Byron'))
    const asking = await button(page, 'Freeze...').elementHandle()
    const hasFocus = () => asking?.evaluate((element) => element === document.activeElement)
    await button(page, 'Freeze...').press('Enter')
    await dialog(page).getByLabel('Reason').fill('A lost card')
    await page.keyboard.press('Enter')
    await expectClosed(page)
    await expectButtons(page, ['Unfreeze...'])
    expect(await hasFocus()).toBe(true)

    await page.keyboard.press('Enter')
    await button(page, 'Unfreeze').press('Enter')
    await expectClosed(page)
    await expectButtons(page, ['Transfer...', 'Freeze...', 'Close...'])
    expect(await hasFocus()).toBe(true)
  })

  it('asked about in a dialog that begins empty, also after Escape', async ({ open, addAccount }) => {
    const { page } = await open(await addAccount('Ada Byron'))
    await button(page, 'Close...').click()
    await dialog(page).getByLabel('Reason').fill('Moving away')
    await button(page, 'Close the account').click()
    await expectError(page, 'Balance left: withdraw or transfer the $1,300.00 first.', 'close')
    await page.keyboard.press('Escape')
    await expectClosed(page)

    for (const [ask, command] of [
      ['Freeze...', 'freeze'],
      ['Close...', 'close'],
    ] as const) {
      await button(page, ask).click()
      expect(await dialog(page).getByLabel('Reason').inputValue()).toBe('')
      await expectError(page, '', command)
      await page.keyboard.press('Escape')
      await expectClosed(page)
    }
  })

  it('left as it is by Cancel and by Escape', async ({ open, addAccount }) => {
    const { page, requests } = await open(await addAccount('Ada Byron'))
    for (const leave of [() => button(page, 'Cancel').click(), () => page.keyboard.press('Escape')]) {
      await button(page, 'Freeze...').click()
      await dialog(page).getByLabel('Reason').fill('A lost card')
      await leave()
      await expectClosed(page)
    }
    expect(requests.filter((url) => url.endsWith('/freeze'))).toEqual([])
  })
})

describe('the log', () => {
  it('is cleared in every tab by Reset, which asks first', async ({ open, passbook }) => {
    const [asking, other] = [(await open(passbook.account)).page, (await open(passbook.account)).page]
    await button(asking, 'Reset...').click()
    await expectBalance(other, '$1,300.00')
    await button(asking, 'Reset').click()
    for (const page of [asking, other]) {
      await expectBalance(page, '$0.00')
      await expect
        .poll(() => rows(page).allTextContents())
        .toEqual(['No events yet. The first deposit will stand here.'])
    }
    await expectClosed(asking)
  })
})
