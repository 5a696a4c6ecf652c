/** What a tab sends: Datastar's signals, checked before anything else looks at them. */
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { z } from 'zod'

/** The page mints the tab's id. A client without a page may leave it out, and then hears nothing but the status. */
const signals = z.looseObject({
  tab: z
    .string()
    .regex(/^[\w-]{1,64}$/)
    .optional(),
  amount: z.unknown().optional(),
})

export type Signals = z.infer<typeof signals>

/**
 * Reads them from the query of a GET, which may have none, or from the body of any other request, which must have
 * some. A 400 says what is wrong with them.
 */
export const readSignals = async (c: Context): Promise<Signals> => {
  const text = ['GET', 'HEAD'].includes(c.req.method) ? (c.req.query('datastar') ?? '{}') : await c.req.text()
  const result = signals.safeParse(parseJson(text))
  if (result.success) return result.data
  const wrongTab = result.error.issues.some((issue) => issue.path[0] === 'tab')
  throw new HTTPException(400, {
    message: wrongTab
      ? 'The signal "tab" must be 1 to 64 letters, digits, "-" or "_".'
      : 'Send the signals as one JSON object, such as {"tab":"t1","amount":"12.34"}.',
  })
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
