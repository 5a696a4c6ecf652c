import { expect, it } from 'vitest'
import { MemoryEventStore } from '../../src/events/memory-store.ts'
import { CurrentAccounts } from '../../src/projection/current-accounts.ts'
import { Live } from '../../src/routes/live.tsx'
import { streamServer, until } from '../registry/support.ts'

const server = streamServer()

const live = () => {
  const store = new MemoryEventStore()
  const onError = (error: unknown) => {
    throw error
  }
  return new Live(store, new CurrentAccounts(store), {
    after: 0,
    maxStreams: 10,
    maxStreamsPerTab: 10,
    onError,
  })
}

it('keeps what a tab was to be told until a stream has taken it', async () => {
  const pushing = live()
  pushing.tell('till', 'Insufficient funds')

  const dead = await server.open()
  dead.stream.drop()
  expect(() => pushing.open(dead.stream, 'till', 'shared', 'log')).toThrow('closed')

  const { stream, client } = await server.open()
  pushing.open(stream, 'till', 'shared', 'log')
  await until(() => client.text.includes('Insufficient funds'))

  const { stream: next, client: reader } = await server.open()
  pushing.open(next, 'till', 'shared', 'log')
  await until(() => reader.text.includes('id="event-log"'))
  expect(reader.text).not.toContain('Insufficient funds')
  await pushing.close()
})
