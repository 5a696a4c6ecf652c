// Makes the README's picture from a server with a little history.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launchBrowser } from '../test/support/browser.ts'
import { startServer } from '../test/support/server.ts'
import { send } from '../test/support/tab.ts'

const HISTORY = [
  ['withdraw', '100'],
  ['withdraw', '250'],
  ['deposit', '700'],
  ['withdraw', '12.50'],
] as const

const folder = await mkdtemp(join(tmpdir(), 'passbook-'))
const server = await startServer('src/main.ts', { PASSBOOK_STORE: `sqlite:${join(folder, 'log.db')}` })
const browser = await launchBrowser()
const account = `${server.url}/accounts/shared`
for (const [command, amount] of HISTORY) await send(account, command, { amount })

const context = await browser.newContext({ viewport: { width: 1200, height: 830 }, deviceScaleFactor: 1 })
const page = await context.newPage()
await page.goto(account)
await page.getByText('Live', { exact: true }).waitFor()
await page.screenshot({ path: 'docs/account.png' })

await browser.close()
await server.stop()
await rm(folder, { recursive: true })
