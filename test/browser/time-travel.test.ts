import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import {
  button,
  expectBalance,
  expectLive,
  expectPast,
  expectSince,
  expectStream,
  focused,
  rows,
  slider,
} from '../support/page.ts'
import { freePort, startServer, stopServers } from '../support/server.ts'
import { send } from '../support/tab.ts'
import { it } from './browsing.ts'

describe('the slider', () => {
  it('is dragged through the past and back to the end, which is live', async ({ open, addAccount }) => {
    const { page, complaints } = await open(await addAccount('Ada Byron'))
    const box = await slider(page).boundingBox()
    if (!box) throw new Error('the slider is not there')
    const middle = box.y + box.height / 2
    await page.mouse.move(box.x + box.width - 8, middle)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.9, middle, { steps: 4 })
    await page.mouse.move(box.x + box.width / 3, middle, { steps: 8 })
    await expectPast(page, 1, '$1,000.00')
    await page.mouse.move(box.x + 1, middle, { steps: 4 })
    await expectPast(page, 0, '$0.00')
    await page.mouse.move(box.x + box.width, middle, { steps: 8 })
    await page.mouse.up()
    await expectLive(page, '$1,300.00')
    expect(complaints).toEqual([])
  })

  it('goes by the arrow keys, one event each', async ({ open, addAccount }) => {
    const { page } = await open(await addAccount('Ada Byron'))
    await slider(page).focus()
    await page.keyboard.press('ArrowLeft')
    await expectPast(page, 2, '$1,500.00')
    await page.keyboard.press('ArrowLeft')
    await expectPast(page, 1, '$1,000.00')
    await page.keyboard.press('ArrowRight')
    await expectPast(page, 2, '$1,500.00')
    await page.keyboard.press('End')
    await expectLive(page, '$1,300.00')
  })

  it('says in words where it stands', async ({ open, addAccount }) => {
    const { page } = await open(await addAccount('Ada Byron'))
    expect(await slider(page).getAttribute('aria-valuetext')).toBe('event 3 of 3, live')
    await button(page, 'One event back').click()
    await expectPast(page, 2, '$1,500.00')
    expect(await slider(page).getAttribute('aria-valuetext')).toBe('event 2 of 3')
  })

  it('reaches as far as the log, live and in the past', async ({ open, addAccount }) => {
    const account = await addAccount('Ada Byron')
    const [past, live] = [(await open(`${account}?version=2`)).page, (await open(account)).page]
    for (const [newest, balance] of [
      ['4', '$1,301.00'],
      ['5', '$1,302.00'],
    ] as const) {
      await send(account, 'deposit', { amount: '1' })
      for (const page of [past, live]) {
        await expect.poll(() => slider(page).getAttribute('max')).toBe(newest)
      }
      await expectPast(past, 2, '$1,500.00')
      await expectLive(live, balance)
    }
    expect(await slider(past).getAttribute('aria-valuetext')).toBe('event 2 of 5')
  })
})

describe('the controls', () => {
  it('step back and forward, to the first event and to the newest, and back to live', async ({
    open,
    addAccount,
  }) => {
    const { page } = await open(await addAccount('Ada Byron'))
    const [back, forward] = [button(page, 'One event back'), button(page, 'One event forward')]
    await back.click()
    await expectPast(page, 2, '$1,500.00')
    for (let i = 0; i < 4; i++) await back.click()
    await expectPast(page, 0, '$0.00')
    await forward.click()
    await expectPast(page, 1, '$1,000.00')
    await page.getByRole('link', { name: 'Back to live' }).click()
    await expectLive(page, '$1,300.00')
    await back.click()
    await forward.click()
    await expectLive(page, '$1,300.00')
  })

  it('go one event forward from where one is, however much has happened since', async ({
    open,
    addAccount,
  }) => {
    const account = await addAccount('Ada Byron')
    const { page } = await open(account)
    await button(page, 'One event back').click()
    await expectPast(page, 2, '$1,500.00')
    for (let i = 0; i < 5; i++) await send(account, 'deposit', { amount: '1' })
    await expectSince(page, '6 new events since')
    await button(page, 'One event forward').click()
    await expectPast(page, 3, '$1,300.00')
    await expectSince(page, '5 new events since')
  })

  it('leave the focus on the slider, where what goes back to live is no more', async ({
    open,
    addAccount,
  }) => {
    const { page } = await open(await addAccount('Ada Byron'))
    await button(page, 'One event back').click()
    await page.getByRole('link', { name: 'Back to live' }).press('Enter')
    await expectLive(page, '$1,300.00')
    expect(await focused(page)).toBe('slider')
    await page.keyboard.press('ArrowLeft')
    await expectPast(page, 2, '$1,500.00')
  })

  it('play from the beginning at the speed that is chosen, and pause', async ({ open, addAccount }) => {
    const account = await addAccount('Ada Byron')
    for (let i = 0; i < 57; i++) await send(account, 'deposit', { amount: '1' })
    const { page } = await open(account)
    await page.evaluate(() => {
      const asked: string[] = []
      const replace = history.replaceState.bind(history)
      history.replaceState = (state, unused, url) => {
        asked.push(new URL(String(url)).searchParams.get('version') ?? 'live')
        replace(state, unused, url)
      }
      Object.assign(window, { asked })
    })
    const asked = () => page.evaluate(() => (window as Window & { asked?: string[] }).asked ?? [])
    await page.getByLabel('Speed').selectOption('4/s')
    await button(page, 'Play').click()
    await expect.poll(async () => (await asked()).slice(0, 3), { timeout: 5_000 }).toEqual(['0', '1', '2'])
    await button(page, 'Pause').click()
    const paused = Number(await slider(page).inputValue())
    await expect.poll(() => page.locator('#heading strong').textContent()).toBe(`As of #${paused}`)

    await page.getByLabel('Speed').selectOption('100/s')
    await button(page, 'Play').click()
    await expectLive(page, '$1,357.00')
    const quick = [paused + 25, paused + 50].filter((version) => version < 60).map(String)
    expect((await asked()).slice(paused + 1)).toEqual([...quick, 'live'])
    expect(await button(page, 'Play').count()).toBe(1)
  })

  it('go to a date and time', async ({ open, addAccount }) => {
    const { page } = await open(await addAccount('Ada Byron'))
    await page.locator('#at').fill('2025-03-20')
    await page.locator('#at-time').fill('00:00')
    await button(page, 'Look').click()
    await expectPast(page, 2, '$1,500.00')
    expect(new URL(page.url()).search).toBe('?version=2')

    await page.locator('#at').fill('2025-01-01')
    await button(page, 'Look').click()
    await expect.poll(() => page.locator('#heading').textContent()).toContain('before the first event')
    await expectBalance(page, '$0.00')
  })
})

describe('the past', () => {
  it('is unmistakable, shows the log as it was, and takes no commands', async ({ open, addAccount }) => {
    const { page, requests } = await open(`${await addAccount('Ada Byron')}?version=2`)
    await expectPast(page, 2, '$1,500.00')
    expect(await page.title()).toBe('Ada Byron as of #2 - Passbook')
    expect(await page.getByRole('heading', { name: 'Balance as of #2' }).count()).toBe(1)
    expect(await page.locator('#heading').textContent()).toContain('one new event since')
    expect(await page.locator('tr[aria-current=true]').getAttribute('id')).toBe('event-2')
    const enabled = page.locator(
      '#commands button:enabled, #commands input:enabled, #standing button:enabled',
    )
    expect(await enabled.count()).toBe(0)
    await page.keyboard.press('t')
    expect(await page.locator('dialog[open]').count()).toBe(0)
    expect(requests.filter((url) => /\/(deposit|payees)$/.test(url))).toEqual([])
  })

  it('stays while others go on, which only raises the counter; their tabs stay live', async ({
    open,
    addAccount,
  }) => {
    const account = await addAccount('Ada Byron')
    const [past, live] = [(await open(account)).page, (await open(account)).page]
    await button(past, 'One event back').click()
    await expectPast(past, 2, '$1,500.00')
    const shown = await rows(past).allTextContents()

    await send(account, 'deposit', { amount: '1' })
    await expectSince(past, '2 new events since')
    await expectLive(live, '$1,301.00')
    await send(account, 'deposit', { amount: '1' })
    await expectSince(past, '3 new events since')
    await expectPast(past, 2, '$1,500.00')
    expect(await rows(past).allTextContents()).toEqual(shown)

    await past.getByRole('link', { name: 'Back to live' }).click()
    await expectLive(past, '$1,302.00')
    expect(await slider(past).getAttribute('max')).toBe('5')
    await send(account, 'deposit', { amount: '1' })
    await expectLive(past, '$1,303.00')
  })

  it('is in the address: a reload shows the same, and no step is one for the Back button', async ({
    open,
    addAccount,
  }) => {
    const account = await addAccount('Ada Byron')
    const { page } = await open(`${account}?search=r`)
    await button(page, 'One event back').click()
    await expect.poll(() => new URL(page.url()).search).toBe('?search=r&version=2')
    await page.reload()
    await expectStream(page, 'Live')
    await expectPast(page, 2, '$1,500.00')
    expect(await page.evaluate(() => history.length)).toBeLessThan(4)
  })

  it('stays in the address as the time that it was opened with, until one moves', async ({
    open,
    addAccount,
  }) => {
    const account = await addAccount('Ada Byron')
    const { page } = await open(`${account}?at=2025-03-20`)
    const search = () => new URL(page.url()).search
    await expect.poll(() => page.locator('#heading strong').textContent()).toBe('As of #2')
    await send(account, 'deposit', { amount: '1' })
    await expectSince(page, '2 new events since')
    expect(search()).toBe('?at=2025-03-20')
    await button(page, 'One event back').click()
    await expectPast(page, 1, '$1,000.00')
    expect(search()).toBe('?version=1')
  })

  it('is still shown when the server was killed and is back; live again shows everything', async ({
    open,
    onTestFinished,
  }) => {
    const folder = await mkdtemp(join(tmpdir(), 'passbook-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    onTestFinished(stopServers)
    const env = { PORT: await freePort(), PASSBOOK_STORE: `sqlite:${join(folder, 'log.db')}` }
    const first = await startServer('src/main.ts', env)
    const account = `${first.url}/accounts/shared`
    const { page } = await open(account)
    await button(page, 'One event back').click()
    await expectPast(page, 2, '$1,500.00')

    await first.stop('SIGKILL')
    await expectStream(page, 'Reconnecting...')
    await startServer('src/main.ts', env)
    await send(account, 'deposit', { amount: '1' })
    await expectStream(page, 'Live')
    await expectSince(page, '2 new events since')
    await expectPast(page, 2, '$1,500.00')
    await page.getByRole('link', { name: 'Back to live' }).click()
    await expectLive(page, '$1,301.00')
    expect(await rows(page).count()).toBe(4)
  })
})
