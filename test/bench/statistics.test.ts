import { describe, expect, it } from 'vitest'
import type { Contender, Contest } from '../../bench/contest.ts'
import { median, ratioOf, rowsOf, spread } from '../../bench/statistics.ts'

const contender = (name: string): Contender => ({ name, module: new URL('file:///nothing.ts') })

const contest = (more: Partial<Contest> = {}): Contest => ({
  name: 'sqlite/64',
  figures: { commands: { unit: 'commands/s', better: 'more' } },
  ours: contender('passbook'),
  peers: [contender('emmett')],
  ...more,
})

it.each([
  [[3], 3],
  [[3, 1, 2], 2],
  [[4, 1, 2, 3], 2.5],
  [[1, 1, 100], 1],
])('the median of %j is %d', (values, middle) => {
  expect(median(values)).toBe(middle)
})

it('the spread is half of what lies between the extremes, as a part of the median', () => {
  expect(spread([8, 10, 14])).toBeCloseTo(0.3)
  expect(spread([5])).toBe(0)
})

it('the ratio says how many times better ours is, whichever way is better', () => {
  expect(ratioOf(20, 5, { unit: '', better: 'more' })).toBe(4)
  expect(ratioOf(20, 5, { unit: '', better: 'less' })).toBe(0.25)
})

describe('the rows of a contest', () => {
  it('are medians of the rounds, by case', () => {
    const rounds = new Map([
      ['passbook', [{ commands: 300 }, { commands: 100 }, { commands: 200 }]],
      ['emmett', [{ commands: 2 }, { commands: 1 }, { commands: 9 }]],
    ])
    expect(rowsOf('commands-hot', contest(), rounds)).toMatchObject([
      { suite: 'commands-hot', case: 'sqlite/64', ours: 200, peer: 2, ratio: 100, unit: 'commands/s' },
    ])
  })

  it('name the figure and the peer where there are several', () => {
    const several = contest({
      figures: { p50: { unit: 'ms', better: 'less' }, p99: { unit: 'ms', better: 'less' } },
      peers: [contender('bare'), contender('seed')],
    })
    const of = (factor: number) => [{ p50: factor, p99: 10 * factor }]
    const rounds = new Map([
      ['passbook', of(2)],
      ['bare', of(1)],
      ['seed', of(8)],
    ])
    expect(rowsOf('latency', several, rounds).map((row) => [row.case, row.ratio])).toEqual([
      ['sqlite/64/p50/bare', 0.5],
      ['sqlite/64/p50/seed', 4],
      ['sqlite/64/p99/bare', 0.5],
      ['sqlite/64/p99/seed', 4],
    ])
  })

  it('are not made up: a figure that a contender does not give is an error', () => {
    const rounds = new Map([
      ['passbook', [{ commands: 1 }]],
      ['emmett', [{}]],
    ])
    expect(() => rowsOf('commands-hot', contest(), rounds)).toThrow(
      'emmett said nothing of commands in sqlite/64.',
    )
  })
})
