// The attributes of 1.0, in the page and in what a stream brings.

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../support/browser.ts'
import { eventStreams, eventually, noContent, openSite } from './site.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

describe('attributes of the page', () => {
  it('bind, compute and listen, under a CSP that lets in nothing foreign', async () => {
    const site = await openSite(
      browser,
      `<body data-signals='{"amount":"10","_error":""}'>
        <input id="amount" data-bind:amount>
        <output id="double" data-text="$amount * 2"></output>
        <button id="send" data-attr:data-size="$amount > 99 ? 'large' : 'small'"
          data-on:click="$_error = 'Too much'; $amount = '1'">Send</button>
        <p id="error" data-text="$_error"></p>
      </body>`,
    )
    const { page, complaints } = await site.open()
    await eventually(() => page.inputValue('#amount')).toBe('10')
    await eventually(() => page.textContent('#double')).toBe('20')

    await page.fill('#amount', '150')
    await eventually(() => page.textContent('#double')).toBe('300')
    expect(await page.getAttribute('#send', 'data-size')).toBe('large')
    await page.fill('#amount', '5')
    await eventually(() => page.getAttribute('#send', 'data-size')).toBe('small')

    await page.click('#send')
    await eventually(() => page.textContent('#error')).toBe('Too much')
    expect(await page.inputValue('#amount')).toBe('1')
    expect(complaints).toEqual([])
  })

  it('take modifiers, and know el and evt', async () => {
    const site = await openSite(
      browser,
      `<body data-signals='{"told":""}'>
        <a id="link" href="/elsewhere" data-on:click__prevent="$told = el.id + ' ' + evt.type">Go</a>
        <p id="told" data-text="$told"></p>
      </body>`,
    )
    const { page, complaints } = await site.open()
    await page.click('#link')
    await eventually(() => page.textContent('#told')).toBe('link click')
    expect(page.url()).toMatch(/\/$/)
    expect(complaints).toEqual([])
  })

  it('may use a signal before it is made, and leave strings that look like signals alone', async () => {
    const site = await openSite(
      browser,
      `<body>
        <p id="early" data-text="$later + '!'"></p>
        <p id="price" data-text="'$later costs $5'"></p>
        <button id="make" data-on:click="$later = 'made'">Make</button>
      </body>`,
    )
    const { page, complaints } = await site.open()
    await eventually(() => page.textContent('#price')).toBe('$later costs $5')
    expect(await page.textContent('#early')).toBe('!')
    await page.click('#make')
    await eventually(() => page.textContent('#early')).toBe('made!')
    expect(complaints).toEqual([])
  })

  it('name signals as 1.0 does, and keep those that start with an underscore in the browser', async () => {
    const site = await openSite(
      browser,
      `<body data-signals='{"tabId":"t1","_error":"none"}'>
        <input id="amount" data-bind:amount value="7">
        <input id="name" data-bind:first-name value="Ada">
        <input id="draft" data-bind:_draft value="secret">
        <button id="send" data-on:click="@post('/send')">Send</button>
      </body>`,
      { 'POST /send': noContent },
    )
    const { page, complaints } = await site.open()
    await page.click('#send')
    await eventually(() => site.calls('POST /send').map(({ signals }) => signals)).toEqual([
      { tabId: 't1', amount: '7', firstName: 'Ada' },
    ])
    expect(complaints).toEqual([])
  })
})

describe('attributes in a fragment', () => {
  const withStream = async (rest: string) => {
    const streams = eventStreams()
    const site = await openSite(
      browser,
      `<body data-signals='{"clicks":0}' data-init="@get('/stream', {retry: 'always'})">${rest}</body>`,
      { 'GET /stream': streams.answer },
    )
    return { ...(await site.open()), stream: await streams.nth(1) }
  }

  it('work after a morph', async () => {
    const { page, stream, complaints } = await withStream('<div id="panel">Nothing yet</div>')
    stream.elements(`<div id="panel">
      <button id="count" data-on:click__prevent="$clicks++">Count</button>
      <output id="clicks" data-text="$clicks"></output>
    </div>`)
    await page.click('#count')
    await eventually(() => page.textContent('#clicks')).toBe('1')
    expect(complaints).toEqual([])
  })

  it('work each time that an element with the same id takes the place of another', async () => {
    const { page, stream, complaints } = await withStream('<div id="panel">Nothing yet</div>')
    for (const turn of [1, 2, 3]) {
      stream.elements(
        `<div id="panel"><p id="turn">${turn}</p><button id="count" data-on:click="$clicks++">Count</button>
          <output id="clicks" data-text="$clicks"></output></div>`,
        'mode replace',
      )
      await eventually(() => page.textContent('#turn')).toBe(`${turn}`)
      await eventually(() => page.textContent('#clicks')).toBe(`${turn - 1}`)
      await page.click('#count')
      await eventually(() => page.textContent('#clicks')).toBe(`${turn}`)
    }
    expect(complaints).toEqual([])
  })

  it('follow an expression that changes, and changes back', async () => {
    const { page, stream, complaints } = await withStream(
      `<button id="count" data-on:click="$clicks += 1">Count</button><p id="clicks" data-text="$clicks"></p>`,
    )
    const patched = async (step: number, total: string) => {
      stream.elements(`<button id="count" data-on:click="$clicks += ${step}">By ${step}</button>`)
      await eventually(() => page.textContent('#count')).toBe(`By ${step}`)
      await page.click('#count')
      await eventually(() => page.textContent('#clicks')).toBe(total)
    }
    await patched(10, '10')
    await patched(1, '11')
    await patched(10, '21')
    expect(complaints).toEqual([])
  })
})
