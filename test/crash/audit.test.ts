import { describe, expect, it } from 'vitest'
import { eventId } from '../../src/commands/decide-together.ts'
import type { AccountEvent, RecordedEvent } from '../../src/events/event.ts'
import { fold } from '../../src/projection/account.ts'
import type { AccountSummary } from '../../src/projection/summary-table.ts'
import { at, deposited, METADATA, withdrawn } from '../events/sample-events.ts'
import { audit, type Findings } from './audit.ts'
import { type Answer, type Entry, Journal, type Order } from './journal.ts'

const ACKNOWLEDGED: Answer = { type: 'acknowledged' }
const UNKNOWN: Answer = { type: 'unknown', reason: 'no answer' }

const deposit = (key: string, amount = 5): Order => ({ key, type: 'deposit', amount })
const withdraw = (key: string, amount: number): Order => ({ key, type: 'withdraw', amount })

/** Commands that were sent one after the other, and what they were told. */
const journalOf = (...sent: readonly (readonly [Order, Answer])[]): readonly Entry[] => {
  const journal = new Journal()
  for (const [order, answer] of sent) {
    const entry = journal.write(order, { isPatient: false })
    journal.sending(entry)
    journal.answered(entry, answer)
  }
  return journal.entries
}

/** A log of these events, each made by the command that is named before it. */
const logOf = (...made: readonly (readonly [string, AccountEvent])[]): readonly RecordedEvent[] =>
  made.map(([commandId, event], index) => ({
    ...event,
    id: eventId(commandId),
    metadata: { ...METADATA, commandId },
    occurredAt: at(index),
    stream: 'shared',
    version: index + 1,
    position: index + 1,
    schemaVersion: 1,
    hash: 'ab'.repeat(32),
  }))

/** What is found where everything follows from the log as it should. */
const findings = (log: readonly RecordedEvent[], found: Partial<Findings> = {}): Findings => {
  const summaries = summariesOf(log)
  return { log, fault: undefined, summaries: { left: summaries, anew: summaries }, snapshots: [], ...found }
}

const summariesOf = (log: readonly RecordedEvent[]): readonly AccountSummary[] => {
  const last = log.at(-1)
  return last
    ? [
        {
          ...fold(log),
          account: 'shared',
          version: last.version,
          transactions: log.length,
          lastTransactionAt: last.occurredAt,
        },
      ]
    : []
}

/** What is wrong, in short. */
const offences = (...given: Parameters<typeof audit>): string[] =>
  audit(...given).map(({ type, command }) => `${type} ${command ?? '-'}`)

describe('an audit finds nothing wrong', () => {
  it('with a log that holds what was acknowledged, and what a new log is given', () => {
    const journal = journalOf([deposit('a'), ACKNOWLEDGED])
    const log = logOf(['seed 1', deposited(1_000_00)], ['a', deposited(5)])
    expect(offences(journal, findings(log))).toEqual([])
  })

  it('with an unknown command that was done, nor with one that was not', () => {
    const journal = journalOf([deposit('a'), UNKNOWN], [deposit('b'), UNKNOWN])
    expect(offences(journal, findings(logOf(['b', deposited(5)])))).toEqual([])
  })

  it('with a withdrawal that may have been rejected and is not there', () => {
    const journal = journalOf([withdraw('a', 5), ACKNOWLEDGED])
    expect(offences(journal, findings([]))).toEqual([])
  })
})

describe('an audit of the log finds', () => {
  it('what was acknowledged and is not there', () => {
    const journal = journalOf([deposit('a'), ACKNOWLEDGED], [deposit('b'), ACKNOWLEDGED])
    expect(offences(journal, findings(logOf(['b', deposited(5)])))).toEqual(['lost a'])
  })

  it('what was lost and done anew: it stands behind what was begun after it was acknowledged', () => {
    const journal = journalOf([deposit('a'), ACKNOWLEDGED], [deposit('b'), ACKNOWLEDGED])
    const log = logOf(['b', deposited(5)], ['a', deposited(5)])
    expect(offences(journal, findings(log))).toEqual(['lost a'])
  })

  it('what was acknowledged once and is there twice, also under another event id', () => {
    const journal = journalOf([deposit('a'), ACKNOWLEDGED])
    const [first, second] = logOf(['a', deposited(5)], ['a', deposited(5)])
    if (!first || !second) throw new Error('There are two.')
    expect(offences(journal, findings([first, second]))).toEqual(['duplicated a'])
    const other = { ...second, id: eventId('a', 1) }
    expect(offences(journal, findings([first, other]))).toEqual(['duplicated a', 'unasked a'])
  })

  it('what is unknown and is there twice', () => {
    const journal = journalOf([deposit('a'), UNKNOWN])
    const log = logOf(['a', deposited(5)], ['a', deposited(5)])
    expect(offences(journal, findings(log))).toEqual(['duplicated a'])
  })

  it('what nobody sent, in whole or in part', () => {
    const journal = journalOf([deposit('a', 5), ACKNOWLEDGED])
    expect(offences(journal, findings(logOf(['a', deposited(5)], ['b', deposited(5)])))).toEqual([
      'unasked b',
    ])
    expect(offences(journal, findings(logOf(['a', deposited(6)])))).toEqual(['unasked a'])
    const elsewhere = logOf(['a', deposited(5)]).map((event) => ({ ...event, stream: 'other' }))
    expect(offences(journal, findings(elsewhere))).toEqual(['unasked a'])
  })

  it('every version at which the balance was negative', () => {
    const journal = journalOf(
      [withdraw('a', 7), UNKNOWN],
      [deposit('b', 5), UNKNOWN],
      [deposit('c', 5), UNKNOWN],
    )
    const log = logOf(['a', withdrawn(7)], ['b', deposited(5)], ['c', deposited(5)])
    expect(offences(journal, findings(log))).toEqual(['overdrawn a', 'overdrawn b'])
  })

  it('what was refused', () => {
    const journal = journalOf([deposit('a'), { type: 'refused', reason: '422 taken' }])
    expect(offences(journal, findings([]))).toEqual(['refused a'])
  })

  it('a chain that does not hold', () => {
    const fault = { position: 1, message: 'Event 1 of "shared" does not fit its hash.' }
    expect(offences([], findings([], { fault }))).toEqual(['broken -'])
  })
})

describe('an audit of what follows from the log finds', () => {
  const journal = journalOf([deposit('a'), ACKNOWLEDGED], [deposit('b'), ACKNOWLEDGED])
  const log = logOf(['a', deposited(5)], ['b', deposited(5)])
  const left = summariesOf(log)
  const anew = left

  it('summaries that count an event twice', () => {
    const twice = left.map((summary) => ({ ...summary, balance: 15, transactions: 3 }))
    expect(offences(journal, findings(log, { summaries: { left: twice, anew } }))).toEqual(['miscounted -'])
    expect(offences(journal, findings(log, { summaries: { left, anew: twice } }))).toEqual(['miscounted -'])
  })

  it('summaries that are missing, or cannot be had', () => {
    expect(offences(journal, findings(log, { summaries: { left: 'No.', anew } }))).toEqual(['miscounted -'])
    expect(offences(journal, findings(log, { summaries: { left: [], anew } }))).toEqual(['miscounted -'])
  })

  it('a snapshot of another state than that of its version', () => {
    const right = { account: fold(log.slice(0, 1)), version: 1 }
    expect(offences(journal, findings(log, { snapshots: [right] }))).toEqual([])
    const wrong = { ...right, version: 2 }
    expect(offences(journal, findings(log, { snapshots: [right, wrong] }))).toEqual(['miscounted -'])
  })
})
