import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page, Route } from 'playwright-core'
import { describe, expect } from 'vitest'
import { button, expectError, expectLive, expectPast, expectStream, slider } from '../support/page.ts'
import { freePort, startServer, stopServers } from '../support/server.ts'
import { it } from './browsing.ts'

const lookAtTime = async (page: Page, time: string): Promise<void> => {
  const [day = '', hour = ''] = time.split('T')
  await page.locator('#at').fill(day)
  await page.locator('#at-time').fill(hour)
  await button(page, 'Look').click()
}

const expectLookError = (page: Page, words: string) => expectError(page, words, 'at-form')

const REFUSED = 'That cannot be shown just now. Try again.'

describe('a look that is under way', () => {
  it('opens and closes the desk only when its answer is shown', async ({ open, addAccount }) => {
    const { page } = await open(await addAccount('Ada Byron'))
    const held: Route[] = []
    await page.route('**/look', (route) => void held.push(route))
    const release = async () => {
      for (const route of held.splice(0)) await route.continue()
    }
    const isOpen = () => button(page, 'Deposit').isEnabled()
    await button(page, 'One event back').click()
    await expect.poll(() => held.length).toBe(1)
    expect(await isOpen()).toBe(true)
    await release()
    await expectPast(page, 2, '$1,500.00')

    await page.getByRole('link', { name: 'Back to live' }).click()
    await expect.poll(() => held.length).toBe(1)
    expect(await isOpen()).toBe(false)
    await release()
    await expectLive(page, '$1,300.00')
  })
})

describe('a look that is refused', () => {
  it.for([400, 503])('with %i leaves everything as it was, and says so', async (status, {
    open,
    addAccount,
  }) => {
    const { page } = await open(await addAccount('Ada Byron'))
    const refuse = () => page.route('**/look', (route) => route.fulfill({ status, body: 'no' }))
    await refuse()
    await button(page, 'One event back').click()
    await expectLookError(page, REFUSED)
    await expectLive(page, '$1,300.00')

    await page.unroute('**/look')
    await button(page, 'One event back').click()
    await expectLookError(page, '')
    await expectPast(page, 2, '$1,500.00')

    await refuse()
    const ways = [
      () => slider(page).press('Home'),
      () => page.getByRole('link', { name: 'Back to live' }).click(),
      () => lookAtTime(page, '2025-03-10T00:00'),
    ]
    for (const look of ways) {
      await look()
      await expectLookError(page, REFUSED)
      await expectPast(page, 2, '$1,500.00')
    }
  })

  it('ends what is played', async ({ open, addAccount }) => {
    const { page } = await open(`${await addAccount('Ada Byron')}?version=0`)
    await page.route('**/look', (route) => route.fulfill({ status: 503, body: 'no' }))
    await button(page, 'Play').click()
    await expectLookError(page, REFUSED)
    await expect.poll(() => button(page, 'Play').count()).toBe(1)
    await expectPast(page, 0, '$0.00')
  })
})

describe('a time that', () => {
  it('is none that a log can have moves nothing, and is told beside it', async ({ open, addAccount }) => {
    const account = await addAccount('Ada Byron')
    const { page } = await open(account)
    const words =
      'A time is a day such as 2026-11-17, or a time such as 2026-11-17T14:03 or 2026-11-17T14:03:00Z.'
    await lookAtTime(page, '12025-01-01T00:00')
    await expectLookError(page, words)
    await expectLive(page, '$1,300.00')

    await button(page, 'One event back').click()
    await expectLookError(page, '')
    await expectPast(page, 2, '$1,500.00')
    await lookAtTime(page, '12025-01-01T00:00')
    await expectLookError(page, words)
    await expectPast(page, 2, '$1,500.00')
  })

  it('is asked for while the server is down is shown when it is back', async ({ open, onTestFinished }) => {
    const folder = await mkdtemp(join(tmpdir(), 'passbook-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    onTestFinished(stopServers)
    const env = { PORT: await freePort(), PASSBOOK_STORE: `sqlite:${join(folder, 'log.db')}` }
    const first = await startServer('src/main.ts', env)
    const { page } = await open(`${first.url}/accounts/shared`)
    await expectLive(page, '$1,300.00')
    await first.stop('SIGKILL')
    await expectStream(page, 'Reconnecting...')
    await lookAtTime(page, '2025-01-01T00:00')
    await expectLookError(page, 'No answer yet, trying again.')

    // Of the stream and what was asked, the stream comes through first.
    await page.route('**/look', (route) => route.abort('connectionrefused'))
    await startServer('src/main.ts', env)
    await expectStream(page, 'Live')
    await expectPast(page, 0, '$0.00')
    await page.unroute('**/look')
    await expectLookError(page, '')
    await expectPast(page, 0, '$0.00')
  })
})
