import { expect, it } from 'vitest'
import { MemoryEventStore } from '../../src/events/memory-store.ts'
import { CurrentAccounts } from '../../src/projection/current-accounts.ts'
import { noFilter } from '../../src/projection/log-filter.ts'
import { MemorySummaryTable } from '../../src/projection/memory-tables.ts'
import { Readings } from '../../src/projection/readings.ts'
import type { SseStream } from '../../src/registry/sse-stream.ts'
import { Live } from '../../src/routes/live.tsx'
import { streamServer, until } from '../registry/support.ts'

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
  const open = (stream: SseStream, tab: string) =>
    pushing.openAccount(stream, tab, 'shared', { filter: noFilter }, LIVE)
  return { pushing, open }
}

const LIVE = { version: undefined, count: 0, isNews: false }

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
