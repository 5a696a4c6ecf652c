/** A small log in which everything happens that can happen to an account, at times and with ids that are known. */
import { fileURLToPath } from 'node:url'
import type { AccountEvent } from '../../src/events/event.ts'
import { at, newEvent } from '../events/sample-events.ts'
import { using } from './stores.ts'

/** An archive of events in every shape there ever was. */
export const GOLDEN = fileURLToPath(new URL('../golden/old-events.ndjson', import.meta.url))

/** Stream, seconds after eleven o'clock, and what happened. */
type Happening = readonly [string, number, AccountEvent]

const HAPPENINGS: readonly Happening[] = [
  [
    'alice',
    0,
    { type: 'opened', data: { owner: 'Ada Lovelace', currency: 'USD', openingBalance: 1_000_00 } },
  ],
  ['bob', 5, { type: 'opened', data: { owner: 'Bob', currency: 'KWD', openingBalance: 0 } }],
  ['alice', 10, { type: 'deposited', data: { amount: 500_00, source: 'wages' } }],
  ['Zoë’s jar', 12, { type: 'opened', data: { owner: 'Zoë 💶', currency: 'JPY', openingBalance: 12 } }],
  ['bob', 15, { type: 'deposited', data: { amount: 1_234, source: 'a gift of Bob’s aunt' } }],
  ['alice', 20, { type: 'withdrawn', data: { amount: 20_00, reason: 'a bicycle' } }],
  ['alice', 30, { type: 'frozen', data: { reason: 'a lost card' } }],
  ['alice', 30, { type: 'unfrozen', data: {} }],
  ['bob', 35, { type: 'forgotten', data: {} }],
  ['club', 40, { type: 'deposited', data: { amount: 1 } }],
  ['alice', 50, { type: 'withdrawn', data: { amount: 1_400_00 } }],
  ['alice', 60.5, { type: 'closed', data: { reason: 'moved away' } }],
]

/** The id of the event at a position. */
export const idAt = (position: number): string =>
  `5eed0000-0000-4000-8000-${String(position).padStart(12, '0')}`

/** Bob's text cannot be read any more: his key is destroyed. */
export const writeSample = (store: string): Promise<void> =>
  using(store, async ({ events, keys }) => {
    for (const [index, [stream, seconds, event]] of HAPPENINGS.entries()) {
      const envelope = { id: idAt(index + 1), occurredAt: at(seconds) }
      await events.append(stream, [newEvent(event, envelope)], { expected: 'any' })
    }
    await keys.destroy('bob')
  })
