/** What of the log is asked for, as it stands in the address. */
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { z } from 'zod'
import { dayAt, endOf, startOf } from '../../projection/day.ts'
import { EVENT_TYPES } from '../../projection/event-words.ts'
import type { LogFilter } from '../../projection/log-filter.ts'

export interface LogQuery {
  readonly filter: LogFilter
  readonly before?: number
}

/** Parameters of the page that are none of the log's, such as the version that it shows. */
export type Kept = Readonly<Record<string, string>>

export const MAX_SEARCH = 200

/** `parse` makes undefined of what is no day and no moment. A form sends an empty field along. */
const bound = (parse: (text: string) => string | undefined) =>
  z
    .string()
    .transform((text) => (text === '' ? '' : parse(text)))
    .pipe(z.string())
    .default('')

const query = z.object({
  type: z.array(z.enum(EVENT_TYPES)).default([]),
  from: bound(startOf),
  until: bound(endOf),
  search: z.string().trim().max(MAX_SEARCH).default(''),
  /** Before the first event there are no rows. */
  before: z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .refine((version) => version > 1)
    .optional(),
})

const ACCEPTED = {
  type: `takes one of ${EVENT_TYPES.join(', ')}, and may be there several times`,
  from: 'takes a day such as 2026-11-17, or a time such as 2026-11-17T14:03',
  until: 'takes a day such as 2026-11-17, or a time such as 2026-11-17T14:03',
  search: `takes at most ${MAX_SEARCH} characters`,
  before: 'takes the number of an event, such as 51',
} as const satisfies Record<keyof z.infer<typeof query>, string>

/** A 400 says what is accepted. */
export const readLogQuery = (c: Context): LogQuery => {
  const result = query.safeParse({ ...c.req.query(), type: c.req.queries('type') })
  if (!result.success) throw new HTTPException(400, { message: messageOf(result.error) })
  const { type, from, until, search, before } = result.data
  return {
    filter: {
      types: EVENT_TYPES.filter((name) => type.includes(name)),
      ...(from !== '' && { from }),
      ...(until !== '' && { until }),
      search,
    },
    ...(before !== undefined && { before }),
  }
}

const messageOf = (error: z.ZodError): string => {
  const name = query.keyof().parse(error.issues[0]?.path[0])
  return `In the address, "${name}" ${ACCEPTED[name]}.`
}

/** The address of a page of the log, as a query alone: `?type=deposited&before=51`. */
export const queryOf = (
  { types, from, until, search }: LogFilter,
  kept: Kept = {},
  before?: number,
): string => {
  const parameters = new URLSearchParams(kept)
  for (const type of types) parameters.append('type', type)
  if (from !== undefined) parameters.append('from', firstOf(from))
  if (until !== undefined) parameters.append('until', lastOf(until))
  if (search !== '') parameters.append('search', search)
  if (before !== undefined) parameters.append('before', String(before))
  return `?${parameters}`
}

/** A bound as it was asked for: the day, if it is the day's own bound. */
export const firstOf = (from: string): string => (startOf(dayAt(from)) === from ? dayAt(from) : from)
export const lastOf = (until: string): string => (endOf(dayAt(until)) === until ? dayAt(until) : until)
