import { readdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { figure } from '../../src/cli/answers.ts'
import type { Storage } from '../../src/storage.ts'
import { deposits, newEvent } from '../events/sample-events.ts'
import { summaryOf } from '../projection/ledger.ts'
import { type RunningServer, startServer, stopServers } from '../support/server.ts'
import { passbook, run } from './command-line.ts'
import { underLoad } from './load.ts'
import { writeSample } from './sample-log.ts'
import { type DurableStore, using } from './stores.ts'
import { newPath } from './temporary.ts'

const ACCOUNTS = ['Zoë’s jar', 'alice', 'bob', 'club', 'long', 'shared']

afterAll(stopServers)

export const besideServer = ({ place }: DurableStore) => {
  let store = ''
  let server: RunningServer

  const ask = (...args: readonly string[]) => run(...args, '--store', store)

  const listed = ({ summaries }: Storage) => summaries.list()

  /** The summaries as a fold over the whole log says they are. */
  const folded = async ({ events }: Storage) => {
    const summaries = ACCOUNTS.map(async (account) => {
      const log = await events.read(account, { limit: 100_000 })
      return summaryOf(account, log)
    })
    return Promise.all(summaries)
  }

  beforeAll(async () => {
    store = await place()
    await writeSample(store)
    await using(store, async ({ events }) => {
      await events.append('long', deposits(3_000), { expected: 'no-stream' })
      await events.append('shared', deposits(1), { expected: 'no-stream' })
    })
    server = await startServer('src/main.ts', { PASSBOOK_STORE: store })
    await ask('accounts')
  })

  it('verify finds nothing wrong while others append', async () => {
    await underLoad(server.url, async ({ acknowledged }) => {
      const counts: number[] = []
      for (let round = 0; round < 5; round += 1) {
        const before = acknowledged.length
        await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(before + 4), { timeout: 10_000 })
        counts.push(JSON.parse(await ask('verify', '--json')).events)
      }
      expect(counts).toEqual([...new Set(counts)].sort((one, other) => one - other))
    })
  })

  it('rebuild leaves the list whole all the while, and right', async () => {
    await underLoad(server.url, () =>
      using(store, async (storage) => {
        const before = await storage.summaries.active()
        const others = (await listed(storage)).filter(({ account }) => account !== 'shared')
        const rebuilding = passbook('rebuild', '--store', store)
        const generations = new Set<number | undefined>()
        let isOver = false
        void rebuilding.then(() => {
          isOver = true
        })
        while (!isOver) {
          await delay(5)
          generations.add((await storage.summaries.active())?.generation)
          const list = await listed(storage)
          expect(list.map(({ account }) => account)).toEqual(ACCOUNTS)
          expect(list.filter(({ account }) => account !== 'shared')).toEqual(others)
          const shared = list.find(({ account }) => account === 'shared')
          expect(shared).toMatchObject({ balance: shared?.version, status: 'open', currency: 'USD' })
        }
        expect(await rebuilding).toMatchObject({
          code: 0,
          stdout: expect.stringMatching(/^The summaries were made anew from [\d,]+ events\.\n$/),
          stderr: '',
        })
        expect(generations).toContain(before?.generation)
        expect((await storage.summaries.active())?.generation).not.toBe(before?.generation)
      }),
    )
    await using(store, async (storage) => {
      await vi.waitFor(async () => expect(await listed(storage)).toEqual(await folded(storage)), {
        timeout: 10_000,
        interval: 50,
      })
    })
  })

  it('backup is a prefix of the log with all that was acknowledged before it began, and can be served', async () => {
    const copy = newPath('copy.db')
    const [acknowledged, ended] = await underLoad(server.url, async ({ acknowledged }) => {
      await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(20), { timeout: 10_000 })
      return [[...acknowledged], await passbook('backup', copy, '--store', store)] as const
    })
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    const there = `sqlite:${copy}`
    const [whole, part] = [await ask('export'), await run('export', '--store', there)]
    expect(whole.startsWith(part)).toBe(true)
    expect(whole.length).toBeGreaterThan(part.length)
    for (const key of acknowledged) expect(part).toContain(`"commandId":"${key}"`)

    const count = figure(part.split('\n').length - 1)
    expect(ended.stdout).toBe(`${copy} holds ${count} events. The keys are in ${copy}-keys.\n`)
    expect(await run('verify', '--store', there)).toContain(
      `${count} events of 6 accounts: every hash fits.\n`,
    )
    expect(await run('events', 'alice', '--store', there)).toBe(await ask('events', 'alice'))
    expect(await run('accounts', '--search', 'lovelace', '--json', '--store', there)).toContain('"alice"')
    expect(readdirSync(dirname(copy)).sort()).toEqual(['copy.db', 'copy.db-keys'])
    expect(statSync(`${copy}-keys`).mode & 0o777).toBe(0o600)

    const other = await startServer('src/main.ts', { PASSBOOK_STORE: there })
    const page = await (await fetch(`${other.url}/accounts/shared`)).text()
    const balance = (await run('balance', 'shared', '--store', there)).trimEnd()
    expect(page).toContain(`>${balance}</output>`)
    expect(await other.stop()).toBe(0)
  })

  it('forget is seen by everybody who reads, and changes nothing else', async () => {
    expect(await ask('accounts', '--search', 'lovelace')).toContain('alice')
    const [before, balance] = [await ask('export'), await ask('balance', 'alice')]
    expect(await ask('forget', 'alice')).toBe(
      'Forgotten: the owner, sources and reasons of "alice" read "[erased]" from now on.\n',
    )
    const after = await ask('export')
    expect(after.startsWith(before)).toBe(true)
    expect(after.slice(before.length)).toMatch(
      /^\{"data":\{\},.*"actor":"command line".*"type":"forgotten".*\}\n$/,
    )
    expect(await ask('balance', 'alice')).toBe(balance)
    expect(await ask('verify')).toContain('every hash fits')
    expect(await ask('accounts', '--search', 'lovelace', '--json')).toBe('')
    expect(await ask('accounts', '--search', 'alice', '--json')).toContain('"owner":"[erased]"')
    const events = await ask('events', 'alice')
    expect(events).not.toMatch(/Ada|wages|bicycle|card|moved/)
    expect(events.match(/\[erased\]/g)).toHaveLength(5)

    await using(store, async ({ events }) => {
      const written = { type: 'withdrawn', data: { amount: 1, reason: 'a bell' } } as const
      await events.append('alice', [newEvent(written)], { expected: 'any' })
    })
    expect(await ask('events', 'alice')).toMatch(/ {2}a bell\n$/)
    await ask('forget', 'alice')
    expect(await ask('events', 'alice')).not.toContain('a bell')
    const twice = await ask('export')
    await ask('forget', 'alice')
    expect(await ask('export')).toBe(twice)
    expect(await ask('verify')).toContain('every hash fits')
  })

  it('the server goes on through all of it', async () => {
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    expect(await server.stop()).toBe(0)
    expect(server.output()).not.toMatch(/passbook:|Error/)
  })
}
