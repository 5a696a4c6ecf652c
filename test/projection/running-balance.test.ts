import fc from 'fast-check'
import { expect, it } from 'vitest'
import { balanceOf } from '../../src/projection/account.ts'
import { runningBalances } from '../../src/projection/running-balance.ts'
import { deposited, newEvents, withdrawn } from '../events/sample-events.ts'
import { recorded, statement } from './statement.ts'

it('shows each event, newest first, with its change and the balance after it', async () => {
  const { log } = await recorded(newEvents(deposited(100), withdrawn(30), deposited(5)))
  const rows = runningBalances([...log].reverse(), 75)
  expect(rows.map(({ event, change, balance }) => [event.version, change, balance])).toEqual([
    [3, 5, 75],
    [2, -30, 70],
    [1, 100, 100],
  ])
})

it('shows no rows for no events', () => expect(runningBalances([], 5)).toEqual([]))

it('is the fold stopped at each event, in any window of any log', async () => {
  await fc.assert(
    fc.asyncProperty(statement(), fc.nat(), fc.nat(), async (events, a, b) => {
      const { log } = await recorded(events)
      const [from, to] = [a % (log.length + 1), b % (log.length + 1)].sort((x, y) => x - y)
      const closing = balanceOf(log.slice(0, to))
      const rows = runningBalances(log.slice(from, to).reverse(), closing)

      expect(rows.map(({ balance }) => balance)).toEqual(
        rows.map(({ event }) => balanceOf(log.slice(0, event.version))),
      )
      expect(rows.map(({ event }) => event)).toEqual(log.slice(from, to).reverse())
      if (rows[0]) expect(rows[0].balance).toBe(closing)
    }),
  )
})
