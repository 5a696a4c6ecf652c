/**
 * Holds the log against the journal: what was acknowledged is in it once, what is unknown at most once, nothing else is
 * in it but the ends of transfers, and no balance was ever negative; and what follows from the log against the log. Pure.
 */
import { isDeepStrictEqual } from 'node:util'
import { eventsOf } from '../../src/commands/command.ts'
import { eventId } from '../../src/commands/decide-together.ts'
import { isSameFact, type RecordedEvent } from '../../src/events/event.ts'
import type { Fault } from '../../src/events/hash-chain.ts'
import { SHARED } from '../../src/projection/account.ts'
import { emptyReading, type Reading, readOn } from '../../src/projection/reading.ts'
import type { AccountSummary } from '../../src/projection/summary-table.ts'
import { auditSettlements, auditSums, isSettling } from './audit-transfers.ts'
import { commandOf, type Entry, isDone, type Order } from './journal.ts'
import { type Offence, offence } from './offence.ts'

/** What the log and all that follows from it were found to be. */
export interface Findings {
  readonly log: readonly RecordedEvent[]
  readonly fault: Fault | undefined
  /** As the servers left them, brought to the end of the log; and made anew. */
  readonly summaries: Readonly<Record<'left' | 'anew', Summaries>>
  readonly snapshots: readonly StreamReading[]
}

/** Or why there are none. */
export type Summaries = readonly AccountSummary[] | string

/** What a snapshot holds, and of which account. */
export interface StreamReading {
  readonly stream: string
  readonly reading: Reading
}

type Expected = Order & Readonly<Omit<Entry, keyof Order | 'isPatient' | 'failedAt'>>

/** What a new log is given by the first server that comes so far: nobody was told of it. */
const SEEDS: readonly Expected[] = (
  [
    ['deposit', 1_000_00],
    ['deposit', 500_00],
    ['withdraw', 200_00],
  ] as const
).map(([type, amount], index) => ({
  key: `seed ${index + 1}`,
  account: SHARED,
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
    ...auditSettlements(log),
    ...auditSums(expected, log),
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

/** Nobody asks for the end of a transfer, which is looked at with the transfer. */
const unasked = (event: RecordedEvent, expected: Expected | undefined): readonly Offence[] => {
  if (isSettling(event)) return []
  const { commandId } = event.metadata
  const [fact] = expected ? eventsOf(commandOf(expected)) : []
  const isAsked =
    fact && isSameFact(fact, event) && event.stream === expected?.account && event.id === eventId(commandId)
  if (isAsked) return []
  const message = `made event ${event.version} of "${event.stream}", which nobody asked for`
  return [offence('unasked', commandId, message)]
}

const overdrawn = (log: readonly RecordedEvent[]): readonly Offence[] => {
  const offences: Offence[] = []
  readAll(log, (event, { account: { balance } }) => {
    const message = `left a balance of ${balance} cents in "${event.stream}"`
    if (balance < 0) offences.push(offence('overdrawn', event.metadata.commandId, message))
  })
  return offences
}

/** The readings of all accounts, folded side by side; told of each after each of its events. */
const readAll = (
  log: readonly RecordedEvent[],
  onReading: (event: RecordedEvent, reading: Reading) => void = () => {},
): ReadonlyMap<string, Reading> => {
  const readings = new Map<string, Reading>()
  for (const event of log) {
    const reading = readOn(readings.get(event.stream) ?? emptyReading, event)
    readings.set(event.stream, reading)
    onReading(event, reading)
  }
  return readings
}

/** By the log alone, in the order in which they are listed. */
const summariesOf = (log: readonly RecordedEvent[]): readonly AccountSummary[] =>
  [...readAll(log)]
    .map(([stream, { account, version, watch }]) => {
      const events = log.filter((event) => event.stream === stream)
      const transactions = events.filter(({ data }) => 'amount' in data).length
      const lastActivityAt = events.at(-1)?.occurredAt ?? ''
      return { ...account, account: stream, version, transactions, lastActivityAt, watch }
    })
    .sort((one, other) => (one.account < other.account ? -1 : 1))

const auditSummaries = ({ log, summaries }: Findings): readonly Offence[] => {
  const expected = summariesOf(log)
  return (['left', 'anew'] as const)
    .filter((which) => !isDeepStrictEqual(summaries[which], expected))
    .map((which) =>
      offence('miscounted', undefined, `The summaries (${which}) are ${JSON.stringify(summaries[which])}`),
    )
}

const auditSnapshots = ({ log, snapshots }: Findings): readonly Offence[] => {
  const kept = new Map(snapshots.map((snapshot) => [placeOf(snapshot), snapshot]))
  readAll(log, ({ stream }, reading) => {
    const place = placeOf({ stream, reading })
    if (isDeepStrictEqual(kept.get(place)?.reading, reading)) kept.delete(place)
  })
  return [...kept.values()].map(({ stream, reading: { version, account } }) =>
    offence(
      'miscounted',
      undefined,
      `The snapshot of "${stream}" at version ${version} is not the log's: ${JSON.stringify(account)}`,
    ),
  )
}

const placeOf = ({ stream, reading }: StreamReading): string => JSON.stringify([stream, reading.version])
