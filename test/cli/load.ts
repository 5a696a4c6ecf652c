/** Deposits that go on for as long as something else is done. */
import { randomUUID } from 'node:crypto'
import { send } from '../support/tab.ts'

export interface Load {
  /** The ids of the commands that were answered so far. */
  readonly acknowledged: readonly string[]
}

/** Four tabs that deposit a cent each, one after the other, into the account that everybody shares. */
export const underLoad = async <T>(url: string, work: (load: Load) => Promise<T>): Promise<T> => {
  const acknowledged: string[] = []
  let isOver = false
  const deposit = async (tab: string): Promise<void> => {
    while (!isOver) {
      const key = randomUUID()
      const { status } = await send(`${url}/accounts/shared`, 'deposit', { tab, amount: '0.01' }, { key })
      if (status !== 204) throw new Error(`A deposit was answered with ${status}.`)
      acknowledged.push(key)
    }
  }
  const deposits = Promise.all(['one', 'two', 'three', 'four'].map(deposit))
  const over = () => {
    isOver = true
  }
  const [result] = await Promise.all([work({ acknowledged }).finally(over), deposits])
  return result
}
