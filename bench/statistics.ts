/** Medians of rounds, how far the rounds lie apart, and how many times better one is than another. */
import type { Contest, Figure, Figures, Row } from './contest.ts'

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2
}

/** Half of what lies between the smallest and the largest, as a part of the median. */
export const spread = (values: readonly number[]): number =>
  (Math.max(...values) - Math.min(...values)) / 2 / median(values)

/** How many times better ours is. */
export const ratioOf = (ours: number, peer: number, { better }: Figure): number =>
  better === 'more' ? ours / peer : peer / ours

/** One row for each figure and peer. `rounds` are those of each contender, by its name. */
export const rowsOf = (
  suite: string,
  contest: Contest,
  rounds: ReadonlyMap<string, readonly Figures[]>,
): Row[] => {
  const valuesOf = (contender: string, figure: string): readonly number[] =>
    (rounds.get(contender) ?? []).map((figures) => {
      const value = figures[figure]
      if (value === undefined) throw new Error(`${contender} said nothing of ${figure} in ${contest.name}.`)
      return value
    })
  const figures = Object.entries(contest.figures)
  return figures.flatMap(([name, figure]) =>
    contest.peers.map((peer) => {
      const [mine, theirs] = [valuesOf(contest.ours.name, name), valuesOf(peer.name, name)]
      const parts = [
        contest.name,
        ...(figures.length > 1 ? [name] : []),
        ...(contest.peers.length > 1 ? [peer.name] : []),
      ]
      return {
        suite,
        case: parts.join('/'),
        ours: median(mine),
        peer: median(theirs),
        ratio: ratioOf(median(mine), median(theirs), figure),
        unit: figure.unit,
        peerName: peer.name,
        oursSpread: spread(mine),
        peerSpread: spread(theirs),
      }
    }),
  )
}
