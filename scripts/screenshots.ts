// Makes the README's pictures, of a club's accounts with some months of history.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { v4 as randomId } from 'uuid'
import type { AccountEvent } from '../src/events/event.ts'
import { createPassbook } from '../src/passbook.ts'
import { memoryStorage } from '../src/storage.ts'
import { launchBrowser } from '../test/support/browser.ts'

process.env.TZ = 'UTC'

const TRANSFER = randomId()

const deposited = (amount: number, source: string): AccountEvent => ({
  type: 'deposited',
  data: { amount, source },
})
const withdrawn = (amount: number, reason: string): AccountEvent => ({
  type: 'withdrawn',
  data: { amount, reason },
})
const opened = (owner: string, openingBalance: number): AccountEvent => ({
  type: 'opened',
  data: { owner, currency: 'EUR', openingBalance },
})

type Entry = readonly [account: string, at: string, event: AccountEvent]

const HISTORY: readonly Entry[] = [
  ['till', '2026-09-14T18:02:11', opened('Rowing club', 400_00)],
  ['camp', '2026-09-14T18:05:40', opened('Summer camp', 0)],
  ['bar', '2026-09-15T09:30:05', opened('Bar', 150_00)],
  ['till', '2026-09-19T10:14:50', deposited(620_00, 'membership fees')],
  ['till', '2026-09-28T16:40:09', withdrawn(185_00, 'rent of the boathouse')],
  ['bar', '2026-10-02T21:12:37', deposited(243_50, 'takings')],
  ['till', '2026-10-03T11:21:45', withdrawn(96_40, 'varnish and brushes')],
  ['till', '2026-10-17T09:05:13', deposited(340_00, 'membership fees')],
  ['till', '2026-10-28T16:41:55', withdrawn(185_00, 'rent of the boathouse')],
  [
    'till',
    '2026-11-07T12:30:20',
    { type: 'transferredOut', data: { transferId: TRANSFER, to: 'camp', amount: 250_00 } },
  ],
  [
    'camp',
    '2026-11-07T12:30:20',
    { type: 'transferredIn', data: { transferId: TRANSFER, from: 'till', amount: 250_00 } },
  ],
  ['bar', '2026-11-13T22:48:02', deposited(198_20, 'takings')],
  ['till', '2026-11-14T15:10:31', deposited(512_00, 'regatta, entry fees')],
  ['till', '2026-11-17T14:03:12', withdrawn(74_90, 'cups and medals')],
  ['till', '2026-11-19T17:22:08', deposited(60_00, 'a donation')],
]

const storage = memoryStorage()
for (const [account, at, event] of HISTORY) {
  const id = event.type === 'transferredOut' ? TRANSFER : randomId()
  const metadata = { commandId: id, correlationId: id, causationId: id, actor: 'treasurer' }
  const recorded = { ...event, id, metadata, occurredAt: `${at}.000Z` }
  await storage.events.append(account, [recorded], { expected: 'any' })
}
const passbook = await createPassbook(
  {
    events: storage.events,
    log: storage.log,
    snapshots: storage.snapshots,
    summaries: storage.summaries,
    checkpoints: storage.checkpoints,
    close: storage.close,
  },
  { isEmpty: true },
)
const server = createServer(getRequestListener(passbook.app.fetch)).listen(0, '127.0.0.1')
await once(server, 'listening')
const address = server.address()
if (address === null || typeof address === 'string') throw new Error('no port was given')
const base = `http://127.0.0.1:${address.port}`
const browser = await launchBrowser()

interface Picture {
  readonly name: string
  readonly path: string
  readonly width: number
  readonly height: number
  readonly colorScheme: 'light' | 'dark'
}

const PICTURES: readonly Picture[] = [
  { name: 'account', path: '/accounts/till', width: 1200, height: 1080, colorScheme: 'light' },
  { name: 'past', path: '/accounts/till?version=5', width: 1200, height: 920, colorScheme: 'dark' },
  { name: 'accounts', path: '/', width: 1200, height: 420, colorScheme: 'light' },
  {
    name: 'statement',
    path: '/accounts/till/statements/2026-10',
    width: 1200,
    height: 640,
    colorScheme: 'light',
  },
  { name: 'narrow', path: '/accounts/till', width: 360, height: 900, colorScheme: 'dark' },
]

for (const { name, path, width, height, colorScheme } of PICTURES) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme })
  const page = await context.newPage()
  await page.goto(base + path)
  if (!path.includes('statements')) await page.getByText('Live', { exact: true }).waitFor()
  await page.screenshot({ path: `docs/${name}.png` })
  await context.close()
}

await browser.close()
await passbook.stop()
server.closeAllConnections()
server.close()
