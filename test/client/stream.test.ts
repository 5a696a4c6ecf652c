// The page's stream: read however it arrives, and opened again whatever ends it.

import { constants, deflateRawSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../support/browser.ts'
import { eventStreams, eventually, openSite } from './site.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

const WORDS = `{started: 'Connecting', retrying: 'Reconnecting', finished: 'Offline', 'retries-failed': 'Offline'}`

const body = (options = '') =>
  `<body data-signals='{"n":0,"_state":"","_error":""}'
    data-on:datastar-fetch="evt.detail.el === el && ($_state = evt.detail.type.startsWith('datastar-') ? 'Live' : ${WORDS}[evt.detail.type] ?? $_state)"
    data-init="@get('/stream', {retry: 'always', retryInterval: 20, retryMaxWait: 100, retryMaxCount: Infinity ${options}})">
    <p id="state" data-text="$_state"></p><p id="n" data-text="$n"></p>
    <button id="more" data-on:click="$n = $n + 1">More</button>
  </body>`

const live = async (options?: string) => {
  const streams = eventStreams()
  const site = await openSite(browser, body(options), { 'GET /stream': streams.answer })
  const visit = await site.open()
  return {
    site,
    streams,
    ...visit,
    stream: await streams.nth(1),
    n: eventually(() => visit.page.textContent('#n')),
    state: eventually(() => visit.page.textContent('#state')),
  }
}

const patch = (n: number | string) => `event: datastar-patch-signals\ndata: signals {"n":${n}}\n\n`

describe('a stream', () => {
  it('is announced as it starts to what listens before data-init', async () => {
    const { stream, n, state, announced, complaints } = await live()
    await state.toBe('Connecting')
    stream.signals({ n: 1 })
    await n.toBe('1')
    await state.toBe('Live')
    expect(await announced()).toEqual(['started', 'datastar-patch-signals'])
    expect(complaints).toEqual([])
  })

  it('is read whole, wherever it is split, with either line end, and without its comments', async () => {
    const streams = eventStreams()
    const site = await openSite(browser, body(), { 'GET /stream': streams.answer })
    const { page, complaints } = await site.open(`const whole = window.fetch
      window.fetch = async (...request) => {
        const response = await whole(...request)
        const bytes = new TransformStream({ transform: (chunk, out) => chunk.forEach((byte) => out.enqueue(Uint8Array.of(byte))) })
        return new Response(response.body.pipeThrough(bytes), response)
      }`)
    const stream = await streams.nth(1)
    stream.write(`: hello\r\n\r\n${patch('"één €"').replaceAll('\n', '\r\n')}`)
    await eventually(() => page.textContent('#n')).toBe('één €')
    stream.write(`:\n\n${patch(0)}${patch('"€ 2"')}`)
    await eventually(() => page.textContent('#n')).toBe('€ 2')
    stream.elements('<p id="n"\n\n  title="two lines">\nthree\n</p>')
    await eventually(() => page.textContent('#n')).toBe('\nthree\n')
    expect(await page.getAttribute('#n', 'title')).toBe('two lines')
    expect(complaints).toEqual([])
  })

  it('may be compressed: each frame arrives when it is sent, and an end without a trailer is an end', async () => {
    const header = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255)
    const frame = (text: string) => deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH })
    const streams = eventStreams()
    const site = await openSite(browser, body(), {
      'GET /stream': (res) => {
        if (streams.opened.length === 0) res.setHeader('Content-Encoding', 'gzip')
        streams.answer(res)
      },
    })
    const { page } = await site.open()
    const zipped = await streams.nth(1)
    zipped.write(header)
    for (const n of [1, 2]) {
      zipped.write(frame(patch(n)))
      await eventually(() => page.textContent('#n')).toBe(`${n}`)
    }
    zipped.end()
    const plain = await streams.nth(2)
    plain.signals({ n: 3 })
    await eventually(() => page.textContent('#n')).toBe('3')
    await eventually(() => page.textContent('#state')).toBe('Live')
  })

  it('survives a patch that cannot be applied', async () => {
    const { stream, n } = await live()
    stream.write('event: datastar-patch-signals\ndata: signals {"n":\n\n')
    stream.elements('<p>?</p>', 'selector ]', 'mode append')
    stream.signals({ n: 1 })
    await n.toBe('1')
  })
})

describe('a stream is opened again', () => {
  // An official build sends the first ones again; the page then looks again at what it shows.
  it.skipIf(process.env.DATASTAR_URL)('with the signals of then, after a network failure', async () => {
    const { page, site, stream, streams, n } = await live()
    stream.signals({ n: 1 })
    await n.toBe('1')
    await site.kill()
    await page.evaluate(`document.getElementById('more').click()`)
    await n.toBe('2')
    await site.listen()
    await streams.nth(2)
    expect(site.calls('GET /stream').map(({ signals }) => signals)).toEqual([{ n: 0 }, { n: 2 }])
  })

  it('after the server closed it', async () => {
    const { stream, streams, n, state, announced, complaints } = await live()
    stream.signals({ n: 1 })
    await n.toBe('1')
    stream.end()
    const second = await streams.nth(2)
    await state.toBe('Reconnecting')
    second.signals({ n: 2 })
    await n.toBe('2')
    await state.toBe('Live')
    expect(await announced()).toEqual([
      'started',
      'datastar-patch-signals',
      'retrying',
      'datastar-patch-signals',
    ])
    expect(complaints).toEqual([])
  })

  it('after its connection was cut', async () => {
    const { stream, streams, n } = await live()
    stream.signals({ n: 1 })
    await n.toBe('1')
    stream.cut()
    const second = await streams.nth(2)
    second.signals({ n: 2 })
    await n.toBe('2')
  })

  it('after the server died and came back on the same port', async () => {
    const { site, stream, streams, n, state, announced } = await live()
    stream.signals({ n: 1 })
    await n.toBe('1')
    await site.kill()
    await state.toBe('Reconnecting')
    const failures = async () => (await announced()).filter((type) => type === 'retrying').length
    await eventually(failures).toBeGreaterThan(3)
    await site.listen()
    const second = await streams.nth(2)
    second.signals({ n: 2 })
    await n.toBe('2')
    await state.toBe('Live')
  })

  it('after 503, as soon as the server can', async () => {
    const streams = eventStreams()
    let busy = 3
    const site = await openSite(browser, body(), {
      'GET /stream': (res) => (busy-- > 0 ? res.writeHead(503).end() : streams.answer(res)),
    })
    const { page, announced } = await site.open()
    const stream = await streams.nth(1)
    stream.signals({ n: 1 })
    await eventually(() => page.textContent('#n')).toBe('1')
    expect((await announced()).filter((type) => type === 'error')).toHaveLength(3)
  })

  it('after the time that the server named', async () => {
    const { stream, streams, n } = await live(', retryInterval: 3_600_000')
    stream.write('retry: 30\n\n')
    stream.signals({ n: 1 })
    await n.toBe('1')
    stream.end()
    const second = await streams.nth(2)
    second.signals({ n: 2 })
    await n.toBe('2')
  })

  it('ever later while it fails, and soon again once it was open', async () => {
    const streams = eventStreams()
    const site = await openSite(browser, body(', retryInterval: 40, retryMaxWait: 160'), {
      'GET /stream': streams.answer,
    })
    const { page } = await site.open(`window.waits = []
      const later = window.setTimeout
      window.setTimeout = (run, time, ...rest) => {
        if (time >= 30) window.waits.push(time)
        return later(run, time, ...rest)
      }`)
    const waits = async () => {
      const all = await page.evaluate<number[]>('window.waits')
      return all.map((time) => Math.round(time / 40))
    }
    await streams.nth(1)
    await site.kill()
    await eventually(async () => (await waits()).slice(0, 4)).toEqual([1, 2, 4, 4])
    await site.listen()
    const back = await streams.nth(2)
    const before = (await waits()).length
    back.end()
    await streams.nth(3)
    expect((await waits())[before]).toBe(1)
  })
})

describe('a hidden tab', () => {
  const hide = (
    hidden: boolean,
  ) => `Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${hidden} })
    document.dispatchEvent(new Event('visibilitychange'))`

  it('lets go of its stream in silence, and opens it at once when it is shown', async () => {
    const { page, stream, streams, n, announced, complaints } = await live(', retryInterval: 3_600_000')
    stream.signals({ n: 1 })
    await n.toBe('1')
    await page.evaluate(hide(true))
    await eventually(() => stream.closed()).toBe(true)
    await page.evaluate(hide(false))
    const second = await streams.nth(2)
    second.signals({ n: 2 })
    await n.toBe('2')
    expect(await announced()).toEqual(['started', 'datastar-patch-signals', 'datastar-patch-signals'])
    expect(complaints).toEqual([])
  })

  it('is back at once even when it was hidden for no time at all', async () => {
    const { page, streams, announced } = await live(', retryInterval: 3_600_000')
    await page.evaluate(`${hide(true)}; ${hide(false)}`)
    await streams.nth(2)
    expect(await announced()).toEqual(['started'])
  })

  it('sends, when it is shown, the signals as they are then', async () => {
    const { page, site, stream, streams } = await live()
    stream.signals({ n: 7 })
    await eventually(() => page.textContent('#n')).toBe('7')
    await page.evaluate(hide(true))
    await page.evaluate(hide(false))
    await streams.nth(2)
    expect(site.calls('GET /stream').map(({ signals }) => signals)).toEqual([{ n: 0 }, { n: 7 }])
  })

  it('keeps a stream that asks for it', async () => {
    const { page, stream, n, streams } = await live(', openWhenHidden: true')
    await page.evaluate(hide(true))
    stream.signals({ n: 1 })
    await n.toBe('1')
    expect(streams.opened).toHaveLength(1)
  })
})
