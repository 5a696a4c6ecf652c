/** Tables in CSV, made from rows as they come. */
import { stringify } from 'csv-stringify/sync'
import type { AccountEvent } from '../../events/event.ts'
import { guarded } from '../../formula-guard.ts'
import { noteOf } from '../../projection/event-words.ts'

export interface Column<Row> {
  readonly name: string
  /** What people wrote is `text`, and is kept from being taken for a formula. */
  readonly kind: 'plain' | 'text'
  /** Nothing stands in a cell that is undefined or null. */
  readonly of: (row: Row) => string | number | null | undefined
}

/** The names of the columns, and then each page of rows as one piece of text. */
export const csvOf = async function* <Row>(
  columns: readonly Column<Row>[],
  pages: AsyncIterable<readonly Row[]>,
): AsyncGenerator<string> {
  yield stringify([columns.map(({ name }) => name)])
  for await (const rows of pages)
    yield stringify(rows.map((row) => columns.map((column) => cell(column, row))))
}

const cell = <Row>({ kind, of }: Column<Row>, row: Row): string => {
  const text = String(of(row) ?? '')
  return kind === 'text' ? guarded(text) : text
}

/** What people wrote with an event, for a column of its own. */
export const textIn = (event: AccountEvent): string | undefined => noteOf(event)?.text

/** The account at the other end of a transfer, likewise. */
export const otherAccountIn = (event: AccountEvent): string | undefined => {
  const note = noteOf(event)
  return note && note.type !== 'text' ? note.account : undefined
}
