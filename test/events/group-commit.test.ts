import { describe, expect, it } from 'vitest'
import { GroupCommit } from '../../src/events/group-commit.ts'
import { gate, settled } from './gate.ts'
import { oneTo } from './sample-events.ts'

/** Doubles what is committed, and shows which groups there were. */
const doubling = (options?: { readonly weigh?: (item: number) => number; readonly maxWeight?: number }) => {
  const groups: (readonly number[])[] = []
  const commits = new GroupCommit(async (items: readonly number[]) => {
    groups.push(items)
    return items.map((item) => item * 2)
  }, options)
  return { groups, commits }
}

it('commits all that comes in one turn together, and gives each its own result', async () => {
  const { groups, commits } = doubling()
  const results = await Promise.all(oneTo(5).map((item) => commits.add(item)))
  expect(results).toEqual([2, 4, 6, 8, 10])
  expect(groups).toEqual([[1, 2, 3, 4, 5]])
})

it('commits what comes during a commit right after it, together and in order', async () => {
  const groups: (readonly number[])[] = []
  const [entered, release] = [gate(), gate()]
  const commits = new GroupCommit(async (items: readonly number[]) => {
    groups.push(items)
    entered.open()
    await release.opened
    return items
  })
  const first = commits.add(1)
  await entered.opened
  const rest = [commits.add(2), commits.add(3)]
  await settled()
  expect(groups).toEqual([[1]])
  release.open()
  expect(await Promise.all([first, ...rest])).toEqual([1, 2, 3])
  expect(groups).toEqual([[1], [2, 3]])
})

it('tells nobody before the commit is done', async () => {
  const release = gate()
  const commits = new GroupCommit(async (items: readonly number[]) => {
    await release.opened
    return items
  })
  let isTold = false
  const told = commits.add(1).then(() => {
    isTold = true
  })
  await settled()
  expect(isTold).toBe(false)
  release.open()
  await told
})

describe('a group that would be too heavy', () => {
  it.each([
    [[1, 1, 1], [[1, 1, 1]]],
    [
      [4, 6, 1],
      [[4, 6], [1]],
    ],
    [
      [6, 6, 6],
      [[6], [6], [6]],
    ],
    [
      [99, 1, 9],
      [[99], [1, 9]],
    ],
    [
      [1, 99, 1],
      [[1], [99], [1]],
    ],
  ])('of %j becomes %j', async (items, expected) => {
    const { groups, commits } = doubling({ weigh: (item) => item, maxWeight: 10 })
    await Promise.all(items.map((item) => commits.add(item)))
    expect(groups).toEqual(expected)
  })

  it('is one of more than 250, if nobody says otherwise', async () => {
    const { groups, commits } = doubling()
    await Promise.all(oneTo(251).map((item) => commits.add(item)))
    expect(groups.map(({ length }) => length)).toEqual([250, 1])
  })
})

it('fails for all of a group if its commit fails, and goes on with the next', async () => {
  const failure = new Error('The disk is full.')
  const commits = new GroupCommit(async (items: readonly number[]) => {
    if (items.includes(13)) throw failure
    return items
  })
  const group = await Promise.allSettled([commits.add(12), commits.add(13)])
  expect(group).toEqual([
    { status: 'rejected', reason: failure },
    { status: 'rejected', reason: failure },
  ])
  expect(await commits.add(14)).toBe(14)
})

it('is idle when nothing waits any more, not even what came at the last moment', async () => {
  const { groups, commits } = doubling()
  await commits.idle()
  const added = commits.add(1).then(() => commits.add(2))
  await commits.idle()
  expect(groups).toEqual([[1], [2]])
  await added
})
