/** The history of one account, as long as anybody asks for: small deposits and withdrawals, and now and then all else that happens. */
import { randomUUID } from 'node:crypto'
import { settlementId, transferIdOf } from '../src/commands/transfer-ids.ts'
import type { AccountEvent, NewEvent } from '../src/events/event.ts'

export const ACCOUNT = 'rowing-club'

const OTHER = 'sailing-club'
const OPENING_BALANCE = 10_000_00
const BEGIN = Date.UTC(2020, 0, 1)
const EVERY_MS = 60_000

/** Event number `index + 1`. */
export const eventAt = (index: number): NewEvent => {
  const { event, id = randomUUID() } = stepAt(index)
  const command = randomUUID()
  const metadata = { commandId: command, correlationId: command, causationId: command, actor: 'treasurer' }
  return { ...event, id, metadata, occurredAt: new Date(BEGIN + index * EVERY_MS).toISOString() }
}

/** What the first so many events leave in the account, added up without a fold. */
export const balanceAfter = (count: number): number => {
  let balance = 0
  for (let index = 0; index < count; index++) balance += stepAt(index).change
  return balance
}

interface Step {
  readonly event: AccountEvent
  /** What it does to the balance. */
  readonly change: number
  readonly id?: string
}

const stepAt = (index: number): Step => {
  const amount = amountAt(index)
  if (index === 0) {
    const data = { owner: 'Rowing club', currency: 'USD', openingBalance: OPENING_BALANCE } as const
    return { event: { type: 'opened', data }, change: OPENING_BALANCE }
  }
  switch (index % 100) {
    case 20:
      return { event: { type: 'deposited', data: { amount, source: 'Subscription' } }, change: amount }
    case 41:
      return { event: { type: 'withdrawn', data: { amount, reason: 'Varnish' } }, change: -amount }
    case 60:
      return { event: { type: 'frozen', data: { reason: 'Stocktaking' } }, change: 0 }
    case 61:
      return { event: { type: 'unfrozen', data: {} }, change: 0 }
    case 70: {
      const transferId = transferIdOf(`bench ${index}`)
      const data = { transferId, to: OTHER, amount }
      return { event: { type: 'transferredOut', data }, change: -amount, id: transferId }
    }
    case 71: {
      const transferId = transferIdOf(`bench ${index - 1}`)
      const data = { transferId, amount: amountAt(index - 1), reason: 'The account is closed.' }
      return { event: { type: 'transferReturned', data }, change: data.amount, id: settlementId(transferId) }
    }
    case 80: {
      const transferId = transferIdOf(`bench ${index}`)
      const data = { transferId, from: OTHER, amount }
      return { event: { type: 'transferredIn', data }, change: amount, id: settlementId(transferId) }
    }
    default:
      return index % 2 === 0
        ? { event: { type: 'deposited', data: { amount } }, change: amount }
        : { event: { type: 'withdrawn', data: { amount } }, change: -amount }
  }
}

/** From 1.00 to 50.98, without a pattern that anybody would see. */
const amountAt = (index: number): number => 1_00 + ((index * 7_919) % 4_999)
