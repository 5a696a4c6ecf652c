import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UnknownEventTypeError } from '../../src/events/event.ts'
import { type EventStore, type FactOptions, PAGE } from '../../src/events/store.ts'
import { emptyAccount, fold } from '../../src/projection/account.ts'
import { accountUntil, emptySnapshot, type Snapshot } from '../../src/projection/snapshot.ts'
import { deposited, deposits, newEvents, oneTo, withdrawn } from '../events/sample-events.ts'
import { recorded, statement } from './statement.ts'

const usd = (balance: number, version: number): Snapshot => ({
  account: { ...emptyAccount, balance },
  version,
})

/** Counts and keeps what a store is asked to read. */
const watched = (store: Pick<EventStore, 'facts'>) => {
  const reads: (FactOptions | undefined)[] = []
  const facts: EventStore['facts'] = (stream, options) => {
    reads.push(options)
    return store.facts(stream, options)
  }
  return { facts, reads }
}

describe('an account', () => {
  it('that nobody wrote to is empty', async () => {
    const { store } = await recorded([])
    expect(await accountUntil(store, 'alice', {})).toEqual(usd(0, 0))
    expect(emptySnapshot).toEqual(usd(0, 0))
  })

  it('at a version is the state after that event', async () => {
    const { store } = await recorded(newEvents(deposited(100), withdrawn(30), deposited(5)))
    const states = [0, 1, 2, 3, 4].map((version) => accountUntil(store, 'alice', { version }))
    expect(await Promise.all(states)).toEqual([usd(0, 0), usd(100, 1), usd(70, 2), usd(75, 3), usd(75, 3)])
  })

  it('at every version is the fold of the events up to it', async () => {
    await fc.assert(
      fc.asyncProperty(statement(), async (events) => {
        const { store, log } = await recorded(events)
        for (const version of [0, ...oneTo(log.length)]) {
          const account = fold(log.slice(0, version))
          expect(await accountUntil(store, 'alice', { version })).toEqual({ account, version })
        }
      }),
      { numRuns: 50 },
    )
  })

  it('is the same from any snapshot as from zero', async () => {
    await fc.assert(
      fc.asyncProperty(statement(), fc.nat(), fc.nat(), async (events, a, b) => {
        const { store, log } = await recorded(events)
        const [from = 0, version = 0] = [a % (log.length + 1), b % (log.length + 1)].sort((x, y) => x - y)
        const snapshot = await accountUntil(store, 'alice', { version: from })
        expect(await accountUntil(store, 'alice', { version }, snapshot)).toEqual(
          await accountUntil(store, 'alice', { version }),
        )
        expect(await accountUntil(store, 'alice', {}, snapshot)).toEqual(
          await accountUntil(store, 'alice', {}),
        )
      }),
    )
  })

  it('with an event that is unknown here has no state', async () => {
    const { log } = await recorded(newEvents(deposited(1), deposited(2)))
    const facts: EventStore['facts'] = async () =>
      JSON.parse(JSON.stringify(log).replace('"deposited"', '"stolen"'))
    await expect(accountUntil({ facts }, 'alice', {})).rejects.toThrow(UnknownEventTypeError)
  })
})

describe('reading', () => {
  it.each([
    PAGE - 1,
    PAGE,
    PAGE + 1,
    2 * PAGE,
    2 * PAGE + 1,
  ])('goes through all of %i events', async (count) => {
    const { store } = await recorded(deposits(count))
    expect(await accountUntil(store, 'alice', {})).toEqual(usd((count * (count + 1)) / 2, count))
    const version = count - 1
    expect(await accountUntil(store, 'alice', { version })).toEqual(
      usd((version * (version + 1)) / 2, version),
    )
  })

  it('takes one page after the other, and no event twice', async () => {
    const { store } = await recorded(deposits(2 * PAGE + 1))
    const { facts, reads } = watched(store)
    await accountUntil({ facts }, 'alice', {})
    expect(reads.map((options) => options?.from)).toEqual([1, PAGE + 1, 2 * PAGE + 1])
    expect(new Set(reads.map((options) => options?.limit))).toEqual(new Set([PAGE]))
  })

  it('takes no page beyond the one in which the answer is', async () => {
    const { store } = await recorded(deposits(2 * PAGE + 1))
    const { facts, reads } = watched(store)
    await accountUntil({ facts }, 'alice', { version: PAGE - 1 })
    expect(reads).toHaveLength(1)
  })

  it('begins right after the snapshot', async () => {
    const { store } = await recorded(deposits(10))
    const { facts, reads } = watched(store)
    expect(await accountUntil({ facts }, 'alice', {}, usd(1_000, 8))).toEqual(usd(1_019, 10))
    expect(reads.map((options) => options?.from)).toEqual([9])
  })
})
