/** Requests for tests to make, and what they are told. */
import type { Command } from '../../src/commands/command.ts'
import type { Rejection } from '../../src/commands/decide.ts'
import type { Outcome, Request } from '../../src/commands/decide-together.ts'

const request = (id: string, command: Command): Request => ({ id, actor: 'Ada', command })

export const deposit = (id: string, amount: number): Request => request(id, { type: 'deposit', amount })
export const withdraw = (id: string, amount: number): Request => request(id, { type: 'withdraw', amount })

export const accepted = (version: number): Outcome => ({ type: 'accepted', version })
export const idTaken: Outcome = { type: 'id-taken' }

/** The balance is as it is shown: `$1.00`. */
export const insufficient = (balance: string): Outcome & { readonly rejection: Rejection } => ({
  type: 'rejected',
  rejection: { code: 'insufficient-funds', message: `Insufficient funds: the balance is ${balance}.` },
})
