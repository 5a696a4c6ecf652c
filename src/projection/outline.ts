/** The course of a balance in few numbers: as many for a million events as for a hundred, and with every extreme. */

/** What became of the balance in so many events, one after the other: its extremes, and where it ended. */
export interface Bucket {
  readonly low: number
  readonly high: number
  readonly close: number
}

/** Bucket `i` holds the balances after the events `i * width + 1` to `(i + 1) * width`; the last one may not be full. */
export interface Outline {
  readonly width: number
  readonly buckets: readonly Bucket[]
}

/** More than these are joined two by two. */
export const MAX_BUCKETS = 128

export const emptyOutline: Outline = { width: 1, buckets: [] }

/** The outline with one more event; `version` is the event's place in its stream, `balance` what it left behind. */
export const extend = ({ width, buckets }: Outline, version: number, balance: number): Outline => {
  const index = Math.floor((version - 1) / width)
  const bucket = buckets[index]
  if (bucket) return { width, buckets: buckets.with(index, joined(bucket, point(balance))) }
  const extended = [...buckets, point(balance)]
  return extended.length > MAX_BUCKETS ? halved({ width, buckets: extended }) : { width, buckets: extended }
}

const point = (balance: number): Bucket => ({ low: balance, high: balance, close: balance })

const joined = (one: Bucket, next: Bucket): Bucket => ({
  low: Math.min(one.low, next.low),
  high: Math.max(one.high, next.high),
  close: next.close,
})

const halved = ({ width, buckets }: Outline): Outline => ({
  width: width * 2,
  buckets: buckets.flatMap((bucket, index) => {
    if (index % 2 === 1) return []
    const next = buckets[index + 1]
    return [next ? joined(bucket, next) : bucket]
  }),
})
