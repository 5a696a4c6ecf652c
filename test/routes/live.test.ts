import { afterEach, expect, it, vi } from 'vitest'
import { MemoryEventStore } from '../../src/events/memory-store.ts'
import { CurrentAccounts } from '../../src/projection/current-accounts.ts'
import { noFilter } from '../../src/projection/log-filter.ts'
import { MemorySummaryTable } from '../../src/projection/memory-tables.ts'
import { Readings } from '../../src/projection/readings.ts'
import { Broadcaster } from '../../src/registry/broadcaster.ts'
import type { SseStream } from '../../src/registry/sse-stream.ts'
import { Live, type Look } from '../../src/routes/live.ts'
import { deposited, newEvent } from '../events/sample-events.ts'
import { HUGE, streamServer, until } from '../registry/support.ts'

const server = streamServer()

const live = () => {
  const store = new MemoryEventStore()
  const onError = (error: unknown) => {
    throw error
  }
  const pushing = new Live(
    {
      store,
      accounts: new CurrentAccounts(store),
      readings: new Readings(store),
      inFlight: { of: () => [], onChanged: () => {} },
      summaries: new MemorySummaryTable(),
    },
    { after: 0, maxStreams: 10, maxStreamsPerTab: 10, onError },
  )
  const open = (stream: SseStream, tab: string, look: Look = LIVE, id = 'shared') =>
    pushing.openAccount(stream, tab, id, { filter: noFilter }, look)
  return { store, pushing, open }
}

const LIVE: Look = { version: undefined, count: 0, asked: undefined }
const PAST: Look = { version: 1, count: 1, asked: undefined }

afterEach(() => vi.restoreAllMocks())

it('keeps what a tab was to be told until a stream has taken it', async () => {
  const { pushing, open } = live()
  pushing.tell('till', { _error: 'Insufficient funds' })

  const dead = await server.open()
  dead.stream.drop()
  await expect(open(dead.stream, 'till')).rejects.toThrow('closed')

  const { stream, client } = await server.open()
  await open(stream, 'till')
  await until(() => client.text.includes('Insufficient funds'))

  const { stream: next, client: reader } = await server.open()
  await open(next, 'till')
  await until(() => reader.text.includes('id="event-log"'))
  expect(reader.text).not.toContain('Insufficient funds')
  await pushing.close()
})

it('tells a tab everything that was to be told while it had no stream, the newest of each', async () => {
  const { pushing, open } = live()
  pushing.tell('till', { _error: 'Insufficient funds', note: '' })
  pushing.tell('till', { _standingError: 'The account is frozen already' })
  pushing.tell('till', { _error: '' })
  const { stream, client } = await server.open()
  await open(stream, 'till')
  await until(() => client.text.includes('id="event-log"'))
  expect(client.text).toContain(
    'data: signals {"_error":"","note":"","_standingError":"The account is frozen already"}',
  )
  await pushing.close()
})

it.each([
  ['now', LIVE],
  ['the past', PAST],
])('keeps nothing for a stream of %s that closed before it was registered', async (_, look) => {
  const { store, pushing, open } = live()
  await store.append('shared', [newEvent(deposited(100))], { expected: 'any' })
  const dead = await server.open()
  dead.stream.drop()
  await open(dead.stream, 'gone', look)

  const said = vi.spyOn(Broadcaster.prototype, 'changed')
  const { stream, client } = await server.open()
  await open(stream, 'stays', LIVE, 'another')
  for (const id of ['shared', 'another']) {
    await store.append(id, [newEvent(deposited(100))], { expected: 'any' })
  }
  await until(() => client.text.includes('$1.00</output>'))
  expect(said.mock.calls.filter(([topic]) => topic.includes('"shared"'))).toEqual([])
  await pushing.close()
})

it('brings every tab of the past back to now when the log was cleared, though one does not read', async () => {
  const { store, pushing, open } = live()
  await store.append('shared', [newEvent(deposited(100))], { expected: 'any' })
  const [stuck, reading] = [await server.open({ reads: false }), await server.open()]
  await open(stuck.stream, 'stuck', PAST)
  await open(reading.stream, 'reading', PAST)
  await until(() => reading.client.text.includes('nothing since'))
  stuck.stream.send(HUGE)

  await store.clear()
  pushing.cleared()
  await until(() => reading.client.text.includes('data: signals {"version":"","asked":""}'))
  await until(() => reading.client.text.includes('"_past":false'))
  expect(stuck.stream.isClosed).toBe(true)
  await pushing.close()
})
