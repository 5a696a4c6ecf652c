import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { StoreUnavailableError } from '../../src/events/event-log.ts'
import type { EventStore } from '../../src/events/store.ts'
import { followCommands } from '../../src/routes/expressions.ts'
import { storeWith } from '../commands/store-with.ts'
import { gate } from '../events/gate.ts'
import { grow, servePassbook, type TestPassbook } from '../support/passbook.ts'
import { openTab, send } from '../support/tab.ts'

let passbook: TestPassbook

afterEach(() => passbook.close())

const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(passbook.url + path, { headers })

const readiness = async (): Promise<unknown> => (await get('/readyz')).json()

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 10_000 })

const deposit = (amount = '1', key?: string) =>
  send(passbook.account, 'deposit', { tab: 'till', amount }, { ...(key !== undefined && { key }) })

describe('readiness', () => {
  it('says how far the log and the summaries have come, and how far these lag behind', async () => {
    passbook = await servePassbook()
    await eventually(readiness).toEqual({ status: 'ready', head: 3, summaries: 3, lag: 0 })
    const response = await get('/readyz')
    expect(response.status).toBe(200)
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    expect((await response.text()).split('\n')).toHaveLength(1)
  })

  it('lags behind while the projector is held, and no more when it is let go', async () => {
    const held = gate()
    passbook = await servePassbook({}, (memory) =>
      storeWith(memory, {
        subscribe: (options, onEvents, onError) =>
          memory.subscribe(
            options,
            async (events) => {
              await held.opened
              return onEvents(events)
            },
            onError,
          ),
      }),
    )
    await eventually(readiness).toMatchObject({ lag: 0 })
    for (const lag of [1, 2, 3]) {
      await deposit()
      expect(await readiness()).toEqual({ status: 'ready', head: 3 + lag, summaries: 3, lag })
    }
    held.open()
    await eventually(readiness).toEqual({ status: 'ready', head: 6, summaries: 6, lag: 0 })
  })

  it('does not lag behind for ever when the log is cleared before the projector has seen it', async () => {
    passbook = await servePassbook()
    await eventually(readiness).toMatchObject({ lag: 0 })
    for (const head of [4, 5, 6]) {
      await deposit()
      await send(passbook.account, 'reset', {})
      await eventually(readiness).toEqual({ status: 'ready', head, summaries: head, lag: 0 })
    }
    await deposit()
    await eventually(readiness).toEqual({ status: 'ready', head: 7, summaries: 7, lag: 0 })
  })

  it('ends when the server is told to stop', async () => {
    passbook = await servePassbook()
    await passbook.stop()
    const response = await get('/readyz')
    expect(response.status).toBe(503)
    expect(await response.json()).toEqual({ status: 'stopping' })
  })
})

describe('while the store cannot be reached', () => {
  /** A passbook whose store can be cut off, and come back. */
  const severable = async () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
    onTestFinished(() => printed.mockRestore())
    let isCut = false
    passbook = await servePassbook({}, (memory) => {
      const unlessCut =
        <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
        async (...args: Args): Promise<Result> => {
          if (isCut) throw new StoreUnavailableError('the cable is cut.')
          return call(...args)
        }
      const store: EventStore = memory
      return storeWith(memory, {
        append: unlessCut((...args) => store.append(...args)),
        read: unlessCut((...args) => store.read(...args)),
        readAll: unlessCut((...args) => store.readAll(...args)),
        find: unlessCut((...args) => store.find(...args)),
        head: unlessCut(() => store.head()),
      })
    })
    return {
      printed,
      cut: () => {
        isCut = true
      },
      mend: () => {
        isCut = false
      },
    }
  }

  it.each([
    '*/*',
    'text/html',
  ])('the server is alive, but not ready, as it says in one line to %s', async (Accept) => {
    const { cut, mend } = await severable()
    cut()
    expect((await get('/healthz')).status).toBe(200)
    const response = await get('/readyz', { Accept })
    expect(response.status).toBe(503)
    const text = await response.text()
    expect(text.split('\n')).toHaveLength(1)
    expect(JSON.parse(text)).toEqual({ status: 'unreachable' })

    mend()
    await eventually(readiness).toEqual({ status: 'ready', head: 3, summaries: 3, lag: 0 })
  })

  it('a page says so, and not where the store is', async () => {
    const { cut, mend } = await severable()
    cut()
    const page = await get('/accounts/shared', { Accept: 'text/html' })
    expect([page.status, page.headers.get('Cache-Control')]).toEqual([503, 'no-store'])
    expect(page.headers.get('Content-Type')).toContain('text/html')
    const html = await page.text()
    expect(html).toContain('The store is not reachable. Try again in a moment.')
    expect(html).not.toContain('cable')

    const text = await get('/accounts/shared', { Accept: '*/*' })
    expect([text.status, await text.text()]).toEqual([
      503,
      'The store is not reachable. Try again in a moment.\n',
    ])
    mend()
    expect((await get('/accounts/shared')).status).toBe(200)
  })

  it('a command says so, and that it is not known whether it was done; sent again with its key it counts once', async () => {
    const { cut, mend } = await severable()
    cut()
    const response = await deposit('5', 'click-1')
    expect(response.status).toBe(504)
    expect(await response.text()).toBe(
      `The store is not reachable. It is not known whether this was done; to send it again with its key is safe.\n`,
    )
    mend()
    for (const _ of [1, 2]) expect((await deposit('5', 'click-1')).status).toBe(204)
    expect(await passbook.balance()).toBe(130_500)
  })

  it('a command whose answer was lost is not done again', async () => {
    let isLost = true
    passbook = await servePassbook({}, (memory) =>
      storeWith(memory, {
        append: async (stream, events, options) => {
          const appended = await memory.append(stream, events, options)
          if (isLost && appended.version > 3) throw new StoreUnavailableError('the cable is cut.')
          return appended
        },
      }),
    )
    expect((await deposit('5', 'click-1')).status).toBe(504)
    isLost = false
    expect((await deposit('5', 'click-1')).status).toBe(204)
    expect(await passbook.balance()).toBe(130_500)
  })

  it('a tab that watches is shown the newest balance as soon as the store is back', async () => {
    const { cut, mend, printed } = await severable()
    const tab = await openTab(passbook.account)
    await tab.sees('$1,300.00')
    cut()
    await grow(passbook, 1)
    await vi.waitFor(() => expect(printed).toHaveBeenCalled())
    mend()
    await tab.sees('$1,301.00')
  })

  it('a tab that comes is told to try again, and is shown the balance once the store is back', async () => {
    const { cut, mend } = await severable()
    cut()
    expect((await openTab(passbook.account)).response.status).toBe(503)
    mend()
    await (await openTab(passbook.account)).sees('$1,300.00')
  })

  it('the tab that sent a command says in words that nobody knows whether it was done', () => {
    const form = { contains: () => true }
    const el = { closest: () => form }
    const shown = new Function('evt', 'el', '$_error', `${followCommands('_error')}; return $_error`)
    const answered = (status: string) =>
      shown({ detail: { el: {}, type: 'error', argsRaw: { status } } }, el, '')
    expect(answered('504')).toBe(
      'The store is not reachable. It is not known whether this was done. Before trying again, see in the log.',
    )
    expect(answered('503')).toBe('Not done: Passbook did not take the request. Try again.')
  })
})
