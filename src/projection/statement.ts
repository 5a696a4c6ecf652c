/** The statement of an account for one month. Reading it costs the same however long the log is, and the month. */
import { type EventStore, PAGE } from '../events/store.ts'
import { type Account, changeOf } from './account.ts'
import { type Month, monthBefore } from './month.ts'
import type { Readings } from './readings.ts'
import type { RunningBalance } from './running-balance.ts'

/** A balance in minor units, and the version of the last event in it. */
export interface Standing {
  readonly version: number
  readonly balance: number
}

export interface Statement {
  readonly month: Month
  /** As it was at the month's end; as it is, if the month is not over. */
  readonly account: Account
  readonly opening: Standing
  readonly closing: Standing
  /** In minor units: what came in and what went out, so that opening + credited - debited = closing. */
  readonly credited: bigint
  readonly debited: bigint
}

/** A month opens with what the one before it closed with. */
export const readStatement = async (
  readings: Pick<Readings, 'past'>,
  stream: string,
  month: Month,
): Promise<Statement> => {
  const closing = await readings.past(stream, { at: month.last })
  const opening = await readings.past(stream, { at: monthBefore(month).last, version: closing.version })
  return {
    month,
    account: closing.account,
    opening: standingOf(opening),
    closing: standingOf(closing),
    credited: closing.totals.credited - opening.totals.credited,
    debited: closing.totals.debited - opening.totals.debited,
  }
}

/** What an account stood at after event `version`. */
export const readStanding = async (
  readings: Pick<Readings, 'past'>,
  stream: string,
  version: number,
): Promise<Standing> => standingOf(await readings.past(stream, { version }))

const standingOf = ({
  version,
  account,
}: {
  readonly version: number
  readonly account: Account
}): Standing => ({ version, balance: account.balance })

/** A page of rows, oldest first: those right after a standing, and none beyond version `to`. */
export const readRows = async (
  store: Pick<EventStore, 'read'>,
  stream: string,
  after: Standing,
  to: number,
): Promise<readonly RunningBalance[]> => {
  const events = await store.read(stream, { from: after.version + 1, to, limit: PAGE })
  let { balance } = after
  return events.map((event) => {
    const change = changeOf(event)
    balance += change
    return { event, change, balance }
  })
}

/** All of them, page by page. A page is read when it is asked for. */
export const allRows = async function* (
  store: Pick<EventStore, 'read'>,
  stream: string,
  after: Standing,
  to: number,
): AsyncGenerator<readonly RunningBalance[]> {
  for (let from = after; from.version < to; ) {
    const page = await readRows(store, stream, from, to)
    const last = page.at(-1)
    if (!last) return
    yield page
    from = { version: last.event.version, balance: last.balance }
  }
}
