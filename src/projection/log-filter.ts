/** Which events of a log are looked for. */
import type { AccountEvent, RecordedEvent } from '../events/event.ts'
import { noteOf } from './event-words.ts'
import { foldCase } from './summary-table.ts'

export interface LogFilter {
  /** Any of these; all, if there are none. */
  readonly types: readonly AccountEvent['type'][]
  /** UTC instants as `Date.toISOString` writes them, inclusive. */
  readonly from?: string
  readonly until?: string
  /** Somewhere in the source, the reason, the owner or the other account, in upper or lower case; '' for anything. */
  readonly search: string
}

/** Every event. */
export const noFilter: LogFilter = { types: [], search: '' }

export const isFiltering = ({ types, from, until, search }: LogFilter): boolean =>
  types.length > 0 || from !== undefined || until !== undefined || search !== ''

/** Whether events have to be looked at one by one: times alone are a stretch of versions. */
export const isSelective = ({ types, search }: LogFilter): boolean => types.length > 0 || search !== ''

export const matches = ({ types, from, until, search }: LogFilter, event: RecordedEvent): boolean =>
  (types.length === 0 || types.includes(event.type)) &&
  (from === undefined || event.occurredAt >= from) &&
  (until === undefined || event.occurredAt <= until) &&
  (search === '' || foldCase(textOf(event)).includes(foldCase(search)))

const textOf = (event: RecordedEvent): string => {
  const note = noteOf(event)
  if (note === undefined) return ''
  return note.type === 'text' ? note.text : `${note.account}\n${note.text ?? ''}`
}
