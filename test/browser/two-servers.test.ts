import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { launchBrowser } from '../support/browser.ts'
import { expectBalance, expectError, expectStream, press, rows, visitLive } from '../support/page.ts'
import { freshDatabase } from '../support/postgres.ts'
import { type RunningServer, runToExit, startServer, stopServers } from '../support/server.ts'
import { send } from '../support/tab.ts'

let browser: Browser
let store: string
let servers: readonly [RunningServer, RunningServer]

beforeAll(async () => {
  browser = await launchBrowser()
})

afterAll(() => browser.close())

const start = () => startServer('src/main.ts', { PASSBOOK_STORE: store })

beforeEach(async () => {
  store = await freshDatabase()
  servers = await Promise.all([start(), start()])
})

afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()))
  await stopServers()
})

const visit = (url: string) => visitLive(browser, `${url}/accounts/shared`)

/** One address for both: a new connection goes to the first of them that answers. */
const oneAddress = async (): Promise<string> => {
  const proxy = createServer((socket) => {
    const [first, second] = servers.map(({ url }) => Number(new URL(url).port))
    const upstream = connect(Number(first), '127.0.0.1')
    const join = (server: typeof upstream) => {
      server.on('error', () => socket.destroy()).on('close', () => socket.destroy())
      socket.on('error', () => server.destroy()).on('close', () => server.destroy())
      socket.pipe(server).pipe(socket)
    }
    upstream.once('connect', () => join(upstream.removeAllListeners('error')))
    upstream.once('error', () => join(connect(Number(second), '127.0.0.1')))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void proxy.close())
  await once(proxy, 'listening')
  const address = proxy.address()
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return `http://127.0.0.1:${address.port}`
}

describe('two servers on one log', () => {
  it('start together and give it its first three events once', async () => {
    for (const { url } of servers) {
      const { page } = await visit(url)
      await expectBalance(page, '$1,300.00')
      expect(await rows(page).count()).toBe(3)
    }
  })

  it('show a deposit at one in the tabs of both', async () => {
    const [here, there] = await Promise.all(servers.map(({ url }) => visit(url)))
    if (!here || !there) throw new Error('two pages were to be open')
    await press(here.page, 'Deposit', '12.34')
    for (const { page } of [here, there]) await expectBalance(page, '$1,312.34')
    await press(there.page, 'Withdraw', '0.34')
    for (const { page } of [here, there]) await expectBalance(page, '$1,312.00')
  })

  it('never pay out more than there is, whoever asks where', async () => {
    const pages = await Promise.all(servers.map(({ url }) => visit(url)))
    const withdrawals = servers.flatMap(({ url }) =>
      Array.from({ length: 20 }, () => send(`${url}/accounts/shared`, 'withdraw', { amount: '100' })),
    )
    for (const { status } of await Promise.all(withdrawals)) expect(status).toBe(204)
    for (const { page } of pages) await expectBalance(page, '$0.00')

    for (const { page } of pages) {
      await press(page, 'Withdraw', '0.01')
      await expectError(page, 'Insufficient funds: the balance is $0.00.')
    }
    const { output } = await runToExit('src/main.ts', ['events', 'shared'], { PASSBOOK_STORE: store })
    expect(output.match(/withdrawn/g)).toHaveLength(1 + 13)
  })

  it('do without each other: one is killed, the other goes on', async () => {
    const [first, second] = servers
    const { page } = await visit(second.url)
    await first.stop('SIGKILL')
    await press(page, 'Deposit', '1')
    await expectBalance(page, '$1,301.00')
  })

  it('behind one address take over each other’s tabs', async () => {
    const { page } = await visit(await oneAddress())
    await press(page, 'Deposit', '1')
    await expectBalance(page, '$1,301.00')
    await page.evaluate(() => document.body.setAttribute('data-same-page', 'yes'))
    await servers[0].stop('SIGKILL')
    await press(page, 'Deposit', '1')
    await expectBalance(page, '$1,302.00')
    await expectStream(page, 'Live')
    await press(page, 'Withdraw', '5000')
    await expectError(page, 'Insufficient funds: the balance is $1,302.00.')
    expect(await page.locator('[data-same-page=yes]').count()).toBe(1)
  })
})
