/** A server of its own on a log, and what its pages have to show. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { formatMoney } from '../src/events/money.ts'
import { ACCOUNT } from './account-history.ts'

const PASSBOOK = fileURLToPath(new URL('../bin/passbook.js', import.meta.url))

export const PAGE = `/accounts/${ACCOUNT}`

export interface State {
  readonly version: number
  readonly balance: number
}

/** Throws if a page, or a frame, does not show this state. */
export const assertShows = (html: string, { version, balance }: State): void => {
  const sum = new RegExp(`The sum of (the first )?${version.toLocaleString('en-US')} events`)
  if (sum.test(html) && html.includes(formatMoney(balance, 'USD'))) return
  throw new Error(`It should show ${version} events and ${balance}: ${html.slice(0, 2_000)}`)
}

const PATIENCE_MS = 60_000

/** Resolves when all that is in the log is in the summaries, too; throws if that takes far too long. */
export const untilReady = async (
  ask: (path: string) => Promise<Response>,
  { version }: State,
): Promise<void> => {
  const begun = performance.now()
  while (performance.now() - begun < PATIENCE_MS) {
    const { status, head, lag } = await (await ask('/readyz')).json()
    if (status === 'ready' && head === version && lag === 0) return
    await pause(2)
  }
  throw new Error(`The server does not come to show ${version} events.`)
}

/** How many seconds a server takes from nothing until it is ready to show this state. */
export const restart = async (log: string, state: State): Promise<number> => {
  const begun = performance.now()
  const server = spawn(process.execPath, [PASSBOOK, 'serve', '--port', '0', '--store', `sqlite:${log}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(server, 'exit')
  try {
    const ended = exited.then(([code]) => Promise.reject(new Error(`The server ended with ${code}.`)))
    const [printed] = await Promise.race([once(server.stdout.setEncoding('utf8'), 'data'), ended])
    const [url = ''] = /http:\S+/.exec(String(printed)) ?? []
    const ask = (path: string): Promise<Response> => fetch(url + path)
    await untilReady(ask, state)
    const seconds = (performance.now() - begun) / 1_000
    assertShows(await (await ask(PAGE)).text(), state)
    return seconds
  } finally {
    server.kill()
    await exited
  }
}
