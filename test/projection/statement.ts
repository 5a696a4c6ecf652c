/** Random logs of one account, at times that never go back; whether it can afford them is not asked here. */
import fc from 'fast-check'
import type { NewEvent, RecordedEvent } from '../../src/events/event.ts'
import { MemoryEventStore } from '../../src/events/memory-store.ts'
import { at, deposited, newEvent, withdrawn } from '../events/sample-events.ts'

export const statement = ({ maxLength = 30 } = {}): fc.Arbitrary<readonly NewEvent[]> =>
  fc
    .array(
      fc.record({ isDeposit: fc.boolean(), amount: fc.integer({ min: 1, max: 1_000 }), pause: fc.nat(2) }),
      {
        maxLength,
        size: 'max',
      },
    )
    .map((moves) => {
      let seconds = 0
      return moves.map(({ isDeposit, amount, pause }) => {
        seconds += pause
        return newEvent(isDeposit ? deposited(amount) : withdrawn(amount), { occurredAt: at(seconds) })
      })
    })

/** A store that holds these events as the stream `alice`, and them as it recorded them. */
export const recorded = async (
  events: readonly NewEvent[],
): Promise<{ readonly store: MemoryEventStore; readonly log: readonly RecordedEvent[] }> => {
  const store = new MemoryEventStore()
  if (events.length > 0) await store.append('alice', events, { expected: 'no-stream' })
  return { store, log: await store.read('alice', { limit: events.length + 1 }) }
}
