/** What accounts are called, for pages that name others than their own. */
import { InvalidEventError, type RecordedEvent, UnknownEventTypeError } from '../events/event.ts'
import { SealError } from '../events/sealing.ts'
import { noteOf } from '../projection/event-words.ts'
import type { Snapshot } from '../projection/snapshot.ts'
import { nameOf } from '../projection/summary-table.ts'
import { accountName } from './addresses.ts'

export type Names = ReadonlyMap<string, string>

/** Of as many accounts as it is asked for; one whose events cannot be read goes without a name. */
export const namesOf = async (
  accounts: { current(stream: string): Promise<Snapshot> },
  streams: Iterable<string>,
): Promise<Names> => {
  const named = [...new Set(streams)].map(async (stream) => {
    try {
      const { account } = await accounts.current(stream)
      return [[stream, accountName(stream, account)] as const]
    } catch (error) {
      if (!isUnreadable(error)) throw error
      return []
    }
  })
  return new Map((await Promise.all(named)).flat())
}

/** The accounts at the other ends of transfers. */
export const othersIn = (events: Iterable<RecordedEvent>): string[] =>
  [...events].flatMap((event) => {
    const note = noteOf(event)
    return note && note.type !== 'text' ? [note.account] : []
  })

/** By its stream, if its name is not known. */
export const called = (account: string, names: Names): string => names.get(account) ?? nameOf({ account })

/** Somebody was at the event without Passbook, or a newer one wrote it. */
export const isUnreadable = (error: unknown): error is Error =>
  [SealError, InvalidEventError, UnknownEventTypeError].some((type) => error instanceof type)
