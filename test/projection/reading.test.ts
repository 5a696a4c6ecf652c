import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AccountEvent, RecordedEvent } from '../../src/events/event.ts'
import { MAX_AMOUNT } from '../../src/events/money.ts'
import { balanceOf, changeOf, fold } from '../../src/projection/account.ts'
import { emptyWatch, watchOver } from '../../src/projection/alerts.ts'
import { emptyOutline, extend } from '../../src/projection/outline.ts'
import { emptyReading, type Reading, readOn } from '../../src/projection/reading.ts'
import {
  deposited,
  frozen,
  newEvents,
  opened,
  transferReturned,
  transferredOut,
  withdrawn,
} from '../events/sample-events.ts'
import { recorded, statement } from './statement.ts'

const readingOf = (log: readonly RecordedEvent[], from: Reading = emptyReading): Reading =>
  log.reduce(readOn, from)

const readingAfter = async (...events: readonly AccountEvent[]): Promise<Reading> =>
  readingOf((await recorded(newEvents(...events))).log)

describe('a reading', () => {
  it('begins with no events', () => {
    expect(emptyReading).toMatchObject({ version: 0, totals: { credited: 0n, debited: 0n } })
  })

  it('adds up what came in and what went out', async () => {
    const { totals } = await readingAfter(opened(100), deposited(50), withdrawn(30), withdrawn(20))
    expect(totals).toEqual({ credited: 150n, debited: 50n })
  })

  it('counts a transfer that came back in both', async () => {
    const { account, totals } = await readingAfter(deposited(100), transferredOut(60), transferReturned(60))
    expect(totals).toEqual({ credited: 160n, debited: 60n })
    expect(account.balance).toBe(100)
  })

  it('has totals that stay exact beyond the safe integers', async () => {
    const { log } = await recorded(newEvents(deposited(MAX_AMOUNT), withdrawn(MAX_AMOUNT - 1)))
    const much = BigInt(Number.MAX_SAFE_INTEGER)
    const { totals } = readingOf(log, { ...emptyReading, totals: { credited: much, debited: much } })
    expect(totals).toEqual({ credited: 9_008_199_254_740_991n, debited: 9_008_199_254_740_990n })
  })

  it('has a point in its outline also for an event that moves no money', async () => {
    const { outline } = await readingAfter(deposited(100), frozen)
    expect(outline.buckets.map(({ close }) => close)).toEqual([100, 100])
  })
})

describe('for any log, a reading', () => {
  it('has the account, the version, the totals, the outline and the watch, as each is folded by itself', async () => {
    await fc.assert(
      fc.asyncProperty(statement({ maxLength: 200 }), async (events) => {
        const { log } = await recorded(events)
        const changes = log.map(changeOf)
        const balances = log.map(({ version }) => balanceOf(log.slice(0, version)))
        const sum = (numbers: readonly number[]) => BigInt(numbers.reduce((one, other) => one + other, 0))
        expect(readingOf(log)).toEqual({
          account: fold(log),
          version: log.length,
          totals: {
            credited: sum(changes.filter((change) => change > 0)),
            debited: -sum(changes.filter((change) => change < 0)),
          },
          outline: balances.reduce(
            (outline, balance, index) => extend(outline, index + 1, balance),
            emptyOutline,
          ),
          watch: log.reduce(
            (watch, event, index) => watchOver(watch, event, balances[index - 1] ?? 0),
            emptyWatch,
          ),
        })
      }),
      { numRuns: 30 },
    )
  })

  it('has totals whose difference is the balance', async () => {
    await fc.assert(
      fc.asyncProperty(statement(), async (events) => {
        const { account, totals } = readingOf((await recorded(events)).log)
        expect(totals.credited - totals.debited).toBe(BigInt(account.balance))
      }),
    )
  })

  it('is the same from any point on as from the first event', async () => {
    await fc.assert(
      fc.asyncProperty(statement(), fc.nat(), async (events, point) => {
        const { log } = await recorded(events)
        const cut = point % (log.length + 1)
        expect(readingOf(log.slice(cut), readingOf(log.slice(0, cut)))).toEqual(readingOf(log))
      }),
    )
  })
})
