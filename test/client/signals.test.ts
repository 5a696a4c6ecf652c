// datastar-patch-signals: a JSON merge patch (RFC 7386).

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launchBrowser } from '../support/browser.ts'
import { eventStreams, eventually, noContent, openSite } from './site.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

/** `known` asks the page what it would send. */
const live = async (signals: object, rest = '') => {
  const streams = eventStreams()
  const site = await openSite(
    browser,
    `<body data-signals='${JSON.stringify(signals)}' data-init="@get('/stream', {retry: 'always'})">
      <button id="tell" data-on:click="@post('/tell')">Tell</button>
      <p id="beat" data-text="$_beat"></p>${rest}</body>`,
    { 'GET /stream': streams.answer, 'POST /tell': noContent },
  )
  const visit = await site.open()
  const stream = await streams.nth(1)
  let asked = 0
  const known = async () => {
    asked += 1
    stream.signals({ _beat: asked })
    await eventually(() => visit.page.textContent('#beat')).toBe(`${asked}`)
    await visit.page.click('#tell')
    await eventually(() => site.calls('POST /tell').length).toBe(asked)
    return site.calls('POST /tell').at(-1)?.signals
  }
  return { ...visit, stream, known }
}

it('sets signals, and what shows them', async () => {
  const { page, stream, known, complaints } = await live(
    { error: 'None' },
    '<p id="error" data-text="$error"></p>',
  )
  await eventually(() => page.textContent('#error')).toBe('None')
  stream.signals({ error: 'Insufficient funds', attempts: 3 })
  await eventually(() => page.textContent('#error')).toBe('Insufficient funds')
  expect(await known()).toEqual({ error: 'Insufficient funds', attempts: 3 })
  expect(complaints).toEqual([])
})

it('sets what one patch brings as one change', async () => {
  const { page, stream, known } = await live(
    { a: 1, b: 1 },
    '<p id="effect" data-effect="(window.seen ??= []).push($a + $b)"></p>',
  )
  stream.signals({ a: 2, b: 2 })
  await known()
  expect(await page.evaluate('window.seen')).toEqual([2, 4])
})

it('removes a signal by null', async () => {
  const { stream, known, complaints } = await live({ kept: 1, dropped: 2 })
  stream.signals({ dropped: null, never: null })
  expect(await known()).toEqual({ kept: 1 })
  stream.signals({ dropped: 3 })
  expect(await known()).toEqual({ kept: 1, dropped: 3 })
  expect(complaints).toEqual([])
})

it('merges what is nested', async () => {
  const { stream, known, complaints } = await live({ filter: { from: 1, to: 9 } })
  stream.signals({ filter: { to: null, kind: 'in' } })
  expect(await known()).toEqual({ filter: { from: 1, kind: 'in' } })
  expect(complaints).toEqual([])
})

it('with onlyIfMissing leaves a signal that is there', async () => {
  const { stream, known, complaints } = await live({ amount: '10' })
  stream.signals({ amount: '99', added: 1 }, 'onlyIfMissing true')
  expect(await known()).toEqual({ amount: '10', added: 1 })
  expect(complaints).toEqual([])
})
