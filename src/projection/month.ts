/** Months and days of the calendar in the server's time zone, by which statements are made. */

export interface Month {
  /** `2026-11`, so that text order is time order. */
  readonly name: string
  /** Its first and its last millisecond, as UTC instants. */
  readonly first: string
  readonly last: string
}

/** The month in which this instant lies. */
export const monthAt = (instant: string | Date): Month => {
  const date = new Date(instant)
  return monthOf(date.getFullYear(), date.getMonth())
}

/** The month of this name; undefined for what is no month of a year with four digits. */
export const monthNamed = (name: string): Month | undefined => {
  const [, year, number] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(name) ?? []
  if (year === undefined || number === undefined) return undefined
  const month = monthOf(Number(year), Number(number) - 1)
  return [month.first, month.last].every(isOfFourDigits) ? month : undefined
}

export const monthBefore = ({ first }: Month): Month => monthAt(new Date(Date.parse(first) - 1))

export const monthAfter = ({ last }: Month): Month => monthAt(new Date(Date.parse(last) + 1))

/** From one month back to an earlier one, both included; none, if it is not earlier. */
export const monthsBack = (from: Month, to: Month): readonly Month[] => {
  const months: Month[] = []
  for (let month = from; month.name >= to.name; month = monthBefore(month)) months.push(month)
  return months
}

export const yearOf = ({ name }: Month): number => Number(name.slice(0, 4))

/** `index` counts from 0. */
const monthOf = (year: number, index: number): Month => ({
  name: `${padded(year, 4)}-${padded(index + 1, 2)}`,
  first: midnight(year, index).toISOString(),
  last: new Date(midnight(year, index + 1).getTime() - 1).toISOString(),
})

/** At which the month's first day begins; where that day has no midnight, the first instant that it has. */
const midnight = (year: number, index: number): Date => {
  const date = new Date(2000, 0, 1)
  date.setFullYear(year, index, 1)
  return date
}

const isOfFourDigits = (instant: string): boolean => /^\d{4}-/.test(instant)

const padded = (value: number, digits: number): string => String(value).padStart(digits, '0')
