/** What is asked of the server all the time: what it does, what it turns down, what it cannot understand, and all of that again. */
import { accountPath } from '../../src/routes/addresses.ts'
import type { Random } from '../crash/random.ts'
import { datastarPost, type Post } from './poster.ts'

export type Kind = 'open' | 'deposit' | 'withdraw' | 'transfer' | 'standing' | 'rejected' | 'malformed'

export interface Order extends Post {
  readonly kind: Kind
  /** How it has to be answered, however often it is sent. */
  readonly status: number
}

export interface World {
  /** The first is frozen now and then. */
  readonly accounts: readonly string[]
  /** One of those that are told what becomes of it, or were there a moment ago. */
  readonly anyTab: () => string
}

/** More than any account ever has, and less than one event may move. */
const TOO_MUCH = '1000000000'

export const pick = <T>(choices: readonly T[], random: Random): T => {
  const choice = choices[random.integer(0, choices.length - 1)]
  if (choice === undefined) throw new RangeError('There is nothing to pick from.')
  return choice
}

/** The one with this key. */
export const newOrder = (key: string, { accounts, anyTab }: World, random: Random): Order => {
  const account = pick(accounts, random)
  const tab = anyTab()
  const amount = (most: number) => (random.integer(1, most) / 100).toFixed(2)
  const order = (
    kind: Kind,
    command: string,
    signals: Readonly<Record<string, string>>,
    at = account,
  ): Order => ({
    ...datastarPost(accountPath(at, command), { tab, ...signals }, { 'Idempotency-Key': key }),
    kind,
    status: 204,
  })
  const chance = random.integer(1, 100)
  if (chance <= 45) return order('deposit', 'deposit', { amount: amount(100_00), note: `A gift, ${key}` })
  if (chance <= 60) return order('withdraw', 'withdraw', { amount: amount(10_00), note: '' })
  if (chance <= 80) return order('transfer', 'transfer', { sum: amount(10_00), to: pick(accounts, random) })
  if (chance <= 82) {
    const [fickle = account] = accounts
    const isFreezing = random.chance(0.3)
    return order('standing', isFreezing ? 'freeze' : 'unfreeze', { why: isFreezing ? 'A soak.' : '' }, fickle)
  }
  if (chance <= 90) return rejected(key, account, tab)
  return malformed(order('malformed', 'deposit', { amount: '1' }), random)
}

/** Of an account that has not as much. */
export const rejected = (key: string, account: string, tab: string): Order => ({
  ...datastarPost(accountPath(account, 'withdraw'), { tab, amount: TOO_MUCH }, { 'Idempotency-Key': key }),
  kind: 'rejected',
  status: 204,
})

/** With one thing wrong. What a person typed is told to that person; what no page of ours sends is refused. */
const malformed = (order: Order, random: Random): Order => {
  const { headers } = order
  const wrong: readonly Partial<Order>[] = [
    { body: JSON.stringify({ amount: 'a lot' }), status: 204 },
    { body: '{"tab":', status: 400 },
    { body: '[]', status: 400 },
    { body: JSON.stringify({ tab: 'not a tab', amount: '1' }), status: 400 },
    { body: JSON.stringify({ amount: '1', note: 'x'.repeat(20_000) }), status: 413 },
    { headers: { ...headers, 'Content-Type': 'text/plain' }, status: 415 },
    { headers: { ...headers, 'Datastar-Request': 'false' }, status: 400 },
    { headers: { ...headers, 'Idempotency-Key': 'x'.repeat(300) }, status: 400 },
    { headers: { ...headers, 'Sec-Fetch-Site': 'cross-site' }, status: 403 },
    { headers: { ...headers, Host: 'elsewhere.example' }, status: 421 },
    { path: accountPath('nobody', 'deposit'), status: 404 },
    { path: accountPath('shared', 'nothing'), status: 404 },
  ]
  return { ...order, ...pick(wrong, random) }
}
