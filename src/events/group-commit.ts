/** Many appends, one commit: what comes while a commit is under way waits and is committed together, right after it. */
import { setImmediate as nextTurn } from 'node:timers/promises'

interface Waiting<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

export class GroupCommit<Item, Result> {
  readonly #commit: (items: readonly Item[]) => Promise<readonly Result[]>
  readonly #weigh: (item: Item) => number
  readonly #maxWeight: number
  #waiting: Waiting<Item, Result>[] = []
  #running: Promise<void> | undefined

  /** `commit` gives one result for each item, or fails for all of them. A group is no heavier than `maxWeight`, or one item. */
  constructor(
    commit: (items: readonly Item[]) => Promise<readonly Result[]>,
    { weigh = (_item: Item): number => 1, maxWeight = 250 } = {},
  ) {
    this.#commit = commit
    this.#weigh = weigh
    this.#maxWeight = maxWeight
  }

  /** Resolves when the commit that the item is part of is done. */
  add(item: Item): Promise<Result> {
    const result = new Promise<Result>((resolve, reject) => this.#waiting.push({ item, resolve, reject }))
    this.#running ??= this.#run()
    return result
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running
  }

  /** One turn of the event loop goes by before each commit, so that all who come in it are in one group. */
  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      await nextTurn()
      const group = this.#next()
      try {
        const results = await this.#commit(group.map(({ item }) => item))
        for (const [index, result] of results.entries()) group[index]?.resolve(result)
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
    this.#running = undefined
  }

  #next(): Waiting<Item, Result>[] {
    let weight = 0
    const end = this.#waiting.findIndex(({ item }, index) => {
      weight += this.#weigh(item)
      return index > 0 && weight > this.#maxWeight
    })
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end)
  }
}
