/** Commands at a steady rate, however fast they are answered. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from '../crash/random.ts'
import { type Fault, fault } from './fault.ts'
import { type Kind, newOrder, type Order, pick, type World } from './orders.ts'
import type { Poster } from './poster.ts'

/** So often a command is one of the newest once more; some of these are still under way. */
const [REPEATED, RECENT] = [0.1, 500]
const TICK_MS = 10
/** A server that is further behind gets nothing more until it has caught up. */
const MAX_UNDER_WAY = 1_000

export interface Load {
  /** How many were sent, by what they are. */
  readonly sent: ReadonlyMap<Kind | 'repeated', number>
  /** Those that were answered as no such command may be. */
  readonly faults: readonly Fault[]
  /** Resolves when all are answered. */
  readonly stop: () => Promise<void>
}

/** So many a second. */
export const startLoad = (poster: Poster, world: World, random: Random, rate: number): Load => {
  const sent = new Map<Kind | 'repeated', number>()
  const faults: Fault[] = []
  const recent: Order[] = []
  const underWay = new Set<Promise<void>>()
  let isOver = false
  let keys = 0

  const next = (): Order => {
    const isRepeated = recent.length > 0 && random.chance(REPEATED)
    const order = isRepeated ? pick(recent, random) : newOrder(`command-${++keys}`, world, random)
    const kind = isRepeated ? 'repeated' : order.kind
    sent.set(kind, (sent.get(kind) ?? 0) + 1)
    if (!isRepeated && recent.push(order) > RECENT) recent.shift()
    return order
  }
  const run = async () => {
    for (let [last, due] = [performance.now(), 0]; !isOver; ) {
      await delay(TICK_MS)
      const now = performance.now()
      due = Math.min(due + ((now - last) / 1_000) * rate, MAX_UNDER_WAY)
      last = now
      for (; due >= 1 && underWay.size < MAX_UNDER_WAY; due--) {
        const sending = deliver(poster, next(), faults).finally(() => underWay.delete(sending))
        underWay.add(sending)
      }
    }
    await Promise.all(underWay)
  }
  const running = run()
  return {
    sent,
    faults,
    stop: () => {
      isOver = true
      return running
    },
  }
}

/** Notes down an answer that it may not get. */
export const deliver = async (poster: Poster, order: Order, faults: Fault[]): Promise<void> => {
  const { kind, path, status } = order
  const answer = await poster.post(order).catch(String)
  if (answer !== status)
    faults.push(fault('refused', `${kind} at ${path} was answered ${answer}, not ${status}`))
}
