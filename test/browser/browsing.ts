// What the browser tests begin with: one browser and one Passbook a file, and in it accounts of their own for each test.

import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { test } from 'vitest'
import type { AccountEvent } from '../../src/events/event.ts'
import { newEvent } from '../events/sample-events.ts'
import { launchBrowser } from '../support/browser.ts'
import { type Visit, visitLive } from '../support/page.ts'
import { servePassbook, type TestPassbook } from '../support/passbook.ts'

interface Browsing {
  readonly browser: Browser
  readonly passbook: TestPassbook
  /** Opens a live page as somebody with a browser of their own, which goes when the test ends. */
  readonly open: (url: string, options?: BrowserContextOptions) => Promise<Visit>
  /** Opens any other page, or one without JavaScript. */
  readonly read: (url: string, options?: BrowserContextOptions) => Promise<Page>
  /** The address of a new account of that name, with these events; without any, with three that come to $1,300.00. */
  readonly addAccount: (owner: string, ...events: readonly Dated[]) => Promise<string>
}

/** An event, and when it happened. */
export type Dated = readonly [AccountEvent, string]

/** $1,000.00, $500.00 more, and $200.00 less, in two months of 2025. */
const historyOf = (owner: string): readonly Dated[] => [
  [{ type: 'opened', data: { owner, currency: 'USD', openingBalance: 100_000 } }, '2025-03-03T09:00:00.000Z'],
  [{ type: 'deposited', data: { amount: 50_000, source: 'Salary' } }, '2025-03-14T12:30:00.000Z'],
  [{ type: 'withdrawn', data: { amount: 20_000, reason: 'Rent' } }, '2025-04-08T12:00:00.000Z'],
]

const closeAll = (browser: Browser) => Promise.all(browser.contexts().map((context) => context.close()))

let count = 0

export const it = test.extend<Browsing>({
  browser: [
    // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from the pattern what a fixture needs.
    async ({}, use) => {
      const browser = await launchBrowser()
      await use(browser)
      await browser.close()
    },
    { scope: 'file' },
  ],
  passbook: [
    // biome-ignore lint/correctness/noEmptyPattern: as above.
    async ({}, use) => {
      const passbook = await servePassbook()
      await use(passbook)
      await passbook.close()
    },
    { scope: 'file' },
  ],
  open: async ({ browser }, use) => {
    await use(async (url, options) => visitLive(await browser.newContext(options), url))
    await closeAll(browser)
  },
  read: async ({ browser }, use) => {
    await use(async (url, options) => {
      const page = await browser.newPage(options)
      await page.goto(url)
      return page
    })
    await closeAll(browser)
  },
  addAccount: async ({ passbook }, use) => {
    await use(async (owner, ...events) => {
      const id = `${owner.toLowerCase().replaceAll(/\W+/g, '-')}-${++count}`
      const history = events.length > 0 ? events : historyOf(owner)
      const dated = history.map(([event, occurredAt]) => newEvent(event, { occurredAt }))
      await passbook.store.append(id, dated, { expected: 'no-stream' })
      return `${passbook.url}/accounts/${id}`
    })
  },
})
