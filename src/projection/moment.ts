/** Moments as people write them in an address or on a command line. */
import { z } from 'zod'

const day = z.iso.date().transform((text) => {
  const date = new Date(`${text}T00:00`)
  date.setDate(date.getDate() + 1)
  date.setHours(0, 0, 0, 0)
  return date.getTime() - 1
})

const time = z.iso.datetime({ offset: true, local: true }).transform((text) => new Date(text).getTime())

/** A year of more or fewer than four digits would not be in its place among texts. */
const moment = z
  .union([day, time])
  .transform((milliseconds) => new Date(milliseconds).toISOString())
  .pipe(z.iso.datetime())

/**
 * What is written in ISO 8601, as a UTC instant as `Date.toISOString` writes it; undefined for anything else. Without
 * an offset it is meant in the server's time zone. A day alone is its last millisecond: the balance on Tuesday is
 * the one at the end of it.
 */
export const momentOf = (text: string): string | undefined => moment.safeParse(text).data
