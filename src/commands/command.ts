/** What can be asked of an account, and what it makes happen if no rule is against it. */
import type { AccountEvent } from '../events/event.ts'

/** A wish about one account. Amounts are in minor units of its currency. */
export type Command =
  | {
      readonly type: 'open'
      readonly owner: string
      readonly currency: string
      readonly openingBalance: number
    }
  | { readonly type: 'deposit'; readonly amount: number; readonly source?: string }
  | { readonly type: 'withdraw'; readonly amount: number; readonly reason?: string }
  | {
      readonly type: 'transfer'
      readonly transferId: string
      readonly to: string
      readonly amount: number
      readonly reason?: string
    }
  | { readonly type: 'freeze'; readonly reason: string }
  | { readonly type: 'unfreeze'; readonly reason?: string }
  | { readonly type: 'close'; readonly reason?: string }
  | Settlement

/** How a transfer ends: the payee receives the money, or the payer takes it back. Asked by Passbook itself. */
export type Settlement =
  | {
      readonly type: 'receive'
      readonly transferId: string
      readonly from: string
      readonly amount: number
      readonly currency: string
    }
  | {
      readonly type: 'take-back'
      readonly transferId: string
      readonly amount: number
      readonly reason: string
    }

export const isSettlement = ({ type }: Command): boolean => type === 'receive' || type === 'take-back'

/** What a command makes happen. It depends on the command alone, so a repeat is known by it. */
export const eventsOf = (command: Command): readonly AccountEvent[] => {
  switch (command.type) {
    case 'open': {
      const { owner, currency, openingBalance } = command
      return [{ type: 'opened', data: { owner, currency, openingBalance } }]
    }
    case 'deposit': {
      const { amount, source } = command
      return [{ type: 'deposited', data: { amount, ...(source !== undefined && { source }) } }]
    }
    case 'withdraw': {
      const { amount, reason } = command
      return [{ type: 'withdrawn', data: { amount, ...(reason !== undefined && { reason }) } }]
    }
    case 'transfer': {
      const { transferId, to, amount, reason } = command
      const data = { transferId, to, amount, ...(reason !== undefined && { reason }) }
      return [{ type: 'transferredOut', data }]
    }
    case 'receive': {
      const { transferId, from, amount } = command
      return [{ type: 'transferredIn', data: { transferId, from, amount } }]
    }
    case 'take-back': {
      const { transferId, amount, reason } = command
      return [{ type: 'transferReturned', data: { transferId, amount, reason } }]
    }
    case 'freeze':
      return [{ type: 'frozen', data: { reason: command.reason } }]
    case 'unfreeze':
      return [{ type: 'unfrozen', data: command.reason === undefined ? {} : { reason: command.reason } }]
    case 'close':
      return [{ type: 'closed', data: command.reason === undefined ? {} : { reason: command.reason } }]
  }
}
