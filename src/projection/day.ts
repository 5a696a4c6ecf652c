/** Periods of the server's time zone, as people write them: from one day or moment until another. */
import { momentOf } from './moment.ts'

/** The instant at which a period begins that begins with this day or moment; undefined if it is neither. */
export const startOf = (text: string): string | undefined => {
  const moment = momentOf(text)
  if (moment === undefined || !DAY.test(text)) return moment
  const eve = momentOf(dayBefore(text))
  return eve && new Date(Date.parse(eve) + 1).toISOString()
}

/** The instant at which a period ends that ends with this day or moment. */
export const endOf = momentOf

/** The day that an instant is in. */
export const dayAt = (instant: string): string => calendar.format(new Date(instant)).padStart(10, '0')

/** A moment as a day and, unless it is that day's end, a time of the day. */
export const dayAndTimeAt = (instant: string): { readonly day: string; readonly time: string } => {
  const day = dayAt(instant)
  return { day, time: endOf(day) === instant ? '' : clock.format(new Date(instant)) }
}

const clock = new Intl.DateTimeFormat('sv-SE', { timeStyle: 'medium' })

/** Swedish is written in ISO 8601. */
const calendar = new Intl.DateTimeFormat('sv-SE', { year: 'numeric', month: '2-digit', day: '2-digit' })

const DAY = /^\d{4}-\d\d-\d\d$/

const dayBefore = (day: string): string =>
  new Date(Date.parse(`${day}T00:00Z`) - 86_400_000).toISOString().slice(0, 10)
