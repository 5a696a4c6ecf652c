import { describe, expect, it } from 'vitest'
import { SHARED } from '../../src/projection/account.ts'
import { FICKLE } from './accounts.ts'
import { type Answer, type Entry, Journal, type Order } from './journal.ts'

const ACKNOWLEDGED: Answer = { type: 'acknowledged' }
const UNKNOWN: Answer = { type: 'unknown', reason: 'no answer' }

/** A journal whose client has just seen this balance. */
const journalAt = (balance: number) => {
  const journal = new Journal()
  journal.lookedAt(SHARED, balance)
  const sendOrder = (order: Order, { isPatient = false } = {}): Entry => {
    const entry = journal.write(order, { isPatient })
    journal.sending(entry)
    return entry
  }
  const send = (type: 'deposit' | 'withdraw', amount: number, options?: { readonly isPatient: boolean }) =>
    sendOrder({ key: `${journal.entries.length}`, account: SHARED, type, amount }, options)
  const transfer = (account: string, to: string, amount: number) =>
    sendOrder({ key: `${journal.entries.length}`, account, type: 'transfer', to, amount })
  const open = (account: string, amount: number) =>
    journal.answered(sendOrder({ key: `open-${account}`, account, type: 'open', amount }), ACKNOWLEDGED)
  return { journal, send, transfer, open }
}

describe('the least that the balance can be', () => {
  it('goes up with what was paid in for certain, and down with every wish to take out', () => {
    const { journal, send } = journalAt(100)
    const deposit = send('deposit', 10)
    expect(journal.floorOf(SHARED)).toBe(100)
    journal.answered(deposit, ACKNOWLEDGED)
    expect(journal.floorOf(SHARED)).toBe(110)
    send('withdraw', 30)
    expect(journal.floorOf(SHARED)).toBe(80)
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
    expect(journal.floorOf(SHARED)).toBe(80)
  })

  it('counts no deposit on top of a balance that may hold it already', () => {
    const { journal, send } = journalAt(100)
    const deposit = send('deposit', 10)
    journal.answered(deposit, UNKNOWN)
    journal.lookedAt(SHARED, 110)
    journal.sending(deposit)
    journal.answered(deposit, ACKNOWLEDGED)
    expect(journal.floorOf(SHARED)).toBe(110)
  })

  it('expects what failed just now to be done late, until the look after the next', () => {
    const { journal, send } = journalAt(100)
    const [failed, done] = [send('withdraw', 30), send('withdraw', 20)]
    journal.answered(failed, UNKNOWN)
    journal.answered(done, ACKNOWLEDGED)
    journal.lookedAt(SHARED, 80)
    expect(journal.floorOf(SHARED)).toBe(50)
    journal.lookedAt(SHARED, 50)
    expect(journal.floorOf(SHARED)).toBe(50)
  })
})

describe('the least that several balances can be', () => {
  it('is for each account what it was opened with, and what was done there', () => {
    const { journal, send, open } = journalAt(100)
    open('bob', 50)
    send('withdraw', 30)
    expect([journal.floorOf(SHARED), journal.floorOf('bob')]).toEqual([70, 50])
    expect(journal.accounts).toEqual([SHARED, 'bob'])
  })

  it('goes down where a transfer leaves, and not up where it may not have arrived', () => {
    const { journal, transfer, open } = journalAt(100)
    open('bob', 50)
    journal.answered(transfer(SHARED, 'bob', 30), ACKNOWLEDGED)
    expect([journal.floorOf(SHARED), journal.floorOf('bob')]).toEqual([70, 50])
  })

  it('does not count on a deposit that may have found the account frozen', () => {
    const { journal, open } = journalAt(100)
    open(FICKLE, 50)
    const deposit = journal.write(
      { key: 'd', account: FICKLE, type: 'deposit', amount: 5 },
      { isPatient: false },
    )
    journal.sending(deposit)
    journal.answered(deposit, ACKNOWLEDGED)
    expect(journal.floorOf(FICKLE)).toBe(50)
  })
})

describe('a transfer', () => {
  it('is covered as a withdrawal is', () => {
    const { send, transfer, open } = journalAt(100)
    open('bob', 50)
    const first = transfer(SHARED, 'bob', 60)
    expect(first.isCovered).toBe(true)
    expect([send('withdraw', 41), first].map(({ isCovered }) => isCovered)).toEqual([false, false])
  })

  it('is not covered if one of its ends may be frozen', () => {
    const { transfer, open } = journalAt(100)
    open(FICKLE, 50)
    expect([transfer(SHARED, FICKLE, 1), transfer(FICKLE, SHARED, 1)].map((sent) => sent.isCovered)).toEqual([
      false,
      false,
    ])
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
    journal.lookedAt(SHARED, 100)
    journal.lookedAt(SHARED, 59)
    journal.sending(entry)
    expect(entry.isCovered).toBe(false)
  })

  it('that was not covered at first never is: it may have been rejected for good', () => {
    const { journal, send } = journalAt(100)
    const entry = send('withdraw', 101)
    journal.answered(entry, UNKNOWN)
    journal.lookedAt(SHARED, 500)
    journal.lookedAt(SHARED, 500)
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
