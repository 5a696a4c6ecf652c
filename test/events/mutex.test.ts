import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Mutex } from '../../src/events/mutex.ts'
import { gate, settled } from './gate.ts'

it('lets one piece of work run at a time, first in, first out', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 8 }), async (scheduler, count) => {
      const mutex = new Mutex()
      const history: string[] = []
      const work = Array.from({ length: count }, (_, index) =>
        mutex.run(async () => {
          history.push(`begin ${index}`)
          await scheduler.schedule(Promise.resolve())
          history.push(`end ${index}`)
        }),
      )
      await scheduler.waitFor(Promise.all(work))
      expect(history).toEqual(work.flatMap((_, index) => [`begin ${index}`, `end ${index}`]))
    }),
  )
})

it('starts nothing while work is under way', async () => {
  const mutex = new Mutex()
  const held = gate()
  let started = false
  const first = mutex.run(() => held.opened)
  const second = mutex.run(() => {
    started = true
  })
  await settled()
  expect(started).toBe(false)
  held.open()
  await Promise.all([first, second])
  expect(started).toBe(true)
})

it('hands on what work returns, now or later', async () => {
  const mutex = new Mutex()
  expect(await mutex.run(() => 1)).toBe(1)
  expect(await mutex.run(async () => 'two')).toBe('two')
})

it.each([
  [
    'throws',
    () => {
      throw new Error('broken')
    },
  ],
  ['rejects', () => Promise.reject(new Error('broken'))],
])('fails as the work does, and lets the next have its turn, when work %s', async (_, fail) => {
  const mutex = new Mutex()
  const failed = mutex.run(fail)
  const next = mutex.run(() => 'done')
  await expect(failed).rejects.toThrow('broken')
  expect(await next).toBe('done')
})

it('keeps no two locks waiting for each other', async () => {
  const held = gate()
  const [mine, yours] = [new Mutex(), new Mutex()]
  const waiting = mine.run(() => held.opened)
  expect(await yours.run(() => 'free')).toBe('free')
  held.open()
  await waiting
})
