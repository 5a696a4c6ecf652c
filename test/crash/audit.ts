/**
 * Holds the log against the journal: what was acknowledged is in it once, what is unknown at most once, nothing else is
 * in it, and no balance was ever negative; and what follows from the log against the log. Pure.
 */
import { isDeepStrictEqual } from 'node:util'
import { eventsOf } from '../../src/commands/decide.ts'
import { eventId } from '../../src/commands/decide-together.ts'
import { isSameFact, type RecordedEvent } from '../../src/events/event.ts'
import type { Fault } from '../../src/events/hash-chain.ts'
import { emptyAccount, evolve, fold } from '../../src/projection/account.ts'
import type { Snapshot } from '../../src/projection/snapshot.ts'
import type { AccountSummary } from '../../src/projection/summary-table.ts'
import { SHARED } from '../../src/routes/account.tsx'
import { type Entry, isDone } from './journal.ts'

export interface Offence {
  readonly type: 'lost' | 'duplicated' | 'unasked' | 'overdrawn' | 'refused' | 'broken' | 'miscounted'
  /** The id of the command that it is about, if it is about one. */
  readonly command: string | undefined
  readonly message: string
}

/** What the log and all that follows from it were found to be. */
export interface Findings {
  readonly log: readonly RecordedEvent[]
  readonly fault: Fault | undefined
  /** As the servers left them, brought to the end of the log; and made anew. */
  readonly summaries: Readonly<Record<'left' | 'anew', Summaries>>
  /** Those of the one account. */
  readonly snapshots: readonly Snapshot[]
}

/** Or why there are none. */
export type Summaries = readonly AccountSummary[] | string

type Expected = Readonly<Omit<Entry, 'isPatient' | 'failedAt'>>

/** What a new log is given by the first server that comes so far: nobody was told of it. */
const SEEDS: readonly Expected[] = (
  [
    ['deposit', 1_000_00],
    ['deposit', 500_00],
    ['withdraw', 200_00],
  ] as const
).map(([type, amount], index) => ({
  key: `seed ${index + 1}`,
  type,
  amount,
  isCovered: true,
  begunAt: 0,
  acknowledgedAt: undefined,
  refusal: undefined,
}))

export const audit = (journal: readonly Expected[], findings: Findings): readonly Offence[] => [
  ...auditLog([...SEEDS, ...journal], findings.log),
  ...(findings.fault ? [offence('broken', undefined, findings.fault.message)] : []),
  ...auditSummaries(findings),
  ...auditSnapshots(findings),
]

const auditLog = (journal: readonly Expected[], log: readonly RecordedEvent[]): Offence[] => {
  const expected = new Map(journal.map((entry) => [entry.key, entry]))
  const times = new Map<string, number>()
  for (const { metadata } of log) times.set(metadata.commandId, (times.get(metadata.commandId) ?? 0) + 1)
  return [
    ...journal.flatMap((entry) => wrongTimes(entry, times.get(entry.key) ?? 0)),
    ...log.flatMap((event) => unasked(event, expected.get(event.metadata.commandId))),
    ...lostForAWhile(log, expected),
    ...overdrawn(log),
  ]
}

const wrongTimes = (entry: Expected, times: number): readonly Offence[] => {
  const { key, refusal } = entry
  if (times > 1) return [offence('duplicated', key, `is in the log ${times} times`)]
  if (refusal !== undefined) return [offence('refused', key, `was answered ${refusal}`)]
  return times === 0 && isDone(entry) ? [offence('lost', key, 'was acknowledged and is not in the log')] : []
}

/**
 * What was acknowledged before something else was begun stands before it in the log. If it does not, it was lost, and
 * done anew when it was sent again.
 */
const lostForAWhile = (
  log: readonly RecordedEvent[],
  expected: ReadonlyMap<string, Expected>,
): readonly Offence[] => {
  let lastBegun = 0
  return log.flatMap(({ metadata: { commandId } }) => {
    const entry = expected.get(commandId)
    if (!entry) return []
    const { acknowledgedAt = Number.POSITIVE_INFINITY, begunAt } = entry
    const isLate = isDone(entry) && acknowledgedAt < lastBegun
    lastBegun = Math.max(lastBegun, begunAt)
    return isLate ? [offence('lost', commandId, 'stands after what was begun when it was acknowledged')] : []
  })
}

const unasked = (event: RecordedEvent, expected: Expected | undefined): readonly Offence[] => {
  const { commandId } = event.metadata
  const [fact] = expected ? eventsOf(expected) : []
  const isAsked =
    fact && isSameFact(fact, event) && event.stream === SHARED && event.id === eventId(commandId)
  if (isAsked) return []
  const message = `made event ${event.version} of "${event.stream}", which nobody asked for`
  return [offence('unasked', commandId, message)]
}

const overdrawn = (log: readonly RecordedEvent[]): readonly Offence[] => {
  let account = emptyAccount
  return log.flatMap((event) => {
    account = evolve(account, event)
    if (account.balance >= 0) return []
    return [offence('overdrawn', event.metadata.commandId, `left a balance of ${account.balance} cents`)]
  })
}

const auditSummaries = ({ log, summaries }: Findings): readonly Offence[] => {
  const last = log.at(-1)
  const expected = last
    ? [
        {
          ...fold(log),
          account: SHARED,
          version: last.version,
          transactions: log.length,
          lastTransactionAt: last.occurredAt,
        },
      ]
    : []
  return (['left', 'anew'] as const)
    .filter((which) => !isDeepStrictEqual(summaries[which], expected))
    .map((which) =>
      offence('miscounted', undefined, `The summaries (${which}) are ${JSON.stringify(summaries[which])}`),
    )
}

const auditSnapshots = ({ log, snapshots }: Findings): readonly Offence[] => {
  const states = new Map(snapshots.map(({ version, account }) => [version, account]))
  let account = emptyAccount
  for (const event of log) {
    account = evolve(account, event)
    const kept = states.get(event.version)
    if (kept && isDeepStrictEqual(kept, account)) states.delete(event.version)
  }
  return [...states].map(([version, kept]) =>
    offence('miscounted', undefined, `The snapshot of version ${version} is ${JSON.stringify(kept)}`),
  )
}

const offence = (type: Offence['type'], command: string | undefined, message: string): Offence => ({
  type,
  command,
  message,
})
