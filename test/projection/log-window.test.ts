import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { NewEvent } from '../../src/events/event.ts'
import type { EventStore, ReadOptions } from '../../src/events/store.ts'
import { balanceOf, emptyAccount, fold } from '../../src/projection/account.ts'
import { CurrentAccounts } from '../../src/projection/current-accounts.ts'
import { type LogWindow, readLogWindow, WINDOW } from '../../src/projection/log-window.ts'
import { storeWith } from '../commands/store-with.ts'
import { deposits, oneTo } from '../events/sample-events.ts'
import { recorded, statement } from './statement.ts'

/** Reads windows of a log of these events. */
const logOf = async (events: readonly NewEvent[]) => {
  const { store, log } = await recorded(events)
  const accounts = new CurrentAccounts(store)
  return { log, windowBefore: (before?: number) => readLogWindow(store, accounts, 'alice', before) }
}

const versionsOf = ({ rows }: LogWindow): number[] => rows.map(({ event }) => event.version)

/** `newest`, `newest` - 1, ... down to `oldest`. */
const down = (newest: number, oldest: number): number[] =>
  oneTo(newest)
    .slice(oldest - 1)
    .reverse()

it('shows the newest events if it is not told where to look', async () => {
  const { windowBefore } = await logOf(deposits(3 * WINDOW))
  expect(versionsOf(await windowBefore())).toEqual(down(3 * WINDOW, 2 * WINDOW + 1))
})

it('shows the events right before a version', async () => {
  const { log, windowBefore } = await logOf(deposits(3 * WINDOW))
  const window = await windowBefore(2 * WINDOW + 1)
  expect(versionsOf(window)).toEqual(down(2 * WINDOW, WINDOW + 1))
  expect(window.rows[0]?.balance).toBe(balanceOf(log.slice(0, 2 * WINDOW)))
})

it('shows what there is, if that is less than a window', async () => {
  const { windowBefore } = await logOf(deposits(5))
  expect(versionsOf(await windowBefore())).toEqual([5, 4, 3, 2, 1])
  expect(versionsOf(await windowBefore(3))).toEqual([2, 1])
})

it.each([1, 0, -1])('shows nothing before version %i', async (before) => {
  const { windowBefore } = await logOf(deposits(5))
  expect(await windowBefore(before)).toEqual({
    rows: [],
    account: { ...emptyAccount, balance: 15 },
    version: 5,
  })
})

it('shows nothing of an empty log', async () => {
  const { windowBefore } = await logOf([])
  const empty = { rows: [], account: emptyAccount, version: 0 }
  expect(await windowBefore()).toEqual(empty)
  expect(await windowBefore(7)).toEqual(empty)
})

it.each([
  6, 7, 1_000,
])('shows the newest events of five, if asked for those before version %i', async (before) => {
  const { windowBefore } = await logOf(deposits(5))
  const window = await windowBefore(before)
  expect(versionsOf(window)).toEqual([5, 4, 3, 2, 1])
  expect(window.rows[0]?.balance).toBe(15)
})

it('tells the account as it is now, however far back the window lies', async () => {
  const { log, windowBefore } = await logOf(deposits(2 * WINDOW))
  const { account, version } = await windowBefore(3)
  expect({ account, version }).toEqual({ account: fold(log), version: 2 * WINDOW })
})

it('pages through the whole log, every event once, each with its balance', async () => {
  await fc.assert(
    fc.asyncProperty(statement({ maxLength: 3 * WINDOW }), async (events) => {
      const { log, windowBefore } = await logOf(events)
      const rows: LogWindow['rows'][number][] = []
      for (let window = await windowBefore(); window.rows.length > 0; ) {
        rows.push(...window.rows)
        window = await windowBefore(rows.at(-1)?.event.version)
      }
      expect(rows.map(({ event }) => event)).toEqual([...log].reverse())
      for (const { event, balance } of rows) expect(balance).toBe(balanceOf(log.slice(0, event.version)))
    }),
    { numRuns: 30 },
  )
})

it('has rows and balance of the same moment, even if somebody writes in between', async () => {
  const { store } = await recorded(deposits(3))
  let written = false
  const read: EventStore['read'] = async (stream: string, options?: ReadOptions) => {
    const page = await store.read(stream, options)
    if (!written) {
      written = true
      await store.append('alice', deposits(2), { expected: 'any' })
    }
    return page
  }
  const log = storeWith(store, { read })
  const window = await readLogWindow(log, new CurrentAccounts(log), 'alice')
  expect(window).toMatchObject({ version: 3, account: { balance: 6 } })
  expect(window.rows.map(({ event, balance }) => [event.version, balance])).toEqual([
    [3, 6],
    [2, 3],
    [1, 1],
  ])
})
