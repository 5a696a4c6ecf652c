/** Decides a line's waiting commands in order, each on the state that those before it leave behind. Pure. */
import { isDeepStrictEqual } from 'node:util'
import { parse as bytesOf, v5 as uuidFrom } from 'uuid'
import { isSameFact, type NewEvent, type RecordedEvent } from '../events/event.ts'
import { type Account, emptyAccount, fold, SHARED } from '../projection/account.ts'
import type { Snapshot } from '../projection/snapshot.ts'
import { type Command, eventsOf } from './command.ts'
import { decide, type Rejection, type Surroundings } from './decide.ts'

/** A command as it was given: its `id` makes giving it again harmless, `actor` says who gave it. */
export interface Request {
  readonly id: string
  readonly actor: string
  readonly command: Command
  /** What began it all, and the event that directly caused it; the command itself, if they are not said. */
  readonly correlationId?: string
  readonly causationId?: string
}

export type Outcome =
  /** `version` is that of the command's last event. */
  | { readonly type: 'accepted'; readonly version: number }
  | { readonly type: 'rejected'; readonly rejection: Rejection }
  /** The id belongs to another command; nothing was done for this one. */
  | { readonly type: 'id-taken' }

/** What a command was told. */
export interface Answer {
  readonly command: Command
  readonly outcome: Outcome
}

export interface Decided {
  /** One for each request, in their order. The accepted ones hold once `events` are appended. */
  readonly outcomes: readonly Outcome[]
  readonly events: readonly NewEvent[]
  /** The state once `events` are appended. */
  readonly after: Snapshot
}

export const NOBODY_AROUND: Omit<Surroundings, 'stream'> = { accountAt: () => undefined, isSending: false }

const NAMESPACE = bytesOf('6f1f6a3e-6b0e-4f0a-9a52-2a3a4f5f8d11')

/** The id of a command's event with this index: the same for the same command, whenever and wherever it is asked. */
export const eventId = (commandId: string, index = 0): string =>
  uuidFrom(Buffer.from(`${index}:${commandId}`), NAMESPACE)

/** The account of a stream, if it is there: opened, imported, or the one that needs no opening. */
export const accountIn = (stream: string, { account, version }: Snapshot): Account | undefined =>
  version > 0 || stream === SHARED ? account : undefined

/**
 * Commands given before are answered as they were then, not decided again: those that were accepted are known by
 * their events, which `earlier` finds in the log by id; of the rejected, `recall` knows as many as it remembers.
 * The log comes first, for a command that was rejected here may have been accepted elsewhere since.
 */
export const decideTogether = (
  stream: string,
  before: Snapshot,
  requests: readonly Request[],
  earlier: ReadonlyMap<string, RecordedEvent>,
  recall: (commandId: string) => Answer | undefined,
  occurredAt: string,
  around: Omit<Surroundings, 'stream'> = NOBODY_AROUND,
): Decided => {
  const events: NewEvent[] = []
  const answered = new Map<string, Answer>()
  let account = accountIn(stream, before)
  const surroundings = { stream, ...around }

  const answer = ({ id, actor, command, correlationId = id, causationId = id }: Request): Outcome => {
    const recorded = earlier.size > 0 ? earlier.get(eventId(id)) : undefined
    if (recorded) return answerAgain(stream, command, recorded)
    const twin = answered.get(id) ?? recall(id)
    if (twin) return isDeepStrictEqual(twin.command, command) ? twin.outcome : { type: 'id-taken' }

    const decision = decide(account, command, surroundings)
    if (decision.type === 'rejected') return decision
    account = fold(decision.events, account)
    surroundings.isSending ||= command.type === 'transfer'
    const metadata = { commandId: id, correlationId, causationId, actor }
    for (const [index, event] of decision.events.entries()) {
      events.push({ id: eventId(id, index), metadata, occurredAt, ...event })
    }
    return { type: 'accepted', version: before.version + events.length }
  }

  const outcomes = requests.map((request) => {
    const outcome = answer(request)
    if (outcome.type !== 'id-taken') answered.set(request.id, { command: request.command, outcome })
    return outcome
  })
  return {
    outcomes,
    events,
    after: { account: account ?? emptyAccount, version: before.version + events.length },
  }
}

const answerAgain = (stream: string, command: Command, recorded: RecordedEvent): Outcome => {
  const [first, ...rest] = eventsOf(command)
  const isSame = recorded.stream === stream && first !== undefined && isSameFact(first, recorded)
  return isSame ? { type: 'accepted', version: recorded.version + rest.length } : { type: 'id-taken' }
}
