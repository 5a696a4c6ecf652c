/** Finds a place in a stream by its time. The times of a stream rise with its versions, so halving what is left does. */

/**
 * The last of the versions 1 to `last` whose event is not later than an instant; 0 if there is none. In a stream with a
 * hole, which only a damaged log has, it may be an earlier one.
 */
export const lastUntil = (
  instant: string,
  last: number,
  occurredAt: (version: number) => string | undefined,
): number => {
  let [low, high] = [0, last]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    const time = occurredAt(middle)
    if (time !== undefined && time <= instant) low = middle
    else high = middle - 1
  }
  return low
}
