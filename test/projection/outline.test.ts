import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Bucket, emptyOutline, extend, MAX_BUCKETS, type Outline } from '../../src/projection/outline.ts'
import { oneTo } from '../events/sample-events.ts'

/** The outline of an account that had these balances, one after each event, going on from an outline of the first. */
const outlineOf = (balances: readonly number[], from: Outline = emptyOutline, known = 0): Outline =>
  balances.reduce((outline, balance, index) => extend(outline, known + index + 1, balance), from)

/** The same, from all balances at once. */
const cutUp = (balances: readonly number[]): Outline => {
  let width = 1
  while (balances.length > MAX_BUCKETS * width) width *= 2
  const buckets: Bucket[] = []
  for (let start = 0; start < balances.length; start += width) {
    const part = balances.slice(start, start + width)
    buckets.push({ low: Math.min(...part), high: Math.max(...part), close: part.at(-1) ?? 0 })
  }
  return { width, buckets }
}

const lowest = ({ buckets }: Outline) => Math.min(...buckets.map(({ low }) => low))
const highest = ({ buckets }: Outline) => Math.max(...buckets.map(({ high }) => high))

const balances = fc.array(fc.oneof(fc.nat(100), fc.maxSafeNat()), {
  minLength: 1,
  maxLength: 5 * MAX_BUCKETS,
  size: 'max',
})

describe('the outline of a balance', () => {
  it('begins with nothing', () => expect(outlineOf([])).toEqual({ width: 1, buckets: [] }))

  it('has a bucket for each event while they are few', () => {
    expect(outlineOf([5, 9, 7])).toEqual({
      width: 1,
      buckets: [
        { low: 5, high: 5, close: 5 },
        { low: 9, high: 9, close: 9 },
        { low: 7, high: 7, close: 7 },
      ],
    })
  })

  it('has as many buckets as there may be before any are joined', () => {
    const { width, buckets } = outlineOf(oneTo(MAX_BUCKETS))
    expect([width, buckets.length]).toEqual([1, MAX_BUCKETS])
  })

  it('joins the buckets two by two when there is one too many', () => {
    const { width, buckets } = outlineOf(oneTo(MAX_BUCKETS + 1))
    expect([width, buckets.length]).toEqual([2, MAX_BUCKETS / 2 + 1])
    expect(buckets[0]).toEqual({ low: 1, high: 2, close: 2 })
    expect(buckets.at(-1)).toEqual({ low: 129, high: 129, close: 129 })
  })

  it('fills the last bucket before it begins another', () => {
    const { buckets } = outlineOf([...oneTo(MAX_BUCKETS + 1), 3])
    expect(buckets).toHaveLength(MAX_BUCKETS / 2 + 1)
    expect(buckets.at(-1)).toEqual({ low: 3, high: 129, close: 3 })
  })

  it('still shows a single peak and a single trough among very many events', () => {
    const flat = oneTo(20_000).map(() => 100)
    const outline = outlineOf(flat.with(7_001, 900).with(13_001, 0))
    expect([lowest(outline), highest(outline)]).toEqual([0, 900])
  })

  it('leaves earlier outlines as they were', () => {
    const before = outlineOf(oneTo(MAX_BUCKETS + 1))
    const copy = structuredClone(before)
    extend(before, MAX_BUCKETS + 2, 7)
    expect(before).toEqual(copy)
  })
})

describe('for any balances, the outline', () => {
  it('is what one makes of all of them at once', () => {
    fc.assert(
      fc.property(balances, (all) => {
        expect(outlineOf(all)).toEqual(cutUp(all))
      }),
    )
  })

  it('has the lowest and the highest, ends with the last, and stays small', () => {
    fc.assert(
      fc.property(balances, (all) => {
        const outline = outlineOf(all)
        expect(lowest(outline)).toBe(Math.min(...all))
        expect(highest(outline)).toBe(Math.max(...all))
        expect(outline.buckets.at(-1)?.close).toBe(all.at(-1))
        expect(outline.buckets.length).toBeLessThanOrEqual(MAX_BUCKETS)
      }),
    )
  })

  it('is the same when it goes on from one that was kept', () => {
    fc.assert(
      fc.property(balances, fc.nat(), (all, point) => {
        const cut = point % (all.length + 1)
        const kept: Outline = JSON.parse(JSON.stringify(outlineOf(all.slice(0, cut))))
        expect(outlineOf(all.slice(cut), kept, cut)).toEqual(outlineOf(all))
      }),
    )
  })
})
