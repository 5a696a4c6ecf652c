import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { servePassbook, type TestPassbook } from '../support/passbook.ts'
import { send } from '../support/tab.ts'

let passbook: TestPassbook

beforeAll(async () => {
  passbook = await servePassbook()
})

afterAll(() => passbook.close())

const deposit = (headers: Readonly<Record<string, string>>, signals: unknown = { amount: '5' }) =>
  send(passbook.account, 'deposit', signals, { headers })

/** Refused with this status and one line, and nothing was appended. */
const expectRefusal = async (request: Promise<Response>, status: number, reason: string) => {
  const before = await passbook.store.head()
  const response = await request
  expect(response.status).toBe(status)
  const text = await response.text()
  expect(text).toContain(reason)
  expect(text.trim().split('\n')).toHaveLength(1)
  expect(await passbook.store.head()).toBe(before)
}

describe('a request of another site', () => {
  it.each(['cross-site', 'same-site', 'none'])('is refused when the browser says %s', async (site) => {
    await expectRefusal(deposit({ 'Sec-Fetch-Site': site }), 403, 'another site')
  })

  it.each([
    'https://evil.example',
    'null',
    'http://127.0.0.1:1',
    'not a URL',
  ])('is refused by its origin %s where the browser says no more', async (origin) => {
    await expectRefusal(deposit({ Origin: origin }), 403, 'another site')
  })

  it('is not what the page itself sends, nor what a program sends', async () => {
    expect((await deposit({ 'Sec-Fetch-Site': 'same-origin' })).status).toBe(204)
    expect((await deposit({ Origin: passbook.url })).status).toBe(204)
    expect((await deposit({})).status).toBe(204)
  })
})

describe('a malformed command', () => {
  it('without the Datastar-Request header is refused', async () => {
    await expectRefusal(deposit({ 'Datastar-Request': '' }), 400, 'Datastar-Request')
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
  ])('of type %s is refused', async (type) => {
    await expectRefusal(deposit({ 'Content-Type': type }), 415, 'application/json')
  })

  it('of JSON with a charset is not malformed', async () => {
    expect((await deposit({ 'Content-Type': 'application/json; charset=utf-8' })).status).toBe(204)
  })

  it.each([
    ['nothing', ''],
    ['no JSON', '{"amount":'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a number', '5'],
    ['a text', '"5"'],
  ])('with %s for signals is refused', async (_, body) => {
    await expectRefusal(deposit({}, body), 400, 'Send the signals as one JSON object')
  })

  it.each(['', 'a b', '<script>', 'x'.repeat(65)])('with the tab id "%s" is refused', async (tab) => {
    await expectRefusal(deposit({}, { tab, amount: '5' }), 400, 'The signal "tab"')
  })

  it.each([
    ['version', 'x'],
    ['version', -1],
    ['version', 1.5],
    ['version', null],
    ['looks', '3'],
    ['looks', -1],
  ])('with %s of %j is refused', async (name, value) => {
    await expectRefusal(deposit({}, { [name]: value, amount: '5' }), 400, `The signal "${name}"`)
  })

  it.each(['', 'two words', 'x'.repeat(256)])('with the Idempotency-Key "%s" is refused', async (key) => {
    await expectRefusal(deposit({ 'Idempotency-Key': key }), 400, 'Idempotency-Key')
  })

  it('of more than 16 KB is refused, whether it says its length or not', async () => {
    const body = JSON.stringify({ amount: '5', padding: 'x'.repeat(16 * 1024) })
    await expectRefusal(deposit({}, body), 413, 'at most 16 KB')
    const chunked = fetch(`${passbook.account}/deposit`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Datastar-Request': 'true' },
      body: new Blob([body]).stream(),
      duplex: 'half',
    } as RequestInit)
    await expectRefusal(chunked, 413, 'at most 16 KB')
  })

  it('by GET is not found', async () => {
    expect((await fetch(`${passbook.account}/deposit`)).status).toBe(404)
  })
})

describe.each([
  ['opening an account', () => passbook.url, 'accounts'],
  ['looking at the past', () => passbook.account, 'look'],
  ['a transfer', () => passbook.account, 'transfer'],
  ['a reset', () => passbook.account, 'reset'],
])('%s, like any command,', (_, place, what) => {
  const post = (headers: Readonly<Record<string, string>>, signals: unknown = {}) =>
    send(place(), what, signals, { headers })

  it('is refused to a page of another site', async () => {
    await expectRefusal(post({ 'Sec-Fetch-Site': 'cross-site' }), 403, 'another site')
  })

  it('is refused without the header, the type, the size and the signals of a command', async () => {
    await expectRefusal(post({ 'Datastar-Request': '' }), 400, 'Datastar-Request')
    await expectRefusal(post({ 'Content-Type': 'text/plain' }), 415, 'application/json')
    await expectRefusal(post({}, { padding: 'x'.repeat(16 * 1024) }), 413, 'at most 16 KB')
    await expectRefusal(post({}, '[]'), 400, 'Send the signals as one JSON object')
  })
})

describe('the list of accounts', () => {
  it('has a stream that is refused to a page of another site', async () => {
    const headers = { 'Sec-Fetch-Site': 'cross-site' }
    const response = await fetch(`${passbook.url}/stream`, { headers })
    expect(response.status).toBe(403)
  })
})

describe('every answer', () => {
  it('lets the page load from this origin alone', async () => {
    const { headers } = await fetch(passbook.account)
    const policy = headers.get('Content-Security-Policy')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self' 'unsafe-eval';")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
    expect(headers.get('Referrer-Policy')).toBe('no-referrer')
  })

  it('is not taken for something else than it says it is, also one to a command', async () => {
    const refused = await fetch(`${passbook.url}/nothing%3Cb%3E`, { method: 'POST' })
    expect(refused.status).toBe(404)
    expect(refused.headers.get('Content-Type')).toContain('text/plain')
    expect(refused.headers.get('X-Content-Type-Options')).toBe('nosniff')
    const options = await fetch(`${passbook.url}/nothing`, {
      method: 'OPTIONS',
      headers: { Accept: 'text/html' },
    })
    expect(options.headers.get('Content-Type')).toContain('text/plain')
  })

  it('names the origin of an official client in the policy, and loads it from there', async () => {
    const official = await servePassbook({ datastarUrl: 'https://cdn.example/datastar@1.0.2/datastar.js' })
    const response = await fetch(official.account)
    expect(response.headers.get('Content-Security-Policy')).toContain(
      "script-src 'self' 'unsafe-eval' https://cdn.example;",
    )
    expect(await response.text()).toContain('src="https://cdn.example/datastar@1.0.2/datastar.js"')
    await official.close()
  })

  it('gives the page files whose names hold their hash, to be kept for ever', async () => {
    const html = await (await fetch(passbook.account)).text()
    const paths = html.match(/\/assets\/[\w-]+-[0-9a-f]{12}\.\w+/g) ?? []
    expect(paths.map((path) => path.split('.').at(-1)).sort()).toEqual(['css', 'js', 'svg'])
    for (const path of paths) {
      const response = await fetch(passbook.url + path)
      expect(response.status).toBe(200)
      expect(response.headers.get('Cache-Control')).toContain('immutable')
    }
  })
})

describe('health', () => {
  it('is told apart from readiness, which ends when the server is told to stop', async () => {
    const stopping = await servePassbook()
    const status = async (path: string) => (await fetch(stopping.url + path)).status
    expect([await status('/healthz'), await status('/readyz')]).toEqual([200, 200])
    await stopping.stop()
    expect([await status('/healthz'), await status('/readyz')]).toEqual([200, 503])
    await stopping.close()
  })
})
