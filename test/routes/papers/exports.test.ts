import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { Hono } from 'hono'
import { compress } from 'hono/compress'
import { describe, expect, it } from 'vitest'
import type { AccountEvent, NewEvent } from '../../../src/events/event.ts'
import { MemoryEventStore } from '../../../src/events/memory-store.ts'
import { decimal } from '../../../src/events/money.ts'
import type { ReadOptions } from '../../../src/events/store.ts'
import { unguarded } from '../../../src/formula-guard.ts'
import { FEATURES, FeatureFold } from '../../../src/projection/features.ts'
import { Readings } from '../../../src/projection/readings.ts'
import { exportRoutes } from '../../../src/routes/papers/export-routes.ts'
import {
  deposited,
  deposits,
  METADATA,
  newEvent,
  newEvents,
  opened,
  withdrawn,
} from '../../events/sample-events.ts'
import { severalMonths } from '../../projection/several-months.ts'

/** Counts what is read for the files. */
class CountedStore extends MemoryEventStore {
  reads = 0
  readonly uncounted = {
    read: (stream: string, options?: ReadOptions) => super.read(stream, options),
    versionAt: (stream: string, at: string) => super.versionAt(stream, at),
  }

  override async read(stream: string, options?: ReadOptions) {
    this.reads += 1
    return super.read(stream, options)
  }
}

const site = async (events: readonly NewEvent[], account = 'alice') => {
  const store = new CountedStore()
  if (events.length > 0) await store.append(account, events, { expected: 'no-stream' })
  const readings = new Readings(store.uncounted)
  const app = new Hono().use(compress()).route('/accounts/:account', exportRoutes({ store, readings }))
  const get = (file: string, { of = account, headers = {} } = {}) =>
    app.request(`/accounts/${encodeURIComponent(of)}/${file}`, { headers })
  return { store, get, text: async (file: string) => (await get(file)).text() }
}

type Cells = Readonly<Record<string, string>>

const recordsOf = (csv: string): readonly Cells[] => parse(csv, { columns: true })

describe('the log as a file', () => {
  const transferId = '6f6a2a3e-6f0e-4a4e-9d39-0d6f6f1d2c3b'

  it('has a line for each event, with all that is known of it and the balance after it', async () => {
    const { store, text } = await site(
      newEvents(
        opened(1_000, 'KWD'),
        { type: 'withdrawn', data: { amount: 5, reason: 'rent' } },
        { type: 'transferredOut', data: { transferId, to: 'bob', amount: 10 } },
      ),
    )
    const [, withdrawal, transfer] = recordsOf(await text('events.csv'))
    const [, second] = await store.read('alice')
    expect(withdrawal).toEqual({
      version: '2',
      position: '2',
      occurredAt: second?.occurredAt,
      type: 'withdrawn',
      change: '-0.005',
      changeInMinorUnits: '-5',
      balance: '0.995',
      balanceInMinorUnits: '995',
      currency: 'KWD',
      note: 'rent',
      transferId: '',
      otherAccount: '',
      ...METADATA,
      hash: second?.hash,
    })
    expect(transfer).toMatchObject({ transferId, otherAccount: 'bob', note: '', balance: '0.985' })
  })

  it('has the currency that the account had by then', async () => {
    const { text } = await site(newEvents(deposited(5), opened(0, 'JPY')))
    expect(recordsOf(await text('events.csv')).map(({ balance, currency }) => [balance, currency])).toEqual([
      ['0.05', 'USD'],
      ['5', 'JPY'],
    ])
  })

  it('says the same in JSON and in CSV, whatever happened', async () => {
    await fc.assert(
      fc.asyncProperty(severalMonths, async (events) => {
        const { text } = await site(events)
        const rows: readonly Readonly<Record<string, unknown>>[] = JSON.parse(await text('events.json'))
        const inText = (row: Readonly<Record<string, unknown>>) =>
          Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value ?? '')]))
        const records = recordsOf(await text('events.csv')).map((record) => ({
          ...record,
          note: unguarded(record.note ?? ''),
          otherAccount: unguarded(record.otherAccount ?? ''),
        }))
        expect(records).toEqual(rows.map(inText))
        expect(rows).toHaveLength(events.length)
      }),
      { numRuns: 25 },
    )
  })

  it('has balances that fit, whatever happened', async () => {
    await fc.assert(
      fc.asyncProperty(severalMonths, async (events) => {
        const { text } = await site(events)
        let balance = 0
        for (const row of JSON.parse(await text('events.json'))) {
          balance += row.changeInMinorUnits
          expect(row.balanceInMinorUnits).toBe(balance)
          expect(row.balance).toBe(decimal(balance, row.currency))
        }
      }),
      { numRuns: 25 },
    )
  })

  it('is one list in JSON, however many pages it was read in', async () => {
    const { text } = await site(deposits(1_000))
    expect(JSON.parse(await text('events.json'))).toHaveLength(1_000)
  })

  it('is an empty list for the account that everybody shares before its first event', async () => {
    const { text } = await site([], 'shared')
    expect(JSON.parse(await text('events.json'))).toEqual([])
    expect(recordsOf(await text('events.csv'))).toEqual([])
    expect(await text('events.csv')).toMatch(/^version,position,.*,hash\n$/)
  })
})

describe('what people wrote', () => {
  const noted = (reason: string): AccountEvent => ({ type: 'withdrawn', data: { amount: 5, reason } })

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', "'=1+1"])('is never a formula in a cell: %s', async (text) => {
    const { text: file } = await site([
      newEvent(noted(text), {
        metadata: { commandId: text, correlationId: text, causationId: text, actor: text },
      }),
    ])
    const [record] = recordsOf(await file('events.csv'))
    const cells = [record?.note, record?.commandId, record?.correlationId, record?.causationId, record?.actor]
    expect(cells).toEqual(cells.map(() => `'${text}`))
    expect(record?.change).toBe('-0.05')
  })

  it('comes back as it was, whatever it was', async () => {
    const line = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((text) => text.isWellFormed() && !/\p{Cc}/u.test(text))
    const reason = fc.oneof(
      line,
      fc.tuple(fc.constantFrom('=', '+', '-', '@', "'"), line).map((parts) => parts.join('')),
    )
    await fc.assert(
      fc.asyncProperty(reason, async (text) => {
        const { text: file } = await site(newEvents(noted(text)))
        const note = recordsOf(await file('events.csv'))[0]?.note ?? ''
        expect(note).not.toMatch(/^[=+\-@\t\r]/)
        expect(unguarded(note)).toBe(text)
        expect(JSON.parse(await file('events.json'))[0].note).toBe(text)
      }),
      { numRuns: 50 },
    )
  })
})

describe('training data as a file', () => {
  it('has the features of each event, in their order', async () => {
    const { store, text } = await site(newEvents(deposited(100), withdrawn(30)))
    const fold = new FeatureFold()
    const rows = (await store.read('alice')).map((event) => fold.next(event))
    const csv = await text('training.csv')
    expect(csv.split('\n')[0]).toBe(FEATURES.map(({ name }) => name).join(','))
    expect(recordsOf(csv)).toEqual(
      rows.map((row) => Object.fromEntries(FEATURES.map(({ name }) => [name, String(row[name] ?? '')]))),
    )
  })
})

const FILES = [
  ['events.csv', 'text/csv'],
  ['events.json', 'application/json'],
  ['training.csv', 'text/csv'],
] as const

describe.each(FILES)('the file %s', (file, type) => {
  it('is to be saved under a safe name, and not to be cached', async () => {
    const { get } = await site(newEvents(deposited(1)), '../a "b"\u2028;zoë')
    const { headers } = await get(file)
    expect(headers.get('Content-Disposition')).toBe(`attachment; filename="passbook-..-a-b-zo--${file}"`)
    expect(headers.get('Content-Type')).toBe(`${type}; charset=utf-8`)
    expect(headers.get('Cache-Control')).toContain('no-store')
  })

  it('has no longer a name for an account with a long one', async () => {
    const { get } = await site(newEvents(deposited(1)), 'a'.repeat(200))
    const { headers } = await get(file)
    expect(headers.get('Content-Disposition')).toBe(
      `attachment; filename="passbook-${'a'.repeat(80)}-${file}"`,
    )
  })

  it('is not there for an account that is not', async () => {
    const { get } = await site([])
    const response = await get(file, { of: 'nobody' })
    expect(response.status).toBe(404)
    expect(await response.text()).toBe('There is no account at /accounts/nobody.')
  })

  it('holds what there was when it was asked for', async () => {
    const { store, get } = await site(deposits(3))
    const response = await get(file)
    await store.append('alice', deposits(2), { expected: 'any' })
    const body = await response.text()
    expect(file.endsWith('csv') ? recordsOf(body) : JSON.parse(body)).toHaveLength(3)
  })

  it('is read as it is taken, page by page, and no further once the client is gone', async () => {
    const { store, get } = await site(deposits(1_100))
    const reader = (await get(file)).body?.getReader()
    if (!reader) throw new Error('There is no file.')
    await new Promise(setImmediate)
    expect(store.reads).toBe(0)
    while (store.reads === 0) await reader.read()
    await new Promise(setImmediate)
    expect(store.reads).toBe(1)
    await reader.cancel()
    expect((await reader.read()).done).toBe(true)
    expect(store.reads).toBe(1)
  })

  it('is not compressed on the way, which would read all of it for a client that takes none', async () => {
    const { store, get } = await site(deposits(1_100))
    const response = await get(file, { headers: { 'Accept-Encoding': 'gzip' } })
    expect(response.headers.has('Content-Encoding')).toBe(false)
    await new Promise(setImmediate)
    expect(store.reads).toBe(0)
  })

  it('gives others their turn between two pages', async () => {
    const { get } = await site(deposits(1_100))
    const response = await get(file)
    let turns = 0
    let timer = setImmediate(function count() {
      turns += 1
      timer = setImmediate(count)
    })
    await response.text()
    clearImmediate(timer)
    expect(turns).toBeGreaterThanOrEqual(3)
  })

  it('breaks off, and does not end as if it were whole, if the log can no longer be read', async () => {
    const { store, get } = await site(deposits(1_100))
    const response = await get(file)
    store.read = async () => {
      throw new Error('The store is gone.')
    }
    await expect(response.text()).rejects.toThrow('The store is gone.')
  })
})
