/** All that a page shows of an account, folded along with its state. Each part is bounded, however long the log. */
import type { RecordedEvent } from '../events/event.ts'
import { type Account, emptyAccount, evolve } from './account.ts'
import { emptyWatch, type Watch, watchOver } from './alerts.ts'
import { emptyOutline, extend, type Outline } from './outline.ts'

/** In minor units, over the whole life of the account, and so perhaps beyond the safe integers. */
export interface Totals {
  readonly credited: bigint
  readonly debited: bigint
}

export interface Reading {
  readonly account: Account
  /** The version of the last event in it; 0 before the first. */
  readonly version: number
  readonly totals: Totals
  readonly outline: Outline
  readonly watch: Watch
}

export const emptyReading: Reading = {
  account: emptyAccount,
  version: 0,
  totals: { credited: 0n, debited: 0n },
  outline: emptyOutline,
  watch: emptyWatch,
}

export const readOn = (
  { account: before, totals, outline, watch }: Reading,
  event: RecordedEvent,
): Reading => {
  const account = evolve(before, event)
  return {
    account,
    version: event.version,
    totals: withChange(totals, account.balance - before.balance),
    outline: extend(outline, event.version, account.balance),
    watch: watchOver(watch, event, before.balance),
  }
}

const withChange = ({ credited, debited }: Totals, change: number): Totals =>
  change > 0
    ? { credited: credited + BigInt(change), debited }
    : { credited, debited: debited - BigInt(change) }
