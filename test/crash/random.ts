/** Chance that can be had again: the same seed gives the same numbers (mulberry32). */

export interface Random {
  /** From `min` to `max`, both included. */
  readonly integer: (min: number, max: number) => number
  /** True this often, out of 1. */
  readonly chance: (often: number) => boolean
}

export const randomFrom = (seed: number): Random => {
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    integer: (min, max) => min + Math.floor(next() * (max - min + 1)),
    chance: (often) => next() < often,
  }
}
