import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { Contest } from '../../bench/contest.ts'
import { runContest } from '../../bench/run-contest.ts'

const between = (options: { readonly failsIn?: number } = {}) => {
  const folder = mkdtempSync(join(tmpdir(), 'passbook-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const diary = join(folder, 'diary')
  const contender = (name: string, own = {}) => ({
    name,
    module: new URL('counting-contender.ts', import.meta.url),
    options: { name, diary, ...own },
  })
  const contest: Contest = {
    name: 'counting',
    figures: { rounds: { unit: '', better: 'more' } },
    ours: contender('ours'),
    peers: [contender('peer', options)],
    rounds: 3,
  }
  return { contest, diary: () => readFileSync(diary, 'utf8').trim().split('\n') }
}

it('has both do a round in turns, each first every other time, and gives the figures of all', async () => {
  const { contest, diary } = between()
  const rounds = [{ rounds: 1 }, { rounds: 2 }, { rounds: 3 }]
  expect(await runContest(contest)).toEqual(
    new Map([
      ['ours', rounds],
      ['peer', rounds],
    ]),
  )
  expect(diary()).toEqual([
    'ours open',
    'peer open',
    'ours round 1',
    'peer round 1',
    'peer round 2',
    'ours round 2',
    'ours round 3',
    'peer round 3',
    'ours close',
    'peer close',
  ])
})

it('fails, and says who, when work was not done as it should be', async () => {
  const { contest, diary } = between({ failsIn: 2 })
  await expect(runContest(contest)).rejects.toThrow(/^peer: Error: the balance is wrong/)
  expect(diary().at(-1)).toBe('peer round 2')
})
