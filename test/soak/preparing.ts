/** What a server is brought to before it is watched: it has accounts, and remembers as much as it ever does. */
import { SHARED } from '../../src/projection/account.ts'
import { openedBy } from '../crash/accounts.ts'
import type { Fault } from './fault.ts'
import { deliver } from './load.ts'
import { rejected } from './orders.ts'
import { datastarPost, type Poster } from './poster.ts'

const ACCOUNTS = 5

/** Resolves with their ids. */
export const openAccounts = async (poster: Poster, faults: Fault[]): Promise<readonly string[]> => {
  const keys = Array.from({ length: ACCOUNTS }, (_, index) => `open-${index}`)
  for (const key of keys) {
    const signals = { tab: 'bank', owner: `Owner ${key}`, currency: 'USD', opening: '1000' }
    const post = datastarPost('/accounts', signals, { 'Idempotency-Key': key })
    await deliver(poster, { ...post, kind: 'open', status: 204 }, faults)
  }
  return keys.map(openedBy)
}

const TOGETHER = 64

/** Rejections are remembered for a while, and so is what could not be told since its tab is not there. */
export const fillCaches = async (
  poster: Poster,
  accounts: readonly string[],
  count: number,
  faults: Fault[],
): Promise<void> => {
  let left = count
  const work = async () => {
    while (left > 0) {
      left -= 1
      const account = accounts[left % accounts.length] ?? SHARED
      await deliver(poster, rejected(`first-${left}`, account, `gone-${left}`), faults)
    }
  }
  await Promise.all(Array.from({ length: TOGETHER }, work))
}
