import { expect, it } from 'vitest'
import { Broadcaster } from '../../src/registry/broadcaster.ts'
import { HUGE, streamServer, until, view } from './support.ts'

const { open } = streamServer()

it('200 tabs, 10 of which never read: the others get the last view, and those cost no more with every change', async () => {
  let clicks = 0
  const broadcaster = new Broadcaster(() => view(clicks), {
    intervalMs: 0,
    onError: (error) => expect.unreachable(String(error)),
  })
  const tabs = await Promise.all(Array.from({ length: 200 }, (_, i) => open({ reads: i >= 10 })))
  const stuck = tabs.slice(0, 10)
  const reading = tabs.slice(10)
  for (const { stream } of stuck) stream.send(HUGE)
  for (const { stream } of tabs) broadcaster.watch('clicks', stream)
  const everybodySees = (name: number) =>
    until(() => reading.every(({ client }) => client.text.endsWith(`data: ${name} \n\n`)))
  const waiting = () => stuck.reduce((sum, { response }) => sum + response.writableLength, 0)

  await everybodySees(0)
  const before = waiting()
  for (let round = 1; round <= 20; round++) {
    for (let i = 0; i < 50; i++) {
      clicks += 1
      broadcaster.changed('clicks')
    }
    await everybodySees(clicks)
  }
  expect(clicks).toBe(1_000)
  expect(stuck.every(({ stream }) => stream.isFull && !stream.isClosed)).toBe(true)
  expect(waiting()).toBeLessThanOrEqual(before)

  for (const { client } of stuck) {
    client.resume()
    await until(() => client.views.length > 0)
    expect(client.views).toEqual(['1000'])
  }
})
