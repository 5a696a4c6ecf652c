import { access, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FEATURES } from '../src/projection/features.ts'
import { launchBrowser } from './support/browser.ts'
import { visit } from './support/page.ts'
import { type RunningServer, startServer, stopServers } from './support/server.ts'

let browser: Browser
let server: RunningServer

beforeAll(async () => {
  browser = await launchBrowser()
  server = await startServer('demo/counter.ts')
})

afterAll(async () => {
  await browser.close()
  await stopServers()
})

describe('the registry example of the README', () => {
  it('is the file that it says it is', async () => {
    const readme = await readFile('README.md', 'utf8')
    const [, example] = /```ts\n(.*?)```/s.exec(readme) ?? []
    expect(example).toBe(await readFile('demo/counter.ts', 'utf8'))
  })

  it('counts in every tab', async () => {
    const tabs = [await visit(browser, server.url), await visit(browser, server.url)]
    for (const { page } of tabs) await page.getByRole('button', { name: 'Add one' }).click()
    for (const { page } of tabs) await expect.poll(() => page.locator('#count').textContent()).toBe('2')
  })
})

describe('the links of the documentation', () => {
  it.each([
    'README.md',
    'CHANGELOG.md',
    'docs/decisions.md',
    'docs/performance.md',
    'docs/reading.md',
  ])('of %s lead to files that are there', async (file) => {
    const text = await readFile(file, 'utf8')
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = '']) =>
      join(dirname(file), link),
    )
    await Promise.all(links.map((link) => access(link)))
  })
})

describe('what the documentation says of the training data', () => {
  it('is every column, in its order', async () => {
    const guide = await readFile('docs/reading.md', 'utf8')
    const [, table = ''] = /## Training data(.*)/s.exec(guide) ?? []
    const rows = [...table.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, name, meaning]) => ({
      name,
      meaning,
    }))
    expect(rows).toEqual(FEATURES)
  })
})
