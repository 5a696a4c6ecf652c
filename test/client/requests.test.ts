// @get and @post: what is sent, how often, and what the page hears of it.

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../support/browser.ts'
import { type Answer, eventStreams, eventually, noContent, openSite } from './site.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

const KEY = `{'Idempotency-Key': crypto.getRandomValues(new Uint32Array(4)).join('-')}`

const button = (options = '{}') =>
  `<body data-signals='{"amount":"10","_error":""}'>
    <button id="send" data-on:click="@post('/send', ${options})">Send</button>
  </body>`

const onClick = async (options: string, answer: Answer) => {
  const site = await openSite(browser, button(options), { 'POST /send': answer })
  const visit = await site.open()
  return { site, ...visit, sent: () => site.calls('POST /send') }
}

describe('a request', () => {
  it('by POST carries the signals as JSON, and says that Datastar made it', async () => {
    const { page, sent, complaints } = await onClick(`{headers: {'X-Tab': 't1'}}`, noContent)
    await page.click('#send')
    await eventually(() => sent().length).toBe(1)
    const [call] = sent()
    expect(call?.signals).toEqual({ amount: '10' })
    expect(call?.headers).toMatchObject({
      'datastar-request': 'true',
      'content-type': 'application/json',
      'x-tab': 't1',
    })
    expect(call?.headers.accept).toContain('text/event-stream')
    expect(complaints).toEqual([])
  })

  it('by GET carries the signals in the query, after what the URL already asks', async () => {
    const streams = eventStreams()
    const site = await openSite(
      browser,
      `<body data-signals='{"tab":"t 1","_local":1}' data-init="@get('/stream?from=2')"></body>`,
      { 'GET /stream': streams.answer },
    )
    await site.open()
    await streams.nth(1)
    const [call] = site.calls('GET /stream')
    expect(call?.signals).toEqual({ tab: 't 1' })
    expect(call?.headers['datastar-request']).toBe('true')
    expect(call?.headers['content-type']).toBeUndefined()
  })

  it('is answered by 204 once and for all', async () => {
    const { page, sent, announced, complaints } = await onClick('{retryInterval: 1}', noContent)
    await page.click('#send')
    await eventually(announced).toEqual(['started', 'finished'])
    await page.click('#send')
    await eventually(announced).toEqual(['started', 'finished', 'started', 'finished'])
    expect(sent()).toHaveLength(2)
    expect(complaints).toEqual([])
  })

  it('is answered by a stream, too', async () => {
    const streams = eventStreams()
    const { page, announced, complaints } = await onClick('{}', streams.answer)
    await page.click('#send')
    const stream = await streams.nth(1)
    stream.elements('<p id="done">Done</p>', 'selector #send', 'mode after')
    stream.end()
    await eventually(() => page.textContent('#done')).toBe('Done')
    await eventually(announced).toEqual(['started', 'datastar-patch-elements', 'finished'])
    expect(complaints).toEqual([])
  })

  it('that is refused says so, and is not sent again', async () => {
    const { page, sent, announced } = await onClick('{retryInterval: 1}', (res) => res.writeHead(422).end())
    await page.click('#send')
    await eventually(announced).toEqual(['started', 'error', 'finished'])
    expect(sent()).toHaveLength(1)
  })

  it('with retry: error is sent again until it is accepted', async () => {
    let refusals = 2
    const { page, sent, announced } = await onClick(`{retry: 'error', retryInterval: 1}`, (res) =>
      res.writeHead(refusals-- > 0 ? 503 : 204).end(),
    )
    await page.click('#send')
    await eventually(announced).toEqual(['started', 'error', 'retrying', 'error', 'retrying', 'finished'])
    expect(sent()).toHaveLength(3)
  })

  it('tells the element that made it from others', async () => {
    const site = await openSite(
      browser,
      `<body data-signals='{"mine":"","all":""}'>
        <button id="one" data-on:datastar-fetch="evt.detail.el === el && ($mine += evt.detail.type + ' ')"
          data-on:click="@post('/one')">One</button>
        <button id="two" data-on:click="@post('/two')">Two</button>
        <p id="mine" data-text="$mine"></p>
        <p id="all" data-on:datastar-fetch="$all += evt.detail.type + ' '" data-text="$all"></p>
      </body>`,
      { 'POST /one': noContent, 'POST /two': noContent },
    )
    const { page, complaints } = await site.open()
    await page.click('#two')
    await eventually(() => page.textContent('#all')).toBe('started finished ')
    await page.click('#one')
    await eventually(() => page.textContent('#all')).toBe('started finished started finished ')
    expect(await page.textContent('#mine')).toBe('started finished ')
    expect(complaints).toEqual([])
  })
})

describe('quick clicks', () => {
  it('are each sent, with requestCancellation: disabled, and each with a key of its own', async () => {
    const { page, sent, complaints } = await onClick(
      `{requestCancellation: 'disabled', headers: ${KEY}}`,
      noContent,
    )
    await page.evaluate(`for (let i = 0; i < 5; i++) document.getElementById('send').click()`)
    await eventually(() => sent().length).toBe(5)
    const keys = sent().map(({ headers }) => headers['idempotency-key'])
    expect(new Set(keys).size).toBe(5)
    expect(keys[0]).toMatch(/^\d+(-\d+){3}$/)
    expect(complaints).toEqual([])
  })

  it('by default cancel the earlier request', async () => {
    let aborted = 0
    const { page, sent, announced, complaints } = await onClick('{}', (res) => {
      if (sent().length === 2) noContent(res, { headers: {}, signals: undefined })
      else res.on('close', () => (aborted += 1))
    })
    await page.click('#send')
    await eventually(() => sent().length).toBe(1)
    await page.click('#send')
    await eventually(() => aborted).toBe(1)
    await eventually(announced).toEqual(['started', 'started', 'finished', 'finished'])
    expect(sent()).toHaveLength(2)
    expect(complaints).toEqual([])
  })
})

describe('a POST whose connection is cut', () => {
  it('is sent again with the same key and the same body', async () => {
    let cuts = 2
    const { page, sent, announced } = await onClick(`{retryInterval: 1, headers: ${KEY}}`, (res) => {
      if (cuts-- > 0) res.destroy()
      else res.writeHead(204).end()
    })
    await page.click('#send')
    await eventually(announced).toContain('finished')
    const keys = sent().map(({ headers }) => headers['idempotency-key'])
    expect(keys.length).toBeGreaterThanOrEqual(3)
    expect(new Set(keys).size).toBe(1)
    expect(sent().map(({ signals }) => signals)).toEqual(keys.map(() => ({ amount: '10' })))
    await page.click('#send')
    await eventually(() => new Set(sent().map(({ headers }) => headers['idempotency-key'])).size).toBe(2)
  })

  it('is given up after retryMaxCount failures, aloud', async () => {
    const { page, announced } = await onClick('{retryInterval: 1, retryMaxCount: 2}', (res) => res.destroy())
    await page.click('#send')
    await eventually(announced).toEqual(['started', 'retrying', 'retrying', 'retries-failed', 'finished'])
  })
})
