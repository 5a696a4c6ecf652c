/** What must be so after a run, and says what is not. Pure. */
import { isDeepStrictEqual } from 'node:util'
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

/** The larger one counts. */
const TOLERANCE = { part: 0.1, bytes: 4 << 20 }

/**
 * The heap, sampled at equal intervals, is not larger in the last quarter of them than it was in the second. Medians are
 * compared, so that single samples do not matter; what warms up in the first quarter does not either.
 */
export const grownHeap = (heaps: readonly number[]): readonly Fault[] => {
  const [before, after] = [medianOfQuarter(heaps, 1), medianOfQuarter(heaps, 3)]
  if (after - before <= Math.max(TOLERANCE.part * before, TOLERANCE.bytes)) return []
  return [fault('grown', `the heap grew from ${inMegabytes(before)} to ${inMegabytes(after)} MB`)]
}

/** The first quarter is 0. */
export const medianOfQuarter = (samples: readonly number[], quarter: number): number => {
  const [from, to] = [quarter, quarter + 1].map((end) => Math.floor((end * samples.length) / 4))
  const sorted = samples.slice(from, to).toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

export const inMegabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1)
