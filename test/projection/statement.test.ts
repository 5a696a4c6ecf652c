import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'

vi.hoisted(() => {
  process.env.TZ = 'Europe/Berlin'
})

import type { NewEvent } from '../../src/events/event.ts'
import { MemoryEventStore } from '../../src/events/memory-store.ts'
import type { ReadOptions } from '../../src/events/store.ts'
import { changeOf, fold } from '../../src/projection/account.ts'
import { type Month, monthAt, monthNamed, monthsBack } from '../../src/projection/month.ts'
import { Readings } from '../../src/projection/readings.ts'
import type { RunningBalance } from '../../src/projection/running-balance.ts'
import {
  allRows,
  readRows,
  readStanding,
  readStatement,
  type Statement,
} from '../../src/projection/statement.ts'
import { deposited, deposits, frozen, newEvent, oneTo, withdrawn } from '../events/sample-events.ts'
import { lastMonth, severalMonths } from './several-months.ts'

class CountedStore extends MemoryEventStore {
  reads = 0

  override async read(stream: string, options?: ReadOptions) {
    this.reads += 1
    return super.read(stream, options)
  }
}

const recorded = async (events: readonly NewEvent[]) => {
  const store = new CountedStore()
  await store.append('alice', events, { expected: 'no-stream' })
  return { store, readings: new Readings(store) }
}

const named = (name: string): Month => {
  const month = monthNamed(name)
  if (!month) throw new Error(`${name} is no month.`)
  return month
}

const rowsOf = async (store: MemoryEventStore, { opening, closing }: Statement) => {
  const rows: RunningBalance[] = []
  for await (const page of allRows(store, 'alice', opening, closing.version)) rows.push(...page)
  return rows
}

/** Every month from the first event's on, oldest first, with its rows. */
const statementsOf = async (events: readonly NewEvent[]) => {
  const { store, readings } = await recorded(events)
  const months = monthsBack(lastMonth(), monthAt(events[0]?.occurredAt ?? '')).toReversed()
  return Promise.all(
    months.map(async (month) => {
      const statement = await readStatement(readings, 'alice', month)
      return { ...statement, rows: await rowsOf(store, statement) }
    }),
  )
}

describe('a statement', () => {
  it('has what was there before, what came in, what went out, and what was there in the end', async () => {
    const { store, readings } = await recorded([
      newEvent(deposited(1_000), { occurredAt: '2026-10-20T12:00:00.000Z' }),
      newEvent(deposited(300), { occurredAt: '2026-11-03T12:00:00.000Z' }),
      newEvent(frozen, { occurredAt: '2026-11-04T12:00:00.000Z' }),
      newEvent(withdrawn(50), { occurredAt: '2026-11-05T12:00:00.000Z' }),
      newEvent(withdrawn(900), { occurredAt: '2026-12-01T12:00:00.000Z' }),
    ])
    const statement = await readStatement(readings, 'alice', named('2026-11'))
    expect(statement).toMatchObject({
      opening: { version: 1, balance: 1_000 },
      closing: { version: 4, balance: 1_250 },
      credited: 300n,
      debited: 50n,
      account: { status: 'frozen' },
    })
    const rows = await rowsOf(store, statement)
    expect(rows.map(({ event, change, balance }) => [event.version, change, balance])).toEqual([
      [2, 300, 1_300],
      [3, 0, 1_300],
      [4, -50, 1_250],
    ])
  })

  it('of a month in which nothing happened closes with what it opened with', async () => {
    const { store, readings } = await recorded([
      newEvent(deposited(70), { occurredAt: '2026-10-20T12:00:00.000Z' }),
    ])
    const statement = await readStatement(readings, 'alice', named('2026-12'))
    expect(statement).toMatchObject({
      opening: { version: 1, balance: 70 },
      closing: { version: 1, balance: 70 },
      credited: 0n,
      debited: 0n,
    })
    expect(await rowsOf(store, statement)).toEqual([])
  })

  it('goes by the midnight of the server', async () => {
    const { readings } = await recorded([
      newEvent(deposited(1), { occurredAt: '2026-10-31T22:59:59.999Z' }),
      newEvent(deposited(10), { occurredAt: '2026-10-31T23:00:00.000Z' }),
    ])
    const october = await readStatement(readings, 'alice', named('2026-10'))
    const november = await readStatement(readings, 'alice', named('2026-11'))
    expect([october.closing.balance, november.opening.balance, november.closing.balance]).toEqual([1, 1, 11])
  })

  it('is of one moment, even if more is appended to the month before while it is read', async () => {
    const { store, readings } = await recorded([
      newEvent(deposited(1), { occurredAt: '2026-10-31T12:00:00.000Z' }),
    ])
    const late = newEvent(deposited(10), { occurredAt: '2026-10-31T12:00:01.000Z' })
    const appending = {
      past: async (...given: Parameters<Readings['past']>) => {
        const reading = await readings.past(...given)
        await store.append('alice', [late], { expected: 'any' })
        return reading
      },
    }
    const statement = await readStatement(appending, 'alice', named('2026-11'))
    expect(statement).toMatchObject({
      opening: { version: 1, balance: 1 },
      closing: { version: 1, balance: 1 },
      credited: 0n,
    })
  })

  it('opens with what the one before closed with, whatever happened', async () => {
    await fc.assert(
      fc.asyncProperty(severalMonths, async (events) => {
        const statements = await statementsOf(events)
        expect(statements[0]?.opening).toEqual({ version: 0, balance: 0 })
        for (const [index, { opening }] of statements.entries()) {
          if (index > 0) expect(opening).toEqual(statements[index - 1]?.closing)
        }
        expect(statements.at(-1)?.closing).toEqual({ version: events.length, balance: fold(events).balance })
      }),
      { numRuns: 50 },
    )
  })

  it('adds up: opening + in - out = closing, and so do its rows', async () => {
    await fc.assert(
      fc.asyncProperty(severalMonths, async (events) => {
        for (const { opening, closing, credited, debited, rows } of await statementsOf(events)) {
          expect(BigInt(opening.balance) + credited - debited).toBe(BigInt(closing.balance))
          const changes = rows.map(({ event }) => BigInt(changeOf(event)))
          const sum = (of: readonly bigint[]) => of.reduce((total, change) => total + change, 0n)
          expect(sum(changes.filter((change) => change > 0n))).toBe(credited)
          expect(sum(changes.filter((change) => change < 0n))).toBe(-debited)
          let { balance } = opening
          for (const row of rows) {
            balance += row.change
            expect(row.balance).toBe(balance)
          }
          expect(balance).toBe(closing.balance)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('has every event of its month and no other, so that each event is in one statement', async () => {
    const berlin = new Intl.DateTimeFormat('sv-SE', {
      timeZone: 'Europe/Berlin',
      year: 'numeric',
      month: '2-digit',
    })
    await fc.assert(
      fc.asyncProperty(severalMonths, async (events) => {
        const statements = await statementsOf(events)
        const versions = statements.flatMap(({ rows }) => rows.map(({ event }) => event.version))
        expect(versions).toEqual(oneTo(events.length))
        for (const { month, rows } of statements) {
          for (const { event } of rows) {
            expect(berlin.format(new Date(event.occurredAt))).toBe(month.name)
          }
        }
      }),
      { numRuns: 50 },
    )
  })
})

describe('the rows of a statement', () => {
  it('come in pages of 500, each going on from the standing that the one before ended with', async () => {
    const { store, readings } = await recorded(deposits(1_100))
    const { opening, closing } = await readStatement(readings, 'alice', named('2026-11'))
    const pages: (readonly RunningBalance[])[] = []
    for await (const page of allRows(store, 'alice', opening, closing.version)) pages.push(page)
    expect(pages.map((page) => page.length)).toEqual([500, 500, 100])

    const standing = await readStanding(readings, 'alice', 500)
    expect(await readRows(store, 'alice', standing, closing.version)).toEqual(pages[1])
    expect(await readRows(store, 'alice', standing, 502)).toEqual(pages[1]?.slice(0, 2))
  })

  it('are read when they are asked for, and not before', async () => {
    const { store } = await recorded(deposits(1_100))
    const rows = allRows(store, 'alice', { version: 0, balance: 0 }, 1_100)
    expect(store.reads).toBe(0)
    await rows.next()
    expect(store.reads).toBe(1)
    await rows.return(undefined)
    expect(store.reads).toBe(1)
  })

  it('end with the log, if it was cleared meanwhile', async () => {
    const { store } = await recorded(deposits(1_100))
    const rows = allRows(store, 'alice', { version: 0, balance: 0 }, 1_100)
    await rows.next()
    store.clear()
    expect((await rows.next()).done).toBe(true)
  })
})
