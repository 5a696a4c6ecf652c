import { describe, expect, it } from 'vitest'
import { eventId } from '../../src/commands/decide-together.ts'
import { settlementCommandId, transferIdOf } from '../../src/commands/transfer-ids.ts'
import type { AccountEvent, RecordedEvent } from '../../src/events/event.ts'
import { SHARED } from '../../src/projection/account.ts'
import { emptyReading, type Reading, readOn } from '../../src/projection/reading.ts'
import type { AccountSummary } from '../../src/projection/summary-table.ts'
import { at, deposited, METADATA, withdrawn } from '../events/sample-events.ts'
import { audit, type Findings } from './audit.ts'
import { type Answer, type Entry, Journal, type Order } from './journal.ts'

const ACKNOWLEDGED: Answer = { type: 'acknowledged' }
const UNKNOWN: Answer = { type: 'unknown', reason: 'no answer' }

const deposit = (key: string, amount = 5): Order => ({ key, account: SHARED, type: 'deposit', amount })
const withdraw = (key: string, amount: number): Order => ({ key, account: SHARED, type: 'withdraw', amount })
const open = (account: string): Order => ({ key: `open ${account}`, account, type: 'open', amount: 100 })
const transfer = (key: string, account: string, to: string, amount = 5): Order => ({
  key,
  account,
  type: 'transfer',
  to,
  amount,
})

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

/** What was done by a command, and where if not in the shared account. */
type Made = readonly [commandId: string, event: AccountEvent, stream?: string]

/** A log of these events. */
const logOf = (...made: readonly Made[]): readonly RecordedEvent[] => {
  const versions = new Map<string, number>()
  return made.map(([commandId, event, stream = SHARED], index) => {
    const version = (versions.get(stream) ?? 0) + 1
    versions.set(stream, version)
    return {
      ...event,
      id: eventId(commandId),
      metadata: { ...METADATA, commandId },
      occurredAt: at(index),
      stream,
      version,
      position: index + 1,
      schemaVersion: 1,
      hash: 'ab'.repeat(32),
    }
  })
}

const openedFor = (account: string): Made => [
  `open ${account}`,
  { type: 'opened', data: { owner: `open ${account}`, currency: 'USD', openingBalance: 100 } },
  account,
]
const sent = (key: string, from: string, to: string, amount = 5): Made => [
  key,
  { type: 'transferredOut', data: { transferId: transferIdOf(key), to, amount } },
  from,
]
const arrived = (key: string, from: string, to: string, amount = 5): Made => {
  const transferId = transferIdOf(key)
  return [settlementCommandId(transferId), { type: 'transferredIn', data: { transferId, from, amount } }, to]
}
const cameBack = (key: string, from: string, amount = 5): Made => {
  const transferId = transferIdOf(key)
  const data = { transferId, amount, reason: 'The account is frozen.' }
  return [settlementCommandId(transferId), { type: 'transferReturned', data }, from]
}

/** What is found where everything follows from the log as it should. */
const findings = (log: readonly RecordedEvent[], found: Partial<Findings> = {}): Findings => {
  const summaries = ['alice', 'bob', 'shared'].flatMap((account) => summariesOf(account, log))
  return { log, fault: undefined, summaries: { left: summaries, anew: summaries }, snapshots: [], ...found }
}

const readingOf = (account: string, log: readonly RecordedEvent[]): Reading =>
  log.filter(({ stream }) => stream === account).reduce(readOn, emptyReading)

const summariesOf = (account: string, log: readonly RecordedEvent[]): readonly AccountSummary[] => {
  const last = log.findLast(({ stream }) => stream === account)
  if (!last) return []
  const { account: state, version, watch } = readingOf(account, log)
  const transactions = log.filter(({ stream, type }) => stream === account && type !== 'opened').length
  return [{ ...state, account, version, transactions, lastActivityAt: last.occurredAt, watch }]
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

  it('with transfers that have arrived, or have come back', () => {
    const journal = journalOf(
      [open('alice'), ACKNOWLEDGED],
      [open('bob'), ACKNOWLEDGED],
      [transfer('a', 'alice', 'bob'), ACKNOWLEDGED],
      [transfer('b', 'bob', 'alice'), UNKNOWN],
    )
    const log = logOf(
      openedFor('alice'),
      openedFor('bob'),
      sent('a', 'alice', 'bob'),
      sent('b', 'bob', 'alice'),
      arrived('a', 'alice', 'bob'),
      cameBack('b', 'bob'),
    )
    expect(offences(journal, findings(log))).toEqual([])
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
    expect(offences(journal, findings([first, second]))).toEqual(['duplicated a', 'unbalanced a'])
    const other = { ...second, id: eventId('a', 1) }
    expect(offences(journal, findings([first, other]))).toEqual(['duplicated a', 'unasked a', 'unbalanced a'])
  })

  it('what is unknown and is there twice', () => {
    const journal = journalOf([deposit('a'), UNKNOWN])
    const log = logOf(['a', deposited(5)], ['a', deposited(5)])
    expect(offences(journal, findings(log))).toEqual(['duplicated a', 'unbalanced a'])
  })

  it('what nobody sent, in whole or in part', () => {
    const journal = journalOf([deposit('a', 5), ACKNOWLEDGED])
    expect(offences(journal, findings(logOf(['a', deposited(5)], ['b', deposited(5)])))).toEqual([
      'unasked b',
      'unbalanced b',
    ])
    expect(offences(journal, findings(logOf(['a', deposited(6)])))).toEqual(['unasked a', 'unbalanced a'])
    const elsewhere = logOf(['a', deposited(5), 'bob'])
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

  it('an account that is overdrawn, however much there is in another', () => {
    const journal = journalOf(
      [deposit('a', 500), ACKNOWLEDGED],
      [open('bob'), ACKNOWLEDGED],
      [transfer('b', 'bob', SHARED, 101), UNKNOWN],
    )
    const log = logOf(
      ['a', deposited(500)],
      openedFor('bob'),
      sent('b', 'bob', SHARED, 101),
      arrived('b', 'bob', SHARED, 101),
    )
    expect(offences(journal, findings(log))).toEqual(['overdrawn b'])
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

describe('an audit of transfers finds', () => {
  const opening = [openedFor('alice'), openedFor('bob')]
  const journal = journalOf(
    [open('alice'), ACKNOWLEDGED],
    [open('bob'), ACKNOWLEDGED],
    [transfer('a', 'alice', 'bob'), ACKNOWLEDGED],
  )
  const found = (...made: readonly Made[]) => offences(journal, findings(logOf(...opening, ...made)))

  it('one that was acknowledged and is not there', () => {
    expect(found()).toEqual(['lost a'])
  })

  it('one that is there twice', () => {
    expect(
      found(sent('a', 'alice', 'bob'), sent('a', 'alice', 'bob'), arrived('a', 'alice', 'bob')),
    ).toContain('duplicated a')
  })

  it('one that nobody asked for, or not like that', () => {
    const whole = [sent('a', 'alice', 'bob'), arrived('a', 'alice', 'bob')]
    expect(found(...whole, sent('x', 'bob', 'alice'), arrived('x', 'bob', 'alice'))).toEqual(['unasked x'])
    expect(found(sent('a', 'alice', 'bob', 6), arrived('a', 'alice', 'bob', 6))).toEqual(['unasked a'])
    expect(found(sent('a', 'alice', SHARED), arrived('a', 'alice', SHARED))).toEqual(['unasked a'])
  })

  it('money that never arrived', () => {
    expect(found(sent('a', 'alice', 'bob'))).toEqual(['in-flight a'])
  })

  it('money that arrived twice, or arrived and came back', () => {
    const once = [sent('a', 'alice', 'bob'), arrived('a', 'alice', 'bob')]
    expect(found(...once, arrived('a', 'alice', 'bob'))).toEqual([
      'settled-twice a',
      `unbalanced ${settlementCommandId(transferIdOf('a'))}`,
    ])
    expect(found(...once, cameBack('a', 'alice'))).toEqual([
      'settled-twice a',
      `unbalanced ${settlementCommandId(transferIdOf('a'))}`,
    ])
  })

  it('another sum that arrived, or came back', () => {
    for (const other of [arrived('a', 'alice', 'bob', 4), cameBack('a', 'alice', 6)]) {
      expect(found(sent('a', 'alice', 'bob'), other)).toEqual([
        'mis-settled a',
        `unbalanced ${settlementCommandId(transferIdOf('a'))}`,
      ])
    }
  })

  it('money that arrived where it was not sent, or came back where it had not been', () => {
    const elsewhere = [arrived('a', 'alice', SHARED), arrived('a', SHARED, 'bob'), cameBack('a', 'bob')]
    for (const other of elsewhere) expect(found(sent('a', 'alice', 'bob'), other)).toEqual(['mis-settled a'])
  })

  it('money that arrived before it had left, or under an id that the log could hold twice', () => {
    const settlement = settlementCommandId(transferIdOf('a'))
    expect(found(arrived('a', 'alice', 'bob'), sent('a', 'alice', 'bob'))).toEqual([
      `mis-settled ${settlement}`,
      'in-flight a',
      `unbalanced ${settlement}`,
    ])
    const [, event] = arrived('a', 'alice', 'bob')
    expect(found(sent('a', 'alice', 'bob'), ['other', event, 'bob'])).toEqual(['mis-settled a'])
  })
})

describe('an audit of what follows from the log finds', () => {
  const journal = journalOf([deposit('a'), ACKNOWLEDGED], [deposit('b'), ACKNOWLEDGED])
  const log = logOf(['a', deposited(5)], ['b', deposited(5)])
  const left = summariesOf(SHARED, log)
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
    const right = { stream: SHARED, reading: readingOf(SHARED, log.slice(0, 1)) }
    expect(offences(journal, findings(log, { snapshots: [right] }))).toEqual([])
    const wrong = { stream: SHARED, reading: { ...right.reading, version: 2 } }
    expect(offences(journal, findings(log, { snapshots: [right, wrong] }))).toEqual(['miscounted -'])
    const elsewhere = { ...right, stream: 'bob' }
    expect(offences(journal, findings(log, { snapshots: [elsewhere] }))).toEqual(['miscounted -'])
  })
})
