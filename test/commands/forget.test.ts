import { readFileSync } from 'node:fs'
import { beforeEach, describe, expect, it } from 'vitest'
import { forget } from '../../src/commands/forget.ts'
import type { AccountEvent } from '../../src/events/event.ts'
import { newKey } from '../../src/events/keys.ts'
import { MemoryEventStore } from '../../src/events/memory-store.ts'
import { parseStoredEvent } from '../../src/events/stored-event.ts'
import { verify } from '../../src/events/whole-log.ts'
import { fold } from '../../src/projection/account.ts'
import { at, deposits, METADATA, newEvents } from '../events/sample-events.ts'

const NOW = new Date(at(90))

const LIFE: readonly AccountEvent[] = [
  { type: 'opened', data: { owner: 'Ada', currency: 'USD', openingBalance: 100 } },
  { type: 'deposited', data: { amount: 50, source: 'wages' } },
  { type: 'withdrawn', data: { amount: 20, reason: 'a bicycle' } },
  { type: 'frozen', data: { reason: 'a lost card' } },
  { type: 'unfrozen', data: { reason: 'found it' } },
  { type: 'deposited', data: { amount: 5 } },
]

const ERASED_LIFE = [
  { owner: '[erased]', currency: 'USD', openingBalance: 100 },
  { amount: 50, source: '[erased]' },
  { amount: 20, reason: '[erased]' },
  { reason: '[erased]' },
  { reason: '[erased]' },
  { amount: 5 },
]

let store: MemoryEventStore

const append = (stream: string, ...events: readonly AccountEvent[]) =>
  store.append(stream, newEvents(...events), { expected: 'any' })

const forgetNow = (stream: string) =>
  forget({ events: store, log: store.log, keys: store.keys }, stream, { actor: 'Ada', now: () => NOW })

const dataOf = async (stream: string) => (await store.read(stream)).map(({ data }) => data)

beforeEach(async () => {
  store = new MemoryEventStore()
  await append('alice', ...LIFE)
})

describe('forgetting an account', () => {
  it('erases its owner, sources and reasons, and nothing that was counted', async () => {
    const before = fold(await store.read('alice'))
    expect(await forgetNow('alice')).toEqual({ stillReadable: 0 })
    expect(await dataOf('alice')).toEqual([...ERASED_LIFE, {}])
    expect(fold(await store.read('alice'))).toEqual({ ...before, owner: '[erased]' })
    expect(before).toMatchObject({ balance: 135, owner: 'Ada' })
  })

  it('says in the log that it was, when, and by whom', async () => {
    await forgetNow('alice')
    const [last] = await store.read('alice', { direction: 'backward', limit: 1 })
    expect(last).toMatchObject({ type: 'forgotten', data: {}, version: 7, occurredAt: at(90) })
    const { commandId = '' } = last?.metadata ?? {}
    expect(commandId).toMatch(/^[0-9a-f-]{36}$/)
    expect(last?.metadata).toEqual({
      ...METADATA,
      commandId,
      correlationId: commandId,
      causationId: commandId,
    })
  })

  it('rewrites nothing: the log holds as before', async () => {
    const before = await store.log.readAll()
    await forgetNow('alice')
    expect((await store.log.readAll()).slice(0, before.length)).toEqual(before)
    expect(await verify(store.log)).toMatchObject({ events: 7, streams: 1, fault: undefined })
  })

  it('leaves other accounts as they are', async () => {
    await append('bob', ...LIFE)
    await forgetNow('alice')
    expect(await dataOf('bob')).toEqual(LIFE.map(({ data }) => data))
  })

  it('leaves no key behind', async () => {
    await forgetNow('alice')
    expect(await store.keys.all()).toEqual([])
  })

  it('a second time changes nothing', async () => {
    await forgetNow('alice')
    const before = await store.log.readAll()
    expect(await forgetNow('alice')).toEqual({ stillReadable: 0 })
    expect(await store.log.readAll()).toEqual(before)
  })

  it('that was broken off is ended by doing it again', async () => {
    await store.keys.destroy('alice')
    await forgetNow('alice')
    expect((await store.read('alice')).map(({ type }) => type).slice(5)).toEqual(['deposited', 'forgotten'])
  })

  it('goes for text of the past only: what is written after it can be read, and forgotten in its turn', async () => {
    await forgetNow('alice')
    await append('alice', { type: 'withdrawn', data: { amount: 1, reason: 'a bell' } })
    expect((await dataOf('alice')).slice(6)).toEqual([{}, { amount: 1, reason: 'a bell' }])
    await forgetNow('alice')
    expect((await dataOf('alice')).slice(6)).toEqual([{}, { amount: 1, reason: '[erased]' }, {}])
  })

  it('is told again if there was a key again, whether or not what it sealed was stored', async () => {
    await forgetNow('alice')
    await store.keys.keyFor('alice')
    await forgetNow('alice')
    expect(await store.keys.all()).toEqual([])
    expect((await store.read('alice')).map(({ type }) => type).slice(6)).toEqual(['forgotten', 'forgotten'])
  })

  it.each([
    ['frozen', { type: 'frozen', data: { reason: 'a lost card' } }],
    ['closed', { type: 'closed', data: {} }],
  ] as const)('is done to one that is %s, which it stays', async (status, event) => {
    await append('alice', event)
    await forgetNow('alice')
    expect(fold(await store.read('alice'))).toMatchObject({ status, balance: 135, owner: '[erased]' })
  })

  it('is said of one in which nobody ever wrote anything, once', async () => {
    await store.append('till', deposits(2), { expected: 'any' })
    for (const _ of ['once', 'again']) await forgetNow('till')
    expect((await store.read('till')).map(({ type }) => type)).toEqual([
      'deposited',
      'deposited',
      'forgotten',
    ])
  })

  it('is not done to one that is not there', async () => {
    await store.keys.add([newKey('Alice')])
    expect(await forgetNow('Alice')).toBeUndefined()
    expect(await store.head()).toBe(6)
    expect(await store.keys.all()).toHaveLength(2)
  })

  it('says how many events can still be read, for their text was never sealed', async () => {
    const golden = readFileSync(new URL('../golden/old-events.ndjson', import.meta.url), 'utf8')
    const events = golden.trimEnd().split('\n')
    const old = new MemoryEventStore()
    await old.log.restore(events.map((line) => parseStoredEvent(JSON.parse(line))))
    const forgetOld = (stream: string) =>
      forget({ events: old, log: old.log, keys: old.keys }, stream, { actor: 'Ada' })
    expect(await forgetOld('alice')).toEqual({ stillReadable: 4 })
    expect(await forgetOld('shared account')).toEqual({ stillReadable: 0 })
    expect(await forgetOld('alice')).toEqual({ stillReadable: 4 })
  })

  it('counts them in an account of any length', async () => {
    const withReason = Array.from({ length: 1_001 }, () => ({ amount: 1, reason: 'ATM' }))
    const id = (index: number) => `5eed0000-0000-4000-8000-${String(index).padStart(12, '0')}`
    const drafts = withReason.map((data, index) => ({
      id: id(index),
      type: 'MoneyWithdrawn',
      schemaVersion: 1,
      data,
      metadata: METADATA,
      occurredAt: at(0),
    }))
    await store.log.append('old', drafts, 'any')
    expect(await forgetNow('old')).toEqual({ stillReadable: 1_001 })
  })
})
