import { describe, expect, it } from 'vitest'
import { type Answer, type Entry, Journal } from './journal.ts'

const ACKNOWLEDGED: Answer = { type: 'acknowledged' }
const UNKNOWN: Answer = { type: 'unknown', reason: 'no answer' }

/** A journal whose client has just seen this balance. */
const journalAt = (balance: number) => {
  const journal = new Journal()
  journal.lookedAt(balance)
  const send = (type: Entry['type'], amount: number, { isPatient = false } = {}): Entry => {
    const entry = journal.write({ key: `${journal.entries.length}`, type, amount }, { isPatient })
    journal.sending(entry)
    return entry
  }
  return { journal, send }
}

describe('the least that the balance can be', () => {
  it('goes up with what was paid in for certain, and down with every wish to take out', () => {
    const { journal, send } = journalAt(100)
    const deposit = send('deposit', 10)
    expect(journal.floor).toBe(100)
    journal.answered(deposit, ACKNOWLEDGED)
    expect(journal.floor).toBe(110)
    send('withdraw', 30)
    expect(journal.floor).toBe(80)
  })

  it('counts what is sent again once', () => {
    const { journal, send } = journalAt(100)
    for (const entry of [send('withdraw', 30), send('deposit', 10)]) {
      journal.answered(entry, UNKNOWN)
      journal.sending(entry)
      journal.answered(entry, ACKNOWLEDGED)
      journal.sending(entry)
      journal.answered(entry, ACKNOWLEDGED)
    }
    expect(journal.floor).toBe(80)
  })

  it('counts no deposit on top of a balance that may hold it already', () => {
    const { journal, send } = journalAt(100)
    const deposit = send('deposit', 10)
    journal.answered(deposit, UNKNOWN)
    journal.lookedAt(110)
    journal.sending(deposit)
    journal.answered(deposit, ACKNOWLEDGED)
    expect(journal.floor).toBe(110)
  })

  it('expects what failed just now to be done late, until the look after the next', () => {
    const { journal, send } = journalAt(100)
    const [failed, done] = [send('withdraw', 30), send('withdraw', 20)]
    journal.answered(failed, UNKNOWN)
    journal.answered(done, ACKNOWLEDGED)
    journal.lookedAt(80)
    expect(journal.floor).toBe(50)
    journal.lookedAt(50)
    expect(journal.floor).toBe(50)
  })
})

describe('a withdrawal', () => {
  it('is covered as long as there is enough for it and for all others', () => {
    const { send } = journalAt(100)
    expect([send('withdraw', 60), send('withdraw', 40)].map(({ isCovered }) => isCovered)).toEqual([
      true,
      true,
    ])
  })

  it('that is not covered may take from others that are under way, but not from those that are done', () => {
    const { journal, send } = journalAt(100)
    const [done, underWay] = [send('withdraw', 10), send('withdraw', 10)]
    journal.answered(done, ACKNOWLEDGED)
    const greedy = send('withdraw', 81)
    expect([done, underWay, greedy].map(({ isCovered }) => isCovered)).toEqual([true, false, false])
  })

  it('that failed long ago and is sent again has to be covered again', () => {
    const { journal, send } = journalAt(100)
    const entry = send('withdraw', 60)
    journal.answered(entry, UNKNOWN)
    journal.lookedAt(100)
    journal.lookedAt(59)
    journal.sending(entry)
    expect(entry.isCovered).toBe(false)
  })

  it('that was not covered at first never is: it may have been rejected for good', () => {
    const { journal, send } = journalAt(100)
    const entry = send('withdraw', 101)
    journal.answered(entry, UNKNOWN)
    journal.lookedAt(500)
    journal.lookedAt(500)
    journal.sending(entry)
    expect(entry.isCovered).toBe(false)
  })
})

describe('what waits to be sent again', () => {
  it('is what has failed and is patient, until somebody sends it', () => {
    const { journal, send } = journalAt(100)
    const [patient, other] = [send('deposit', 1, { isPatient: true }), send('deposit', 1)]
    journal.answered(patient, UNKNOWN)
    journal.answered(other, UNKNOWN)
    expect([...journal.waiting]).toEqual([patient])
    journal.sending(patient)
    expect(journal.waiting.size).toBe(0)
  })

  it('is not what was acknowledged to another sending of it', () => {
    const { journal, send } = journalAt(100)
    const entry = send('deposit', 1, { isPatient: true })
    journal.sending(entry)
    journal.answered(entry, ACKNOWLEDGED)
    journal.answered(entry, UNKNOWN)
    expect(journal.waiting.size).toBe(0)
  })
})
