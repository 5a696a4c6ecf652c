/** How commands answer: on stdout what was asked for, in words or in JSON. */
import { once } from 'node:events'

/** What cannot be done as asked, in one line that says what can. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/** Waits while whoever reads is slower than the log. */
export const write = async (text: string): Promise<void> => {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain')
}

export const print = (line: string): Promise<void> => write(`${line}\n`)

export const printJson = (value: unknown): Promise<void> => print(JSON.stringify(value))

export const figure = (number: number): string => number.toLocaleString('en-US')

export const count = (number: number, what: string): string =>
  `${figure(number)} ${what}${number === 1 ? '' : 's'}`

/** Columns as wide as what stands in them; those that hold numbers are aligned to the right. */
export const table = (rows: readonly (readonly string[])[], right: readonly number[] = []): string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return right.includes(column) ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd(),
  )
}
