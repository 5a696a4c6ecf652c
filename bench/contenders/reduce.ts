/** The loop that comes to mind first: the events as plain objects in memory, and a number that is added to. */
import type { AccountEvent } from '../../src/events/event.ts'
import type { Open } from '../contest.ts'
import { folding, openCopy, readEvents } from '../folding.ts'
import type { FoldOptions } from './fold.ts'

const balanceOf = (events: readonly AccountEvent[]): number =>
  events.reduce((balance, { type, data }) => {
    switch (type) {
      case 'opened':
        return balance + data.openingBalance
      case 'deposited':
      case 'transferredIn':
      case 'transferReturned':
        return balance + data.amount
      case 'withdrawn':
      case 'transferredOut':
        return balance - data.amount
      default:
        return balance
    }
  }, 0)

export const open: Open<FoldOptions> = async ({ log, events, folder }) => {
  const copy = await openCopy(log, folder)
  const all: readonly AccountEvent[] = JSON.parse(JSON.stringify(await readEvents(copy)))
  await copy.close()
  return folding(
    events,
    () => balanceOf(all),
    async () => {},
  )
}
