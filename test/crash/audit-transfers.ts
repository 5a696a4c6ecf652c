/**
 * Holds transfers against one another: what left an account came to the payee once, or back once, in full; and the sum of
 * all accounts and of what is on its way is, after every single event, what was paid in. Pure.
 */
import { settlementCommandId, settlementId } from '../../src/commands/transfer-ids.ts'
import type { RecordedEvent } from '../../src/events/event.ts'
import { changeOf } from '../../src/projection/account.ts'
import type { Order } from './journal.ts'
import { type Offence, offence } from './offence.ts'

type Of<Type extends RecordedEvent['type']> = Extract<RecordedEvent, { readonly type: Type }>
type Out = Of<'transferredOut'>
type Settling = Of<'transferredIn' | 'transferReturned'>

export const isSettling = (event: RecordedEvent): event is Settling =>
  event.type === 'transferredIn' || event.type === 'transferReturned'

/** The ids of those that have not ended, in the order in which they began. */
export const inFlightIn = (log: readonly RecordedEvent[]): ReadonlySet<string> => {
  const inFlight = new Set<string>()
  for (const event of log) {
    if (event.type === 'transferredOut') inFlight.add(event.data.transferId)
    if (isSettling(event)) inFlight.delete(event.data.transferId)
  }
  return inFlight
}

export const auditSettlements = (log: readonly RecordedEvent[]): readonly Offence[] => {
  const begun = new Map<string, Out>()
  const settled = new Set<string>()
  const found = log.flatMap((event): readonly Offence[] => {
    if (event.type === 'transferredOut') begun.set(event.data.transferId, event)
    if (!isSettling(event)) return []
    const { transferId } = event.data
    const out = begun.get(transferId)
    const is = `is settled by event ${event.version} of "${event.stream}"`
    if (!out) return [offence('mis-settled', event.metadata.commandId, `${is}, and was not begun before`)]
    const { commandId } = out.metadata
    if (settled.has(transferId)) return [offence('settled-twice', commandId, `${is}, and was before`)]
    settled.add(transferId)
    return settles(event, out) ? [] : [offence('mis-settled', commandId, `${is}, which does not fit it`)]
  })
  const left = [...begun.values()].filter(({ data }) => !settled.has(data.transferId))
  return [
    ...found,
    ...left.map(({ metadata }) => offence('in-flight', metadata.commandId, 'never arrived, nor came back')),
  ]
}

const settles = (event: Settling, { stream: from, data: { transferId, to, amount } }: Out): boolean => {
  const isThere =
    event.type === 'transferredIn' ? event.stream === to && event.data.from === from : event.stream === from
  const hasItsId =
    event.id === settlementId(transferId) && event.metadata.commandId === settlementCommandId(transferId)
  return isThere && hasItsId && event.data.amount === amount
}

/** An offence for every event that changes what there is in all by something else than was ordered. */
export const auditSums = (
  orders: ReadonlyMap<string, Order>,
  log: readonly RecordedEvent[],
): readonly Offence[] => {
  const inFlight = new Map<string, number>()
  const counted = new Set<string>()
  let [inAccounts, onTheWay, paidIn, off] = [0, 0, 0, 0]
  return log.flatMap((event) => {
    const { position, metadata } = event
    const { commandId } = metadata
    inAccounts += changeOf(event)
    if (event.type === 'transferredOut') {
      const { transferId, amount } = event.data
      inFlight.set(transferId, amount)
      onTheWay += amount
    }
    if (isSettling(event)) {
      const { transferId } = event.data
      onTheWay -= inFlight.get(transferId) ?? 0
      inFlight.delete(transferId)
    }
    const order = orders.get(commandId)
    if (order && !counted.has(commandId)) paidIn += paidInBy(order)
    counted.add(commandId)

    const before = off
    off = inAccounts + onTheWay - paidIn
    if (off === before) return []
    const there = `${inAccounts} cents in all accounts and ${onTheWay} on the way`
    return [offence('unbalanced', commandId, `made it ${there} at ${position}, with ${paidIn} paid in`)]
  })
}

/** In cents; less than zero for what was taken out. */
const paidInBy = (order: Order): number => {
  switch (order.type) {
    case 'open':
    case 'deposit':
      return order.amount
    case 'withdraw':
      return -order.amount
    default:
      return 0
  }
}
