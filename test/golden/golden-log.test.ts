/**
 * A log from all the years, in several files: every shape that an event ever had, and today's after them. Each file was
 * written once and is never changed, for nobody can change what was written in the past; new shapes go into a new file.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import canonicalize from 'canonicalize'
import { describe, expect, it } from 'vitest'
import { InvalidEventError, SCHEMA_VERSIONS, UnknownEventTypeError } from '../../src/events/event.ts'
import { ChainWalk } from '../../src/events/hash-chain.ts'
import { MemoryEventStore } from '../../src/events/memory-store.ts'
import { parseStoredEvent, type StoredEvent } from '../../src/events/stored-event.ts'
import { type Account, emptyAccount, evolve, FOLD_VERSION, fold } from '../../src/projection/account.ts'
import { emptyReading, readOn } from '../../src/projection/reading.ts'
import { accountUntil } from '../../src/projection/snapshot.ts'
import { draft } from '../events/sample-events.ts'
import { BESIDE, FOLDS } from './folds.ts'
import { READINGS } from './readings.ts'

/** In the order of their writing, each with its SHA-256. */
const files = [
  ['old-events.ndjson', 'ec4e5a2ee6f603eff4f47e831a685e7081c71647fbdb1277ea65a90c6989b59f'],
  ['transfers.ndjson', '6fe160eb7395e895e09baac26e2875913f600a1986560ccc8a1dd958e88e0411'],
] as const

const textOf = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8')

const all = files.map(([name]) => textOf(name)).join('')

const lines = all.trimEnd().split('\n')

const events: readonly StoredEvent[] = lines.map((line) => parseStoredEvent(JSON.parse(line)))

/** The keys of the accounts that were not forgotten: gus was, and his key is nowhere any more. */
const keys = [
  ['alice', '1'],
  ['carol', '2'],
  ['fay', '3'],
  ['shared account', '5'],
  ['dave', '6'],
].map(([stream = '', digit = '']) => ({
  id: `${digit.repeat(8)}-0000-4000-8000-000000000000`,
  stream,
  secret: Buffer.from(digit.repeat(64), 'hex'),
}))

const streams = [...new Set(events.map(({ stream }) => stream))]

const restored = async (): Promise<MemoryEventStore> => {
  const store = new MemoryEventStore()
  await store.keys.add(keys)
  await store.log.restore(events)
  return store
}

describe('the golden log', () => {
  it.each(files)('has %s as it was written once', (name, hash) => {
    expect(createHash('sha256').update(textOf(name)).digest('hex')).toBe(hash)
  })

  it('has one event on each line, as canonical JSON', () => {
    expect(lines.map((line) => canonicalize(JSON.parse(line)))).toEqual(lines)
  })

  it('has an event of every shape there ever was, and of every shape there is', () => {
    const shapes = new Set(events.map(({ type, schemaVersion }) => `${type} ${schemaVersion}`))
    const past = [
      'AccountOpened 1',
      'AccountOpened 2',
      'Opened 1',
      'MoneyDeposited 1',
      'Deposited 1',
      'MoneyWithdrawn 1',
      'Withdrawn 1',
      'Frozen 1',
      'AccountClosed 1',
    ]
    const today = Object.entries(SCHEMA_VERSIONS).map(([type, version]) => `${type} ${version}`)
    expect([...shapes].sort()).toEqual([...past, ...today].sort())
  })

  it('holds together: nothing in it was changed', () => {
    const walk = new ChainWalk()
    for (const event of events) expect(walk.next(event)).toBeUndefined()
    expect(walk.end(45)).toBeUndefined()
    expect([walk.events, walk.streams]).toEqual([45, 10])
  })

  it('comes back from a store byte for byte', async () => {
    const { log } = await restored()
    const exported = (await log.readAll()).map((event) => `${canonicalize(event)}\n`)
    expect(exported.join('')).toBe(all)
  })

  it('is read in today’s shapes', async () => {
    const store = await restored()
    const read = await store.readAll()
    expect(read.map(({ position, type, data }) => [position, type, data])).toEqual(READINGS)
    expect(read.map(({ schemaVersion }) => schemaVersion)).toEqual(
      read.map(({ type }) => SCHEMA_VERSIONS[type]),
    )
    expect(read.map(({ hash }) => hash)).toEqual(events.map(({ hash }) => hash))
  })

  it('comes to these balances, statuses and owners, for ever', async () => {
    const store = await restored()
    const accounts = streams.map(async (stream) => {
      const { balance, currency, status, owner } = fold(await store.read(stream))
      return [stream, balance, currency, status, owner]
    })
    expect(await Promise.all(accounts)).toEqual([
      ['alice', 0, 'USD', 'closed', 'Alice'],
      ['bob', 10000, 'USD', 'closed', 'u-7'],
      ['carol', 1005, 'USD', 'open', 'Carol'],
      ['dave', 1, 'USD', 'frozen', 'Dave'],
      ['erin', 0, 'USD', 'closed', '[erased]'],
      ['shared account', 130000, 'USD', 'open', undefined],
      ['fay', 4999, 'JPY', 'closed', 'Fay'],
      ['gus', 1235, 'KWD', 'open', '[erased]'],
      ['hal', 701, 'USD', 'open', undefined],
      ['ida 💶', 299, 'USD', 'open', undefined],
    ])
  })

  it('goes on: what is appended after it is linked to it', async () => {
    const store = await restored()
    await store.log.append('carol', [draft()], 7)
    const walk = new ChainWalk()
    for (const event of await store.log.readAll()) expect(walk.next(event)).toBeUndefined()
    expect(walk.end(46)).toBeUndefined()
  })
})

describe(`fold ${FOLD_VERSION}`, () => {
  const states = FOLDS[FOLD_VERSION]

  it('has its table: whoever raises FOLD_VERSION writes down what the new fold makes of the golden log', () => {
    expect(Object.keys(states ?? {}).sort()).toEqual([...streams].sort())
  })

  it('makes of the golden log what it always made: whoever changes that raises FOLD_VERSION', async () => {
    const store = await restored()
    for (const stream of streams) {
      const made: Account[] = []
      for (const event of await store.read(stream)) made.push(evolve(made.at(-1) ?? emptyAccount, event))
      expect({ stream, made }).toStrictEqual({ stream, made: states?.[stream] })
    }
  })

  it('comes to the same states at every version of the past, and at every moment', async () => {
    const store = await restored()
    for (const stream of streams) {
      for (const { version, occurredAt } of await store.read(stream)) {
        const account = states?.[stream]?.[version - 1]
        expect(await accountUntil(store, stream, { version })).toStrictEqual({ account, version })
        const last = await store.versionAt(stream, occurredAt)
        expect((await accountUntil(store, stream, { version: last })).account).toStrictEqual(
          states?.[stream]?.[last - 1],
        )
      }
    }
  })
})

describe(`beside fold ${FOLD_VERSION}`, () => {
  it('is read what always was: whoever changes that raises FOLD_VERSION, too', async () => {
    const store = await restored()
    const made = streams.map(async (stream) => {
      const { totals, outline, watch } = (await store.read(stream)).reduce(readOn, emptyReading)
      const alerts = watch.alerts.map(({ rule, version }) => `${rule} ${version}`)
      const closes = outline.buckets.map(({ close }) => close)
      return [stream, { totals: [totals.credited, totals.debited], closes, alerts }]
    })
    expect(Object.fromEntries(await Promise.all(made))).toEqual(BESIDE[FOLD_VERSION])
  })
})

describe('what follows the golden log', () => {
  const followedBy = async (type: string, schemaVersion: number, data: StoredEvent['data']) => {
    const store = await restored()
    await store.log.append('carol', [{ ...draft(), type, schemaVersion, data }], 7)
    return store.read('carol').catch((error: unknown) => error)
  }

  it.each([
    ['stolen', 1],
    ['deposited', 2],
    ['Deposited', 2],
  ])('as %s %d is told by its stream, version and type, and not skipped', async (type, schemaVersion) => {
    const error = await followedBy(type, schemaVersion, { amount: 5 })
    expect(error).toBeInstanceOf(UnknownEventTypeError)
    expect(error).toMatchObject({ stream: 'carol', version: 8, type })
  })

  it.each([
    'Deposited',
    'MoneyDeposited',
    'Withdrawn',
    'MoneyWithdrawn',
  ])('as %s of a third of a cent is told by its stream and version, and not rounded', async (type) => {
    const error = await followedBy(type, 1, { amount: 0.01 / 3 })
    expect(error).toBeInstanceOf(InvalidEventError)
    expect(error).toHaveProperty(
      'message',
      expect.stringMatching(/^Event 8 of stream "carol" .*data\.amount/),
    )
  })
})
