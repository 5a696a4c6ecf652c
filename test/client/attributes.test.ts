// What an attribute of 1.0 does with its expression, and when.

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../support/browser.ts'
import { eventStreams, eventually, noContent, openSite } from './site.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

const opened = async (body: string, script?: string) => (await openSite(browser, body)).open(script)

/** Expressions write here what a test looks at, past the signals. */
const NOTED = 'window.noted = []'
const noted = (page: Page) => page.evaluate('window.noted')

describe('data-effect', () => {
  it('runs at once, and again when a signal that it read has changed', async () => {
    const { page, complaints } = await opened(
      `<body data-signals='{"a":1,"b":1}'>
        <p id="effect" data-effect="window.noted.push($a)"></p>
        <button id="a" data-on:click="$a++">a</button><button id="b" data-on:click="$b++">b</button>
      </body>`,
      NOTED,
    )
    await eventually(() => noted(page)).toEqual([1])
    await page.click('#b')
    await page.click('#a')
    expect(await noted(page)).toEqual([1, 2])
    expect(complaints).toEqual([])
  })

  it('takes what one expression sets for one change', async () => {
    const { page } = await opened(
      `<body data-signals='{"a":1,"b":1}'>
        <p id="effect" data-effect="window.noted.push($a + $b)"></p>
        <button id="both" data-on:click="$a = 2; $b = 2">Both</button>
      </body>`,
      NOTED,
    )
    await page.click('#both')
    expect(await noted(page)).toEqual([2, 4])
  })

  it('goes where a signal says', async () => {
    const streams = eventStreams()
    const site = await openSite(
      browser,
      `<body data-signals='{"_goto":""}' data-init="@get('/stream', {retry: 'always'})"
        data-effect="$_goto && location.assign($_goto)"></body>`,
      { 'GET /stream': streams.answer },
    )
    const { page, complaints } = await site.open()
    const stream = await streams.nth(1)
    stream.signals({ _goto: '#there' })
    await eventually(() => page.url()).toMatch(/\/#there$/)
    expect(complaints).toEqual([])
  })

  it('is not run again by the signals that its request sends', async () => {
    const site = await openSite(
      browser,
      `<body data-signals='{"a":1,"b":1}'>
        <p id="effect" data-effect="$a && @post('/note', {requestCancellation: 'disabled'})"></p>
        <button id="a" data-on:click="$a++">a</button><button id="b" data-on:click="$b++">b</button>
      </body>`,
      { 'POST /note': noContent },
    )
    const { page } = await site.open()
    await page.click('#b')
    await page.click('#a')
    await eventually(() => site.calls('POST /note').map(({ signals }) => signals)).toContainEqual({
      a: 2,
      b: 2,
    })
    expect(site.calls('POST /note')).toHaveLength(2)
  })

  it('ends with the part of the page that it is in', async () => {
    const { page } = await opened(
      `<body data-signals='{"a":1}'>
        <div id="part"><p id="effect" data-effect="window.noted.push($a)"></p></div>
        <button id="a" data-on:click="$a++">a</button>
      </body>`,
      NOTED,
    )
    await page.evaluate(`document.getElementById('part').remove()`)
    await page.click('#a')
    expect(await noted(page)).toEqual([1])
  })
})

describe('data-on-interval', () => {
  const CLOCK = `${NOTED}
    const running = new Map()
    window.setInterval = (run, time) => { running.set(running.size + 1, { run, time }); return running.size }
    window.clearInterval = (number) => running.delete(number)
    window.times = () => [...running.values()].map(({ time }) => time)
    window.tick = () => running.forEach(({ run }) => run())`

  it('runs each time that its duration has passed, until its element is gone', async () => {
    const { page, complaints } = await opened(
      `<body data-signals='{"n":1}'>
        <div id="part"><p id="clock" data-on-interval__duration.500ms="$n < 9 && window.noted.push($n++)"></p></div>
      </body>`,
      CLOCK,
    )
    await eventually(() => page.evaluate('window.times()')).toEqual([500])
    await page.evaluate('window.tick()')
    await page.evaluate('window.tick()')
    expect(await noted(page)).toEqual([1, 2])
    await page.evaluate(`document.getElementById('part').remove()`)
    expect(await page.evaluate('window.times()')).toEqual([])
    expect(complaints).toEqual([])
  })
})

describe('data-attr', () => {
  it.each([
    ['true', ''],
    ['false', null],
    ['null', null],
    [`''`, ''],
    [`'false'`, 'false'],
    ['0', '0'],
  ])('makes of %s the attribute %j', async (value, attribute) => {
    const { page, complaints } = await opened(
      `<body><button id="go" aria-busy="?" data-attr:aria-busy="${value}">Go</button></body>`,
    )
    await eventually(() => page.getAttribute('#go', 'aria-busy')).toBe(attribute)
    expect(complaints).toEqual([])
  })

  it('follows its signals', async () => {
    const { page } = await opened(
      `<body data-signals='{"_busy":false}'>
        <button id="go" data-on:click="$_busy = true" data-attr:disabled="$_busy">Go</button>
      </body>`,
    )
    expect(await page.isEnabled('#go')).toBe(true)
    await page.click('#go')
    expect(await page.isEnabled('#go')).toBe(false)
  })
})

it('data-show shows and hides', async () => {
  const { page, complaints } = await opened(
    `<body data-signals='{"_open":false}'>
      <p id="more" data-show="$_open">More</p>
      <button id="toggle" data-on:click="$_open = !$_open">Toggle</button>
    </body>`,
  )
  const visible = eventually(() => page.isVisible('#more'))
  await visible.toBe(false)
  await page.click('#toggle')
  await visible.toBe(true)
  await page.click('#toggle')
  await visible.toBe(false)
  expect(complaints).toEqual([])
})

it('data-class gives and takes one class', async () => {
  const { page, complaints } = await opened(
    `<body data-signals='{"version":"","_far":true}'>
      <p id="page" class="calm" data-class:past="$version !== ''" data-class:far-away="$_far">Page</p>
      <button id="back" data-on:click="$version = 3; $_far = false">Back</button>
    </body>`,
  )
  const classes = eventually(() => page.getAttribute('#page', 'class'))
  await classes.toBe('calm far-away')
  await page.click('#back')
  await classes.toBe('calm past')
  expect(complaints).toEqual([])
})

describe('data-on', () => {
  it('with __window hears what happens anywhere', async () => {
    const { page, complaints } = await opened(
      `<body data-signals='{"_key":""}'>
        <div id="keys" data-on:keydown__window="!evt.target.closest('input') && ($_key = evt.key)"></div>
        <input id="memo"><p id="key" data-text="$_key"></p>
      </body>`,
    )
    await page.focus('#memo')
    await page.keyboard.press('a')
    await page.evaluate('document.activeElement.blur()')
    await page.keyboard.press('ArrowLeft')
    await eventually(() => page.textContent('#key')).toBe('ArrowLeft')
    await page.focus('#memo')
    await page.keyboard.press('b')
    expect(await page.textContent('#key')).toBe('ArrowLeft')
    expect(complaints).toEqual([])
  })

  it('keeps a form on its page', async () => {
    const { page } = await opened(
      `<body data-signals='{"_sent":0}'>
        <form id="form" action="/elsewhere" data-on:submit__prevent="$_sent++"><button id="send">Send</button></form>
        <p id="sent" data-text="$_sent"></p>
      </body>`,
    )
    await page.click('#send')
    await eventually(() => page.textContent('#sent')).toBe('1')
    expect(page.url()).toMatch(/\/$/)
  })

  it('hears events that do not bubble', async () => {
    const { page, complaints } = await opened(
      `<body data-signals='{"_told":""}'>
        <button id="open" data-on:click="document.getElementById('ask').showModal()">Open</button>
        <dialog id="ask" data-on:close="$_told = 'closed'"><button id="close" data-on:click="el.closest('dialog').close()">Close</button></dialog>
        <p id="told" data-text="$_told"></p>
      </body>`,
    )
    await page.click('#open')
    await page.click('#close')
    await eventually(() => page.textContent('#told')).toBe('closed')
    expect(complaints).toEqual([])
  })

  it.each([
    ['throttle.100ms', ['a 0', 'd 120', 'e 300']],
    ['throttle.100ms.trailing', ['a 0', 'c 100', 'd 120', 'e 300']],
    ['debounce.100ms', ['d 220', 'e 400']],
  ])('with __%s paces what comes quickly', async (pace, expected) => {
    const { page } = await opened(
      `<body><input id="memo" data-on:input__${pace}="window.noted.push(el.value + ' ' + Date.now() % 1000)"></body>`,
      NOTED,
    )
    await page.clock.install({ time: 0 })
    await page.clock.pauseAt(1000)
    for (const [value, quiet] of [
      ['a', 30],
      ['b', 30],
      ['c', 60],
      ['d', 180],
      ['e', 180],
    ] as const) {
      await page.fill('#memo', value)
      await page.clock.runFor(quiet)
    }
    expect(await noted(page)).toEqual(expected)
  })

  it('prevents at once what it answers late', async () => {
    const { page } = await opened(
      `<body><a id="link" href="/elsewhere" data-on:click__prevent__debounce.50ms="window.noted.push(1)">Go</a></body>`,
      NOTED,
    )
    await page.click('#link')
    await eventually(() => noted(page)).toEqual([1])
    expect(page.url()).toMatch(/\/$/)
  })

  it('tells each button of its own requests', async () => {
    const watch = `data-on:datastar-fetch="evt.detail.el === el && window.noted.push(el.id + ' ' + evt.detail.type)"`
    const site = await openSite(
      browser,
      `<body>
        <button id="good" ${watch} data-on:click="@post('/good')">Good</button>
        <button id="bad" ${watch} data-on:click="@post('/bad')">Bad</button>
        <button id="busy" ${watch}
          data-on:click="@post('/busy', {retry: 'error', retryInterval: 1, retryMaxCount: 1})">Busy</button>
      </body>`,
      {
        'POST /good': noContent,
        'POST /bad': (res) => res.writeHead(500).end(),
        'POST /busy': (res) => res.writeHead(503).end(),
      },
    )
    const { page } = await site.open(NOTED)
    for (const [id, types] of [
      ['good', ['started', 'finished']],
      ['bad', ['started', 'error', 'finished']],
      ['busy', ['started', 'error', 'retrying', 'error', 'retries-failed', 'finished']],
    ] as const) {
      await page.evaluate('window.noted.length = 0')
      await page.click(`#${id}`)
      await eventually(() => noted(page)).toEqual(types.map((type) => `${id} ${type}`))
    }
  })
})

describe('an expression', () => {
  it('may be a few statements of JavaScript', async () => {
    const { page, complaints } = await opened(
      `<body data-signals='{"a":2,"_told":""}'>
        <button id="go" data-on:click="
          let total = 0;
          const add = (n) => { total += n; return n < 9 && n > 1 };
          if (add($a) && $a < 3) $_told = \`a is \${$a}, total \${total}, none \${window.nothing?.at ?? '?'}\`;
        ">Go</button>
        <p id="told" data-text="$_told"></p>
      </body>`,
    )
    await page.click('#go')
    await eventually(() => page.textContent('#told')).toBe('a is 2, total 2, none ?')
    expect(complaints).toEqual([])
  })

  it('reads and writes signals from a function that runs later', async () => {
    const { page, complaints } = await opened(
      `<body data-signals='{"n":1,"_told":""}'>
        <button id="later" data-on:click="window.later = () => { $n = $n * 10; $_told = el.id + ' ' + evt.type }">Later</button>
        <button id="add" data-on:click="$n++">Add</button>
        <p id="n" data-text="$n"></p><p id="told" data-text="$_told"></p>
      </body>`,
    )
    await page.click('#later')
    await page.click('#add')
    await page.evaluate('void setTimeout(window.later)')
    await eventually(() => page.textContent('#n')).toBe('20')
    expect(await page.textContent('#told')).toBe('later click')
    expect(complaints).toEqual([])
  })
})
