/** A statement as a table in CSV: the lines of its page, those of all its parts, as a spreadsheet takes them. */
import { decimal } from '../../events/money.ts'
import { dayAt } from '../../projection/day.ts'
import { wordsFor } from '../../projection/event-words.ts'
import type { RunningBalance } from '../../projection/running-balance.ts'
import type { Statement } from '../../projection/statement.ts'
import { type Column, csvOf, otherAccountIn, textIn } from './csv.ts'

/** `end` is the instant of the closing balance, and `closing` what that is called. */
export const statementCsv = (
  statement: Statement,
  pages: AsyncIterable<readonly RunningBalance[]>,
  { end, closing }: { readonly end: string; readonly closing: string },
): AsyncGenerator<string> => {
  const lines = async function* (): AsyncGenerator<readonly Line[]> {
    const { month, opening, closing: last } = statement
    yield [{ at: month.first, name: 'opening balance', balance: opening.balance }]
    for await (const rows of pages) yield rows.map(lineOf)
    yield [{ at: end, name: closing, balance: last.balance }]
  }
  return csvOf(columnsIn(statement.account.currency), lines())
}

interface Line {
  readonly at: string
  readonly name: string
  readonly balance: number
  /** None on the first line and on the last. */
  readonly row?: RunningBalance
}

const lineOf = (row: RunningBalance): Line => ({
  at: row.event.occurredAt,
  name: wordsFor(row.event.type),
  balance: row.balance,
  row,
})

/** Amounts are in the currency's decimals; the date is that of the server's time zone, as the month is. */
const columnsIn = (currency: string): readonly Column<Line>[] => {
  const amount = (change: number): string | undefined => (change > 0 ? decimal(change, currency) : undefined)
  return [
    { name: 'date', kind: 'plain', of: ({ at }) => dayAt(at) },
    { name: 'occurredAt', kind: 'plain', of: ({ row }) => row?.event.occurredAt },
    { name: 'version', kind: 'plain', of: ({ row }) => row?.event.version },
    { name: 'event', kind: 'plain', of: ({ name }) => name },
    { name: 'note', kind: 'text', of: ({ row }) => row && textIn(row.event) },
    { name: 'otherAccount', kind: 'text', of: ({ row }) => row && otherAccountIn(row.event) },
    { name: 'in', kind: 'plain', of: ({ row }) => row && amount(row.change) },
    { name: 'out', kind: 'plain', of: ({ row }) => row && amount(-row.change) },
    { name: 'balance', kind: 'plain', of: ({ balance }) => decimal(balance, currency) },
    { name: 'currency', kind: 'plain', of: () => currency },
  ]
}
