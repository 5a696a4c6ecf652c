/** Commands at full speed: new ones, ones that failed, and ones that were acknowledged just now or long ago. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Connection } from './connection.ts'
import { type Answer, type Entry, isAcknowledged, type Journal, type Order } from './journal.ts'
import type { Random } from './random.ts'

/** So many are under way at a time. */
const WORKERS = 32
/** So many of the newest count as "just now"; some of them are still under way. */
const RECENT = 100
/** Whoever got no good answer waits a moment. */
const PAUSE_MS = 20

export interface Load {
  /** Resolves when so many more have been acknowledged. */
  readonly acknowledges: (count: number) => Promise<void>
  /** Sends nothing more; resolves when nothing is under way. */
  readonly stop: () => Promise<void>
}

export const startLoad = (connection: Connection, journal: Journal, random: Random): Load => {
  let isOver = false
  let acknowledged = 0
  const milestones = new Map<number, () => void>()
  const rush: Wish[] = []
  const work = async () => {
    while (!isOver) {
      const { type } = await deliver(connection, journal, next(journal, random, rush))
      if (type === 'acknowledged') milestones.get(++acknowledged)?.()
      else if (!isOver) await delay(PAUSE_MS)
    }
  }
  const workers = Array.from({ length: WORKERS }, work)
  return {
    acknowledges: (count) =>
      new Promise((resolve) => {
        if (count === 0) resolve()
        else milestones.set(acknowledged + count, resolve)
      }),
    stop: async () => {
      isOver = true
      await Promise.all(workers)
    },
  }
}

/** Sends each of them once. */
export const sendAll = async (
  connection: Connection,
  journal: Journal,
  entries: Iterable<Entry>,
): Promise<void> => {
  const left = [...entries]
  const work = async () => {
    for (let entry = left.pop(); entry; entry = left.pop()) await deliver(connection, journal, entry)
  }
  await Promise.all(Array.from({ length: WORKERS }, work))
}

const deliver = async (connection: Connection, journal: Journal, entry: Entry): Promise<Answer> => {
  journal.sending(entry)
  const answer = await connection.send(entry)
  journal.answered(entry, answer)
  return answer
}

type Wish = Omit<Order, 'key'>

const next = (journal: Journal, random: Random, rush: Wish[]): Entry => {
  const { entries, waiting, floor } = journal
  if (waiting.size > 0 && random.chance(0.05)) return pick([...waiting], random)
  if (entries.length > 0 && random.chance(0.1)) {
    const earlier = pick(random.chance(0.5) ? entries.slice(-RECENT) : entries, random)
    if (isAcknowledged(earlier) || earlier.isPatient) return earlier
  }
  if (floor > 100_00 && random.chance(0.004)) rush.push(...wishesOfMany(floor, random))
  const wish = rush.shift() ?? wishOfOne(floor, random)
  return journal.write({ key: `command-${entries.length}`, ...wish }, { isPatient: random.chance(0.5) })
}

const wishOfOne = (floor: number, random: Random): Wish =>
  floor > 0 && random.chance(0.4)
    ? { type: 'withdraw', amount: random.integer(1, Math.min(floor, 100_00)) }
    : { type: 'deposit', amount: random.integer(1, 100_00) }

/** They would each have most of what there is, and not all of them can. */
const wishesOfMany = (floor: number, random: Random): Wish[] =>
  Array.from({ length: 5 }, () => ({
    type: 'withdraw',
    amount: random.integer(Math.floor(floor / 2), floor),
  }))

const pick = (entries: readonly Entry[], random: Random): Entry => {
  const entry = entries[random.integer(0, entries.length - 1)]
  if (!entry) throw new RangeError('There is nothing to pick from.')
  return entry
}
