import { describe, expect, it, vi } from 'vitest'
import type { RecordedEvent } from '../../src/events/event.ts'
import { follow } from '../../src/events/follow.ts'
import { MemoryEventStore } from '../../src/events/memory-store.ts'
import { type EventStore, PAGE } from '../../src/events/store.ts'
import { Collector, unexpected } from './collector.ts'
import { gate, settled } from './gate.ts'
import { deposits, versionsOf } from './sample-events.ts'

type Log = Pick<EventStore, 'readAll'>

const logOf = async (count: number): Promise<MemoryEventStore> => {
  const log = new MemoryEventStore()
  if (count > 0) await log.append('alice', deposits(count), { expected: 'any' })
  return log
}

const ignore = () => undefined

describe('following a log', () => {
  it('reads a page at a time, each from where the last one ended', async () => {
    const log = await logOf(2 * PAGE + 1)
    const collector = new Collector()
    const reads: unknown[] = []
    const readAll: Log['readAll'] = (options) => {
      reads.push(options)
      return log.readAll(options)
    }
    const follower = follow({ readAll }, { after: 1 }, collector.onEvents, unexpected)
    await collector.has(2 * PAGE)
    await settled()
    await follower.stop()
    expect(reads).toEqual([1, PAGE + 1, 2 * PAGE + 1].map((after) => ({ after, limit: PAGE })))
  })

  it('goes on from where a call says: back, so that the same events come again, or ahead', async () => {
    const log = await logOf(6)
    const answers = [2, undefined, 9]
    const calls: number[][] = []
    const follower = follow(
      log,
      { after: 0 },
      (events) => {
        calls.push(versionsOf(events))
        return answers[calls.length - 1]
      },
      unexpected,
    )
    await vi.waitFor(() => expect(calls).toHaveLength(2))
    for (const count of [3, 4]) {
      await log.append('alice', deposits(2), { expected: 'any' })
      follower.wake()
      await vi.waitFor(() => expect(calls).toHaveLength(count))
    }
    await follower.stop()
    expect(calls).toEqual([[1, 2, 3, 4, 5, 6], [3, 4, 5, 6], [7, 8], [10]])
  })

  it('reads no more until it is woken', async () => {
    const log = await logOf(1)
    const collector = new Collector()
    let reads = 0
    const readAll: Log['readAll'] = (options) => {
      reads++
      return log.readAll(options)
    }
    const follower = follow({ readAll }, { after: 0 }, collector.onEvents, unexpected)
    await collector.has(1)
    await settled()
    const idle = reads
    await log.append('alice', deposits(1), { expected: 'any' })
    await settled()
    expect(reads).toBe(idle)
    expect(collector.events).toHaveLength(1)

    follower.wake()
    await collector.has(2)
    await follower.stop()
    expect(reads).toBeGreaterThan(idle)
  })

  it('does not miss being woken during the read that finds nothing', async () => {
    const log = await logOf(0)
    const collector = new Collector()
    const [reading, release] = [gate(), gate()]
    const readAll: Log['readAll'] = async (options) => {
      const page = await log.readAll(options)
      reading.open()
      await release.opened
      return page
    }
    const follower = follow({ readAll }, { after: 0 }, collector.onEvents, unexpected)
    await reading.opened
    await log.append('alice', deposits(1), { expected: 'any' })
    follower.wake()
    release.open()
    await collector.has(1)
    await follower.stop()
  })

  it('can be woken for nothing, as often as one likes', async () => {
    const log = await logOf(0)
    const follower = follow(log, { after: 0 }, unexpected, unexpected)
    for (let count = 0; count < 3; count++) {
      follower.wake()
      follower.wake()
      await settled()
    }
    await follower.stop()
  })

  it('stops for good: what a read brings after that is not delivered', async () => {
    const log = await logOf(1)
    const [reading, release] = [gate(), gate()]
    const readAll: Log['readAll'] = async (options) => {
      reading.open()
      await release.opened
      return log.readAll(options)
    }
    const collector = new Collector()
    const follower = follow({ readAll }, { after: 0 }, collector.onEvents, unexpected)
    await reading.opened
    const stopped = follower.stop()
    release.open()
    await stopped
    follower.wake()
    await settled()
    expect(collector.events).toEqual([])
  })

  it('can be stopped by the call that it is making', async () => {
    const log = await logOf(PAGE + 1)
    const collector = new Collector()
    let stopped: Promise<void> | undefined
    const ended = gate()
    const follower = follow(
      log,
      { after: 0 },
      (events) => {
        collector.onEvents(events)
        stopped = follower.stop()
        ended.open()
      },
      unexpected,
    )
    await ended.opened
    await stopped
    expect(collector.events).toHaveLength(PAGE)
  })
})

describe('when something fails', () => {
  const failure = new Error('broken')
  const failures: readonly (readonly [string, () => void | Promise<void>])[] = [
    [
      'throws',
      () => {
        throw failure
      },
    ],
    ['rejects', () => Promise.reject(failure)],
  ]

  it.each(failures)('a call that %s is made again with the same events', async (_, fail) => {
    const log = await logOf(2)
    const collector = new Collector()
    const attempts: (readonly RecordedEvent[])[] = []
    const errors: unknown[] = []
    const follower = follow(
      log,
      { after: 0, retryMs: 1 },
      (events) => {
        attempts.push(events)
        if (attempts.length < 3) return fail()
        return collector.onEvents(events)
      },
      (error) => errors.push(error),
    )
    await collector.has(2)
    await follower.stop()
    expect(errors).toEqual([failure, failure])
    expect(attempts).toEqual([collector.events, collector.events, collector.events])
  })

  it('a read that fails is made again, and nothing is lost', async () => {
    const log = await logOf(3)
    const collector = new Collector()
    const errors: unknown[] = []
    const readAll: Log['readAll'] = (options) =>
      errors.length < 2 ? Promise.reject(failure) : log.readAll(options)
    const follower = follow({ readAll }, { after: 0, retryMs: 1 }, collector.onEvents, (error) =>
      errors.push(error),
    )
    await collector.has(3)
    await follower.stop()
    expect(errors).toEqual([failure, failure])
  })

  it('it waits before the next attempt, even if it is woken', async () => {
    const log = await logOf(1)
    let attempts = 0
    const failed = gate()
    const follower = follow(
      log,
      { after: 0, retryMs: 3_600_000 },
      () => {
        attempts++
        throw failure
      },
      failed.open,
    )
    await failed.opened
    follower.wake()
    await settled()
    expect(attempts).toBe(1)
    await follower.stop()
  })

  it('stopping does not wait for the next attempt', async () => {
    const log = await logOf(1)
    const failed = gate()
    const follower = follow(
      log,
      { after: 0, retryMs: 3_600_000 },
      () => {
        throw failure
      },
      failed.open,
    )
    await failed.opened
    await follower.stop()
  })

  it('a call that fails while it is being stopped still tells what went wrong', async () => {
    const log = await logOf(1)
    const [entered, release] = [gate(), gate()]
    const errors: unknown[] = []
    const follower = follow(
      log,
      { after: 0, retryMs: 3_600_000 },
      async () => {
        entered.open()
        await release.opened
        throw failure
      },
      (error) => errors.push(error),
    )
    await entered.opened
    const stopped = follower.stop()
    release.open()
    await stopped
    expect(errors).toEqual([failure])
  })
})

it('an empty log costs one read, and stopping ends it', async () => {
  let reads = 0
  const log = await logOf(0)
  const readAll: Log['readAll'] = (options) => {
    reads++
    return log.readAll(options)
  }
  const follower = follow({ readAll }, { after: 0 }, ignore, unexpected)
  await settled()
  await follower.stop()
  expect(reads).toBe(1)
})
