import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { launchBrowser } from '../support/browser.ts'
import { expectBalance, expectStream, visitLive } from '../support/page.ts'
import { freePort, runToExit, startServer, stopServers } from '../support/server.ts'

let browser: Browser
let folder: string

beforeAll(async () => {
  browser = await launchBrowser()
})

afterAll(() => browser.close())

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passbook-'))
})

afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()))
  await stopServers()
  await rm(folder, { recursive: true })
})

const click = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()

it('loses no click and counts none twice when it is killed in the middle of them', async () => {
  const env = { PORT: await freePort(), PASSBOOK_STORE: `sqlite:${join(folder, 'log.db')}` }
  const first = await startServer('npm start', env)
  expect(first.output()).toContain('on the disk')
  const [one, other] = [
    (await visitLive(browser, `${first.url}/accounts/shared`)).page,
    (await visitLive(browser, `${first.url}/accounts/shared`)).page,
  ]
  await one.locator('#amount').fill('1')

  for (let clicks = 0; clicks < 10; clicks++) await click(one, 'Deposit')
  await first.killAll()
  for (let clicks = 0; clicks < 10; clicks++) await click(one, 'Deposit')
  await expectStream(one, 'Reconnecting...')

  const second = await startServer('npm start', env)
  await expectStream(one, 'Live')
  for (const page of [one, other]) await expectBalance(page, '$1,320.00')
  await click(one, 'Deposit')
  for (const page of [one, other]) await expectBalance(page, '$1,321.00')
  expect(await second.stop('SIGTERM')).toBe(0)

  const { output } = await runToExit('src/main.ts', ['verify'], env)
  expect(output).toContain('24 events of 1 account: every hash fits.\n')
})
