/** Random logs of one account, at times that never go back; whether it can afford them is not asked here. */
import fc from 'fast-check'
import type { AccountEvent, NewEvent, RecordedEvent } from '../../src/events/event.ts'
import { MemoryEventStore } from '../../src/events/memory-store.ts'
import {
  at,
  closed,
  deposited,
  forgotten,
  frozen,
  newEvent,
  opened,
  transferReturned,
  transferredIn,
  transferredOut,
  unfrozen,
  withdrawn,
} from '../events/sample-events.ts'

const amount = fc.integer({ min: 1, max: 1_000 })

/** Any event: mostly one that moves money. */
const accountEvent: fc.Arbitrary<AccountEvent> = fc.oneof(
  { weight: 5, arbitrary: amount.map(deposited) },
  { weight: 5, arbitrary: amount.map(withdrawn) },
  { weight: 1, arbitrary: amount.map((openingBalance) => opened(openingBalance)) },
  {
    weight: 2,
    arbitrary: amount.chain((sum) =>
      fc.constantFrom(transferredOut(sum), transferredIn(sum), transferReturned(sum)),
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom(frozen, unfrozen, closed, forgotten) },
)

export const statement = ({ maxLength = 30 } = {}): fc.Arbitrary<readonly NewEvent[]> =>
  fc
    .array(fc.record({ event: accountEvent, pause: fc.nat(2) }), {
      maxLength,
      size: 'max',
    })
    .map((moves) => {
      let seconds = 0
      return moves.map(({ event, pause }) => {
        seconds += pause
        return newEvent(event, { occurredAt: at(seconds) })
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
