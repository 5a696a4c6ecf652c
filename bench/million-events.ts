/**
 * What a log of a million events costs: to write, to serve from a cold start, and to read in the middle.
 *
 *     npx tsx bench/million-events.ts [EVENTS] [STORE]
 */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readStoreName } from '../src/config.ts'
import type { NewEvent } from '../src/events/event.ts'
import { openStorage } from '../src/storage.ts'

const [count = 1_000_000, given] = [process.argv[2] && Number(process.argv[2]), process.argv[3]]
const folder = await mkdtemp(join(tmpdir(), 'passbook-'))
const store = given ?? `sqlite:${join(folder, 'log.db')}`

const BATCH = 1_000
const middle = String(Math.floor(count / 2))
const metadata = { commandId: 'bench', correlationId: 'bench', causationId: 'bench', actor: 'bench' }
const start = Date.UTC(2020, 0, 1)

/** A deposit of 2.00 and a withdrawal of 1.00, in turns, a minute apart. */
const eventAt = (index: number): NewEvent => ({
  ...(index % 2 === 0
    ? { type: 'deposited', data: { amount: 200 } }
    : { type: 'withdrawn', data: { amount: 100 } }),
  id: randomUUID(),
  metadata,
  occurredAt: new Date(start + index * 60_000).toISOString(),
})

const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
  const begun = performance.now()
  const result = await work()
  console.log(`${what.padEnd(44)} ${((performance.now() - begun) / 1_000).toFixed(2).padStart(8)} s`)
  return result
}

const run = async (...args: string[]): Promise<string> => {
  const child = spawn(process.execPath, ['bin/passbook.js', ...args, '--store', store], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`passbook ${args.join(' ')} ended with ${code}`)
  return output.trim()
}

/** Resident memory in MiB, where the system tells it. */
const memoryOf = async (pid: number | undefined): Promise<string> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(status) ?? []
  return kilobytes === undefined ? '?' : `${Math.round(Number(kilobytes) / 1_024)} MiB`
}

const serveOnce = async (what: string): Promise<void> => {
  const begun = performance.now()
  const server = spawn(process.execPath, ['bin/passbook.js', 'serve', '--port', '0', '--store', store], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(server.stdout.setEncoding('utf8'), 'data')
  const seconds = ((performance.now() - begun) / 1_000).toFixed(2)
  const [url] = /http:\S+/.exec(String(line)) ?? []
  const page = performance.now()
  await (await fetch(`${url}/accounts/shared`)).text()
  const pageMs = Math.round(performance.now() - page)
  const health = await (await fetch(`${url}/readyz`)).text()
  console.log(
    `${what.padEnd(44)} ${seconds.padStart(8)} s to listening, first page ${pageMs} ms, ${await memoryOf(server.pid)}, ${health}`,
  )
  const exit = once(server, 'exit')
  server.kill()
  await exit
}

const VISITS = 20

/** How long pages of one account take to be made, whichever moment they show, and what they weigh. */
const visitPages = async (): Promise<void> => {
  const server = spawn(process.execPath, ['bin/passbook.js', 'serve', '--port', '0', '--store', store], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(server.stdout.setEncoding('utf8'), 'data')
  const [url] = /http:\S+/.exec(String(line)) ?? []
  const months = new Date(start + (count / 2) * 60_000).toISOString().slice(0, 7)
  const pages = [
    '',
    '?version=10',
    `?version=${middle}`,
    `?version=${count - 1}`,
    '?at=2020-06-01',
    `/statements/${months}`,
  ]
  for (const path of pages) {
    const times: number[] = []
    let bytes = 0
    for (let visit = 0; visit < VISITS; visit++) {
      const begun = performance.now()
      bytes = (await (await fetch(`${url}/accounts/shared${path}`)).text()).length
      times.push(performance.now() - begun)
    }
    const median = times.sort((one, other) => one - other)[VISITS / 2] ?? 0
    console.log(
      `${`page /accounts/shared${path}`.padEnd(44)} ${median.toFixed(1).padStart(8)} ms, ${bytes} bytes`,
    )
  }
  const exit = once(server, 'exit')
  server.kill()
  await exit
}

const storage = await openStorage(readStoreName({ store }), { create: true })
await timed(`writing ${count.toLocaleString('en-US')} events, ${BATCH} an append`, async () => {
  for (let index = 0; index < count; index += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, count - index) }, (_, offset) =>
      eventAt(index + offset),
    )
    await storage.events.append('shared', batch, { expected: index })
  }
})
await storage.close()
if (!given) console.log(`${(await stat(store.slice('sqlite:'.length))).size / 2 ** 20} MiB`)

await timed('balance in the middle, without snapshots', () => run('balance', 'shared', '--version', middle))
await serveOnce('serve, summaries not made yet')
await timed('rebuild (summaries and snapshots)', () => run('rebuild'))
await serveOnce('serve')
await visitPages()
await timed('balance now', () => run('balance', 'shared'))
await timed('balance in the middle', () => run('balance', 'shared', '--version', middle))
await timed('balance at a time', () => run('balance', 'shared', '--at', '2020-06-01'))
await timed('balance of an empty past', () => run('balance', 'shared', '--version', '0'))
await timed('verify', () => run('verify'))
await timed('backup', () => run('backup', join(folder, 'copy.db')))
await rm(folder, { recursive: true })
