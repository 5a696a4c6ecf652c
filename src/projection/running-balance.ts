/** The "Balance after" column: the same fold as the balance, stopped at each event. */
import type { RecordedEvent } from '../events/event.ts'
import { changeOf } from './account.ts'

export interface RunningBalance {
  readonly event: RecordedEvent
  /** What the event did to the balance, signed, in minor units. */
  readonly change: number
  /** The balance right after the event, in minor units. */
  readonly balance: number
}

/**
 * The rows of any window of a log, in the order given, which is newest first. `closing` is the balance after
 * the newest of them; going back from there, a window costs no more at the end of a long log than of a short one.
 */
export const runningBalances = (newestFirst: readonly RecordedEvent[], closing: number): RunningBalance[] => {
  let balance = closing
  return newestFirst.map((event) => {
    const row = { event, change: changeOf(event), balance }
    balance -= row.change
    return row
  })
}
