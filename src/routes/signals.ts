/** What a tab sends: Datastar's signals, checked before anything else looks at them. */
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { z } from 'zod'

const version = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number),
  ])
  .pipe(z.int().nonnegative())

/**
 * The page mints the tab's id. A client without a page may leave it out, and then hears nothing but the status. What a
 * person typed is checked by whoever asked for it, and told to that person.
 */
const signals = z.looseObject({
  tab: z
    .string()
    .regex(/^[\w-]{1,64}$/)
    .optional(),
  /** Which version the tab looks at; empty for the newest. */
  version: z.union([z.literal('').transform(() => undefined), version]).optional(),
  /** A time that the tab asked for, as it was typed, and has not been shown yet. */
  asked: z.unknown().optional(),
  looks: z.int().nonnegative().default(0),
})

export type Signals = z.infer<typeof signals>

const ACCEPTED: Readonly<Record<string, string>> = {
  tab: 'The signal "tab" must be 1 to 64 letters, digits, "-" or "_".',
  version: 'The signal "version" must be the number of an event, or empty.',
  looks: 'The signal "looks" must be a number that rises.',
}

/**
 * Reads them from the query of a GET, which may have none, or from the body of any other request, which must have
 * some. A 400 says what is wrong with them.
 */
export const readSignals = async (c: Context): Promise<Signals> => {
  const text = ['GET', 'HEAD'].includes(c.req.method) ? (c.req.query('datastar') ?? '{}') : await c.req.text()
  const result = signals.safeParse(parseJson(text))
  if (result.success) return result.data
  const wrong = String(result.error.issues[0]?.path[0])
  throw new HTTPException(400, {
    message: ACCEPTED[wrong] ?? 'Send the signals as one JSON object, such as {"tab":"t1","amount":"12.34"}.',
  })
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
