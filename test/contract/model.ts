import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { NewEvent } from '../../src/events/event.ts'
import type { EventStore, ExpectedVersion } from '../../src/events/store.ts'
import { amountOf, at, deposited, idsOf, newEvent, withdrawn } from '../events/sample-events.ts'
import type { WithStore } from './event-store.ts'

/** One append: a new batch, an old one again, or one that must be refused whatever is expected. */
interface Step {
  readonly stream: string
  readonly batch: 'new' | 'repeated' | 'mixed' | 'invalid'
  /** For `repeated` and `mixed`: which earlier batch. */
  readonly earlier: number
  readonly amounts: readonly number[]
  readonly second: number
  readonly expected: ExpectedVersion | { readonly off: number }
}

interface Entry {
  readonly id: string
  readonly stream: string
  readonly version: number
  readonly type: string
  readonly amount: number
  readonly occurredAt: string
}

/** A log that is an array and nothing else. */
class Model {
  readonly log: Entry[] = []
  readonly batches: {
    readonly stream: string
    readonly events: readonly NewEvent[]
    readonly end: number
  }[] = []

  versionOf(stream: string): number {
    return this.log.filter((entry) => entry.stream === stream).length
  }

  append(stream: string, events: readonly NewEvent[]): void {
    for (const event of events) {
      const { id, type, occurredAt } = event
      const times = this.log.filter((entry) => entry.stream === stream).map((entry) => entry.occurredAt)
      const latest = [...times, occurredAt].sort().at(-1) ?? occurredAt
      const version = this.versionOf(stream) + 1
      this.log.push({ id, stream, version, type, amount: amountOf(event), occurredAt: latest })
    }
    this.batches.push({ stream, events, end: this.versionOf(stream) })
  }
}

const isMet = (expected: ExpectedVersion, version: number): boolean => {
  switch (expected) {
    case 'any':
      return true
    case 'no-stream':
      return version === 0
    case 'stream-exists':
      return version > 0
    default:
      return expected === version
  }
}

const step: fc.Arbitrary<Step> = fc.record({
  stream: fc.constantFrom('a', 'b', 'c'),
  batch: fc.constantFrom('new', 'new', 'new', 'repeated', 'mixed', 'invalid'),
  earlier: fc.nat(),
  amounts: fc.array(
    fc.integer({ min: -50, max: 50 }).filter((amount) => amount !== 0),
    { minLength: 1, maxLength: 4 },
  ),
  second: fc.nat(100),
  expected: fc.oneof(
    { weight: 2, arbitrary: fc.constant<ExpectedVersion>('any') },
    { weight: 1, arbitrary: fc.constantFrom<ExpectedVersion>('no-stream', 'stream-exists') },
    { weight: 3, arbitrary: fc.constantFrom(0, 0, 0, -1, 1).map((off) => ({ off })) },
  ),
})

/** What the store and the model each say to one step: a result, or the name of the error. */
const play = async (store: EventStore, model: Model, prefix: string, step: Step) => {
  const earlier = model.batches[step.earlier % Math.max(model.batches.length, 1)]
  const fresh = step.amounts.map((amount, index) =>
    newEvent(amount > 0 ? deposited(amount) : withdrawn(-amount), { occurredAt: at(step.second + index) }),
  )
  const isOld = earlier !== undefined && (step.batch === 'repeated' || step.batch === 'mixed')
  const stream = isOld ? earlier.stream : prefix + step.stream
  const old = isOld ? earlier.events : []
  const events =
    step.batch === 'invalid'
      ? [...fresh, newEvent(deposited(0))]
      : isOld && step.batch === 'repeated'
        ? old
        : [...old, ...fresh]
  const version = model.versionOf(stream)
  const expected =
    typeof step.expected === 'object' ? Math.max(version + step.expected.off, 0) : step.expected

  const told = await store.append(stream, events, { expected }).then(
    (appended) => ({ version: appended.version, repeated: appended.repeated }),
    (error: unknown) => (error instanceof Error ? error.name : 'not an error'),
  )

  if (step.batch === 'invalid') return { told, foretold: 'InvalidEventError' }
  if (isOld && step.batch === 'mixed') return { told, foretold: 'IdempotencyConflictError' }
  if (isOld) return { told, foretold: { version: earlier.end, repeated: true } }
  if (!isMet(expected, version)) return { told, foretold: 'ConcurrencyError' }
  model.append(stream, events)
  return { told, foretold: { version: model.versionOf(stream), repeated: false } }
}

export const model = (withStore: WithStore) => {
  it(
    'after any sequence of appends, whatever they expect',
    withStore(async (store) => {
      let run = 0
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25, size: 'max' }), async (steps) => {
          const prefix = `${++run}-`
          const start = await store.head()
          const model = new Model()
          for (const step of steps) {
            const { told, foretold } = await play(store, model, prefix, step)
            expect(told).toEqual(foretold)
          }

          const log = await store.readAll({ after: start })
          expect(
            log.map((event) => {
              const { id, stream, version, type, occurredAt } = event
              return { id, stream, version, type, amount: amountOf(event), occurredAt }
            }),
          ).toEqual(model.log)
          expect(await store.head()).toBe(log.at(-1)?.position ?? start)
          expect((await store.find(idsOf(log))).size).toBe(log.length)
          for (const stream of ['a', 'b', 'c'].map((name) => prefix + name)) {
            expect(await store.read(stream)).toEqual(log.filter((event) => event.stream === stream))
          }
        }),
        { numRuns: 60 },
      )
    }),
  )
}
