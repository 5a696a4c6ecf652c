import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { runToExit, startServer, stopServers } from './support/server.ts'
import { openTab, send } from './support/tab.ts'

const start = (env: Readonly<Record<string, string>> = {}) => startServer('src/main.ts', env)

/** Asks for a page by another name than the address that the request goes to. */
const statusAs = async (
  name: string,
  url: string,
  path = '/accounts/shared',
): Promise<number | undefined> => {
  const { port } = new URL(url)
  const asked = request({
    host: '127.0.0.1',
    port,
    path,
    headers: { Host: `${name}:${port}` },
  }).end()
  const [response] = await once(asked, 'response')
  response.resume()
  return response.statusCode
}

afterEach(stopServers)

describe('starting', () => {
  it('says where it listens, on this machine only, and how its events are kept', async () => {
    const server = await start()
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(server.output()).toContain('kept in memory')
    expect(await (await fetch(`${server.url}/readyz`)).json()).toMatchObject({ status: 'ready', head: 3 })
  })

  it('listens where HOST says', async () => {
    const server = await start({ HOST: '::1' })
    expect(server.url).toMatch(/^http:\/\/\[::1\]:\d+$/)
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  })

  it('goes by the names of this machine alone while it listens here alone, and by others if told so', async () => {
    const [alone, known, open] = [
      await start(),
      await start({ ALLOWED_HOSTS: 'till.test' }),
      await start({ HOST: '0.0.0.0' }),
    ]
    expect(await statusAs('till.test', alone.url)).toBe(421)
    expect(await statusAs('localhost', alone.url)).toBe(200)
    expect(await statusAs('till.test', known.url)).toBe(200)
    expect(await statusAs('localhost', known.url)).toBe(421)
    expect(await statusAs('till.test', open.url)).toBe(200)
    expect(await statusAs('LOCALHOST.', alone.url)).toBe(200)
    expect(await statusAs('till.test', alone.url, '/healthz')).toBe(200)
  })

  it('begins a new log without any event, if it is told so', async () => {
    const server = await startServer('src/main.ts', {}, ['--empty'])
    expect(await (await fetch(server.url)).text()).toContain('No accounts yet.')
    expect(await (await fetch(`${server.url}/accounts/shared`)).text()).toContain('Nothing has happened yet.')
  })

  it('on a port in use ends with one line that says what to do', async () => {
    const { port } = new URL((await start()).url)
    const { code, output } = await runToExit('src/main.ts', ['--port', port])
    expect(code).toBe(1)
    expect(output).toMatch(/^passbook: .*EADDRINUSE.* choose another port with --port\.\n$/)
  })

  it.each([
    ['--store', 'floppy'],
    ['--datastar-url', 'no/such/file.js'],
  ])('with %s %s ends with one line that says what is wrong', async (flag, value) => {
    const { code, output } = await runToExit('src/main.ts', [flag, value])
    expect(code).toBe(2)
    expect(output).toMatch(/^passbook: .*\n$/)
    expect(output).toContain(flag)
    expect(output).toContain(value)
  })

  it('explains itself with --help', async () => {
    const { code, output } = await runToExit('src/main.ts', ['serve', '--help'])
    expect(code).toBe(0)
    const words = output.replaceAll(/\s+/g, ' ')
    for (const name of ['PORT', 'HOST', 'ALLOWED_HOSTS', 'PASSBOOK_STORE', 'DATASTAR_URL'])
      expect(words).toContain(`env: ${name}`)
  })
})

describe('stopping', () => {
  it('goes on in good order when it is told twice, as by Ctrl-C under npm', async () => {
    const server = await start()
    const tab = await openTab(`${server.url}/accounts/shared`)
    await tab.sees('$1,300.00')
    const [first, second] = await Promise.all([server.stop('SIGINT'), server.stop('SIGINT')])
    expect([first, second]).toEqual([0, 0])
    await tab.ended
  })

  it('reaches the server through npm', async () => {
    const server = await startServer('npm start')
    expect(await server.stop('SIGTERM')).toBe(0)
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow()
  })

  it.each([
    'SIGTERM',
    'SIGINT',
  ] as const)('on %s answers what is under way, ends the streams and exits 0', async (signal) => {
    const server = await start()
    const account = `${server.url}/accounts/shared`
    const tab = await openTab(account)
    await tab.sees('$1,300.00')
    const commands = Array.from({ length: 50 }, () => send(account, 'deposit', { tab: tab.id, amount: '1' }))
    await Promise.race(commands)

    const began = Date.now()
    const exit = server.stop(signal)
    const answers = await Promise.allSettled(commands)
    expect(await exit).toBe(0)
    expect(Date.now() - began).toBeLessThan(5_000)
    await tab.ended
    for (const answer of answers) {
      if (answer.status === 'fulfilled') expect([204, 503]).toContain(answer.value.status)
    }
  })

  it.each([
    ['that never ends its head', 'POST /accounts/shared/deposit HTTP/1.1\r\nHost: 127.0.0.1\r\n'],
    [
      'that never ends its body',
      'POST /accounts/shared/deposit HTTP/1.1\r\nHost: 127.0.0.1\r\nDatastar-Request: true\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
    ],
  ])('exits 0 within five seconds in spite of a request %s', async (_, request) => {
    const server = await start()
    const { hostname, port } = new URL(server.url)
    const socket = connect(Number(port), hostname).on('error', () => {})
    await new Promise<void>((resolve) => socket.write(request, () => resolve()))
    await fetch(`${server.url}/healthz`)

    const began = Date.now()
    expect(await server.stop('SIGTERM')).toBe(0)
    expect(Date.now() - began).toBeLessThan(5_000)
    socket.destroy()
  })
})
