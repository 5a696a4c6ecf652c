import { expect, it } from 'vitest'
import { chain, EMPTY_STREAM } from '../../src/events/hash-chain.ts'
import { gate } from '../events/gate.ts'
import { draft, drafts } from '../events/sample-events.ts'
import type { WithLog } from './event-log.ts'

export const logNews = (withLog: WithLog) => {
  it(
    'to everybody who listens, once it can be read',
    withLog(async ({ log }) => {
      const listeners = [gate(), gate()]
      for (const { open } of listeners) {
        log.onNews(() => {
          void log.readAll().then((events) => events.length === 2 && open())
        })
      }
      await log.append('alice', drafts(2), 'any')
      await Promise.all(listeners.map(({ opened }) => opened))
    }),
  )

  it(
    'for every append that comes after an earlier one was told',
    withLog(async ({ log }) => {
      for (let count = 1; count <= 3; count++) {
        const told = gate()
        const stop = log.onNews(() => {
          void log.head().then((head) => head === count && told.open())
        })
        await log.append('alice', [draft()], 'any')
        await told.opened
        stop()
      }
      expect(await log.head()).toBe(3)
    }),
  )

  it(
    'also when events were restored',
    withLog(async ({ log }) => {
      const told = gate()
      log.onNews(told.open)
      await log.restore(chain('alice', EMPTY_STREAM, [draft()]).map((event) => ({ ...event, position: 1 })))
      await told.opened
    }),
  )

  it(
    'until they stop listening, twice if need be, which the others do not notice',
    withLog(async ({ log }) => {
      let told = 0
      const stop = log.onNews(() => {
        told++
      })
      const stopOther = log.onNews(() => {
        told++
      })
      const witness = gate()
      log.onNews(witness.open)
      stop()
      stop()
      stopOther()
      await log.append('alice', [draft()], 'any')
      await witness.opened
      expect(told).toBe(0)
    }),
  )
}
