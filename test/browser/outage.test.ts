import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { launchBrowser } from '../support/browser.ts'
import { expectBalance, expectError, expectStream, visitLive } from '../support/page.ts'
import { startPostgres } from '../support/postgres.ts'
import { startServer, stopServers } from '../support/server.ts'

let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
})

afterAll(() => browser.close())

afterEach(stopServers)

it('tells when its database is not reachable, and goes on in every tab when it is back', async () => {
  const database = await startPostgres()
  const server = await startServer('src/main.ts', { PASSBOOK_STORE: database.url })
  const [one, other] = [
    (await visitLive(browser, `${server.url}/accounts/shared`)).page,
    (await visitLive(browser, `${server.url}/accounts/shared`)).page,
  ]
  await expectBalance(one, '$1,300.00')
  await one.evaluate(() => document.body.setAttribute('data-same-page', 'yes'))

  await database.kill()
  const deposit = one.getByRole('button', { name: 'Deposit', exact: true })
  await deposit.click()
  await expectError(
    one,
    'The store is not reachable. It is not known whether this was done. Before trying again, see in the log.',
  )
  const health = await fetch(`${server.url}/readyz`)
  expect(health.status).toBe(503)
  expect(await health.json()).toMatchObject({ status: 'unreachable' })
  await expectStream(one, 'Live')

  await database.start()
  await expect.poll(async () => (await fetch(`${server.url}/readyz`)).status, { timeout: 20_000 }).toBe(200)
  await deposit.click()
  for (const page of [one, other]) await expectBalance(page, '$1,310.00')
  await expectError(one, '')
  expect(await one.locator('[data-same-page=yes]').count()).toBe(1)
}, 60_000)
