/** What must be so after a run, and says what is not. Pure. */
import { isDeepStrictEqual } from 'node:util'
import type { State } from './answers.ts'
import type { Counts } from './counts.ts'
import { type Fault, fault } from './fault.ts'
import { dueOf, type Folds } from './folds.ts'
import type { Tab } from './tab.ts'

/** What a tab looks at, and shows. */
export type Watching = Pick<Tab, 'id' | 'sight'> & { readonly page: Pick<Tab['page'], 'seen'> }

/** What every tab shows last is what the log says. */
export const wrongTabs = (tabs: Iterable<Watching>, folds: Folds): readonly Fault[] =>
  [...tabs].flatMap(({ id, sight, page }) => {
    const [seen, due] = [page.seen(), dueOf(folds, sight)]
    if (isDeepStrictEqual(seen, due)) return []
    const said = `${id} (${JSON.stringify(sight)}) shows ${JSON.stringify(seen)}`
    return [fault('wrong', `${said}, and the log says ${JSON.stringify(due)}`)]
  })

/** There is no more of anything than there was. */
export const leftBehind = (before: Counts, after: Counts): readonly Fault[] =>
  Object.entries(after).flatMap(([name, count]) => {
    const more = count - (before[name] ?? 0)
    return more > 0 ? [fault('left', `${more} more of "${name}" than before`)] : []
  })

const MEGABYTE = 2 ** 20

/** How much more there may be of each. What is kept outside of the heap goes up and down with what waits to be sent. */
const TOLERATED = { heap: 3 * MEGABYTE, external: 8 * MEGABYTE } as const

/**
 * Memory, looked at in equal intervals, is not more in the last quarter of them than it was in the second. Medians are
 * compared, so that single looks do not matter; what warms up in the first quarter does not either.
 */
export const grownMemory = (states: readonly Pick<State, 'heap' | 'external'>[]): readonly Fault[] =>
  (['heap', 'external'] as const).flatMap((kind) => {
    const bytes = states.map((state) => state[kind])
    const [before, after] = [medianOfQuarter(bytes, 1), medianOfQuarter(bytes, 3)]
    if (after - before <= TOLERATED[kind]) return []
    return [fault('grown', `${kind}: from ${inMegabytes(before)} to ${inMegabytes(after)} MB`)]
  })

/** The first quarter is 0. */
export const medianOfQuarter = (samples: readonly number[], quarter: number): number => {
  const [from, to] = [quarter, quarter + 1].map((end) => Math.floor((end * samples.length) / 4))
  const sorted = samples.slice(from, to).toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

export const inMegabytes = (bytes: number): string => (bytes / MEGABYTE).toFixed(1)
