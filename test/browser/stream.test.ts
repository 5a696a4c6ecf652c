import { describe, expect } from 'vitest'
import { expectBalance, expectStream, press, setHidden } from '../support/page.ts'
import { freePort, startServer, stopServers } from '../support/server.ts'
import { openTab, send } from '../support/tab.ts'
import { it } from './browsing.ts'

/** On a port that it can come back to. It ends with the test. */
const restartable = async (onTestFinished: (end: () => Promise<void>) => void) => {
  const port = await freePort()
  onTestFinished(stopServers)
  const start = () => startServer('src/main.ts', { PORT: port })
  const first = await start()
  return { account: `${first.url}/accounts/shared`, first, start }
}

describe('the stream', () => {
  it('says that it is connecting until something has arrived', async ({ browser, passbook }) => {
    const page = await browser.newPage()
    await page.route('**/stream?*', () => undefined)
    await page.goto(passbook.account)
    await expectStream(page, 'Connecting...')
    await page.context().close()
  })

  it('reconnects by itself when the server was killed and started again, without a reload, and says so', async ({
    open,
    onTestFinished,
  }) => {
    const { account, first, start } = await restartable(onTestFinished)
    const [one, other] = [(await open(account)).page, (await open(account)).page]
    const news = () => one.locator('#stream-news').textContent()
    await press(one, 'Deposit', '7')
    for (const page of [one, other]) {
      await expectBalance(page, '$1,307.00')
      await page.evaluate(() => document.body.setAttribute('data-same-page', 'yes'))
    }
    expect(await news()).toBe('')

    await first.stop('SIGKILL')
    for (const page of [one, other]) await expectStream(page, 'Reconnecting...')
    expect(await news()).toBe('Reconnecting...')
    await start()
    for (const page of [one, other]) {
      await expectStream(page, 'Live')
      await expectBalance(page, '$1,300.00')
      expect(await page.locator('[data-same-page=yes]').count()).toBe(1)
    }
    expect(await news()).toBe('Live')
    await press(other, 'Deposit', '1')
    for (const page of [one, other]) await expectBalance(page, '$1,301.00')
  })

  it('reconnects by itself when the server was stopped in good order', async ({ open, onTestFinished }) => {
    const { account, first, start } = await restartable(onTestFinished)
    const { page } = await open(account)
    expect(await first.stop('SIGTERM')).toBe(0)
    await expectStream(page, 'Reconnecting...')
    await start()
    await expectStream(page, 'Live')
  })

  it('is let go by a tab that is hidden, which is current again when it is shown', async ({
    open,
    addAccount,
  }) => {
    const account = await addAccount('Ada Byron')
    const { page, requests, complaints } = await open(account)
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
