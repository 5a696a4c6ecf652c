/** Commands at full speed: new ones, ones that failed, and ones that were acknowledged just now or long ago. */
import { setTimeout as delay } from 'node:timers/promises'
import { SHARED } from '../../src/projection/account.ts'
import { FICKLE, openedBy } from './accounts.ts'
import type { Connection } from './connection.ts'
import { type Answer, type Entry, isAcknowledged, type Journal, type Order, type Wish } from './journal.ts'
import type { Random } from './random.ts'

/** So many are under way at a time. */
const WORKERS = 32
/** So many of the newest count as "just now"; some of them are still under way. */
const RECENT = 100
/** Whoever got no good answer waits a moment. */
const PAUSE_MS = 20
/** So many accounts are opened before anything else, and so many in all. */
const [FIRST_ACCOUNTS, ALL_ACCOUNTS] = [4, 6]
const OPENING_BALANCE = 1_000_00

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
  const rush: Ask[] = []
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

/** A wish about an account, which has no key yet. */
type Ask = { readonly account: string } & Wish

const next = (journal: Journal, random: Random, rush: Ask[]): Entry => {
  const { entries, waiting } = journal
  const opening = nextOpening(journal, random)
  if (opening) return journal.write(opening, { isPatient: true })
  if (waiting.size > 0 && random.chance(0.05)) return pick([...waiting], random)
  if (entries.length > 0 && random.chance(0.1)) {
    const earlier = pick(random.chance(0.5) ? entries.slice(-RECENT) : entries, random)
    if (isAcknowledged(earlier) || earlier.isPatient) return earlier
  }
  if (random.chance(0.004)) rush.push(...asksOfMany(journal, random))
  if (random.chance(0.01)) rush.push(...asksOfFreezing(journal, random))
  const ask = rush.shift() ?? askOfOne(journal, random)
  return journal.write({ key: `command-${entries.length}`, ...ask }, { isPatient: random.chance(0.5) })
}

const nextOpening = ({ openings }: Journal, random: Random): Order | undefined => {
  if (openings >= ALL_ACCOUNTS || (openings >= FIRST_ACCOUNTS && !random.chance(0.002))) return undefined
  const key = `open-${openings}`
  return { key, account: openedBy(key), type: 'open', amount: OPENING_BALANCE }
}

const askOfOne = (journal: Journal, random: Random): Ask => {
  const account = random.chance(0.2) ? SHARED : pick(journal.accounts, random)
  const floor = Math.min(journal.floorOf(account), 100_00)
  if (account === FICKLE && random.chance(0.2)) return { account, type: 'unfreeze' }
  if (floor > 0 && random.chance(0.7)) {
    const amount = random.integer(1, floor)
    return random.chance(0.3)
      ? { account, type: 'withdraw', amount }
      : takingOut(account, amount, journal, random)
  }
  return { account, type: 'deposit', amount: random.integer(1, 100_00) }
}

/** They would each have most of what there is, and not all of them can. */
const asksOfMany = (journal: Journal, random: Random): Ask[] => {
  const account = pick(journal.accounts, random)
  const floor = journal.floorOf(account)
  if (floor <= 100_00) return []
  return Array.from({ length: 5 }, () => {
    const amount = random.integer(Math.floor(floor / 2), floor)
    return random.chance(0.5)
      ? { account, type: 'withdraw', amount }
      : takingOut(account, amount, journal, random)
  })
}

/** What is sent to an account in the moment in which it is frozen has left and cannot arrive. */
const asksOfFreezing = ({ accounts }: Journal, random: Random): Ask[] => {
  const payers = accounts.filter((account) => account !== FICKLE)
  if (payers.length === accounts.length) return []
  const transfer = (): Ask => ({
    account: pick(payers, random),
    type: 'transfer',
    to: FICKLE,
    amount: random.integer(1, 1_00),
  })
  return [transfer(), transfer(), { account: FICKLE, type: 'freeze' }, transfer()]
}

/** By transfer, if there is an account to take it to. */
const takingOut = (account: string, amount: number, { accounts }: Journal, random: Random): Ask => {
  const payees = accounts.filter((other) => other !== account)
  return payees.length === 0
    ? { account, type: 'withdraw', amount }
    : { account, type: 'transfer', to: pick(payees, random), amount }
}

const pick = <T>(choices: readonly T[], random: Random): T => {
  const choice = choices[random.integer(0, choices.length - 1)]
  if (choice === undefined) throw new RangeError('There is nothing to pick from.')
  return choice
}
