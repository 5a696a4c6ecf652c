/** How a command of the web is answered: 204 once its outcome is known, and in words to the tab that asked. */
import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { LRUCache } from 'lru-cache'
import { v4 as randomId } from 'uuid'
import { z } from 'zod'
import type { Command } from '../commands/command.ts'
import type { CommandHandler } from '../commands/handler.ts'
import type { ErrorSignal } from './expressions.ts'
import { datastarJsonOnly, smallBodyOnly } from './guards.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { Live } from './live.ts'
import { readSignals, type Signals } from './signals.ts'
import { NotUnderstood } from './typed.ts'

export interface AnsweringContext {
  readonly commands: CommandHandler
  readonly live: Live
  readonly lifecycle: Lifecycle
}

/** What stands before every command. */
export const commandGuards = [datastarJsonOnly, smallBodyOnly] as const

export interface Asked {
  /** The same for a command that is sent again. */
  readonly key: string
  readonly actor: string
  readonly signals: Signals
}

/** What was wrong, or '' and what else the tab is told. */
export interface Answer {
  readonly error: string
  readonly signals?: Readonly<Record<string, string>>
}

/** Over its stream the tab is told the answer, its error in a signal of the form that the command came from. */
export const answering = async (
  { live, lifecycle }: AnsweringContext,
  c: Context,
  errorSignal: ErrorSignal,
  answer: (asked: Asked) => Promise<Answer>,
): Promise<Response> => {
  const signals = await readSignals(c)
  const key = readIdempotencyKey(c)
  await lifecycle.during(async () => {
    const { error, signals: told } = await answer({ key, actor: actorOf(signals.tab), signals })
    live.tell(signals.tab, { [errorSignal]: error, ...told })
  })
  return c.body(null, 204)
}

/** Gives a command to the handler, and says what was wrong with it; '' if it was accepted. */
export const handled = async (
  { commands }: AnsweringContext,
  account: string,
  { key, actor }: Asked,
  read: () => Command,
): Promise<string> => {
  try {
    const outcome = await commands.handle(account, { id: key, actor, command: read() })
    switch (outcome.type) {
      case 'accepted':
        return ''
      case 'rejected':
        return outcome.rejection.message
      case 'busy':
        return 'Busy: too many are using this account at once. Try again in a moment.'
      case 'id-taken':
        throw new HTTPException(422, {
          message: 'This Idempotency-Key was used for another command. Use a new one.',
        })
    }
  } catch (error) {
    if (error instanceof NotUnderstood) return error.message
    throw error
  }
}

/** Names a tab in the log for good, and does not give its id away: whoever knows that hears what the tab is told. */
export const actorOf = (tab: string | undefined): string => {
  if (tab === undefined) return 'unknown'
  const known = actors.get(tab)
  if (known) return known
  const actor = `tab ${createHash('sha256').update(tab).digest('hex').slice(0, 12)}`
  actors.set(tab, actor)
  return actor
}

const actors = new LRUCache<string, string>({ max: 10_000 })

const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/)
  .optional()

/** The client's, as in Stripe's API; without one, a command that is sent twice is two commands. */
const readIdempotencyKey = (c: Context): string => {
  const key = idempotencyKey.safeParse(c.req.header('Idempotency-Key'))
  if (key.success) return key.data ?? randomId()
  throw new HTTPException(400, { message: 'An Idempotency-Key is 1 to 255 visible ASCII characters.' })
}
