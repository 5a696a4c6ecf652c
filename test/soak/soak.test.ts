import { describe, expect, it } from 'vitest'
import { grownHeap, leftBehind, type Watching, wrongTabs } from './checks.ts'
import type { Fault } from './fault.ts'
import type { Folds } from './folds.ts'
import type { AccountSeen, Seen } from './page.ts'
import { type Options, run } from './run.ts'
import type { Sight } from './tab.ts'

/** Short, and so lively that all is done that there is to do. */
const SHORT = {
  seconds: 4,
  seed: 5,
  rate: 200,
  tabs: 30,
  tabPauseMs: 100,
  rejectedFirst: 500,
  patienceMs: 10_000,
}

const FAULTY = {
  ...SHORT,
  seconds: 2,
  rejectedFirst: 0,
  patienceMs: 1_000,
  script: 'test/soak/faulty-server.ts',
}

const runWith = (faults: string, options: Partial<Options> = {}) =>
  run({ ...FAULTY, ...options, env: { SOAK_FAULTS: faults } })

const typesOf = (faults: readonly Fault[]): ReadonlySet<Fault['type']> =>
  new Set(faults.map(({ type }) => type))

describe.concurrent('a server that is soaked', () => {
  it('shows every tab what the log says, and keeps nothing of tabs that are gone', async () => {
    const report = await run(SHORT)
    expect(report.faults).toEqual([])
    expect(report.events).toBeGreaterThan(200)
    for (const kind of ['deposit', 'withdraw', 'transfer', 'rejected', 'malformed', 'repeated'] as const) {
      expect(report.sent.get(kind)).toBeGreaterThan(10)
    }
    for (const times of Object.values(report.crowd.done)) expect(times).toBeGreaterThan(10)
  }, 60_000)

  it('is found out if anything is left of tabs that are gone', async () => {
    const faults =
      'keeps streams, leaves listeners, leaves listeners of signals, leaves timers, leaves sockets'
    const report = await runWith(faults)
    expect(typesOf(report.faults)).toEqual(new Set(['left']))
    for (const name of [
      'stream',
      'listener of the process',
      'listener of a signal',
      'timer',
      'active TCPServerWrap',
    ]) {
      expect(report.faults).toContainEqual({
        type: 'left',
        message: expect.stringContaining(`more of "${name}"`),
      })
    }
  }, 60_000)

  it('is found out if it grows, loses frames, and fails now and then', async () => {
    const report = await runWith('grows, loses frames, fails')
    expect(typesOf(report.faults)).toEqual(new Set(['grown', 'wrong', 'refused', 'complained']))
  }, 60_000)
})

describe('the last frame of a tab', () => {
  const folds: Folds = {
    accounts: new Map([['a', { balances: [0, 100, 70], status: 'open', transactions: 2 }]]),
    events: 2,
    inFlight: 0,
  }
  const live: AccountSeen = {
    type: 'account',
    version: undefined,
    balance: 70,
    status: 'open',
    newest: 2,
    firstRow: 2,
    since: undefined,
  }
  const past: AccountSeen = { ...live, version: 1, balance: 100, firstRow: 1, since: 1 }
  const rows = ['a is open with 70 cents after 2 transactions']

  const wrong = (sight: Sight, seen: Seen | undefined) => {
    const tab: Watching = { id: 't', sight, page: { seen: () => seen } }
    return wrongTabs([tab], folds).map(({ type }) => type)
  }
  const at = (version: number | undefined): Sight => ({ type: 'account', account: 'a', version })

  it('is right if it is the fold: now, in the past, and in the list', () => {
    expect(wrong(at(undefined), live)).toEqual([])
    expect(wrong(at(1), past)).toEqual([])
    expect(wrong({ type: 'accounts' }, { type: 'accounts', rows })).toEqual([])
  })

  it('is wrong if anything in it is not, or there is none', () => {
    expect(wrong(at(undefined), undefined)).toEqual(['wrong'])
    expect(wrong(at(undefined), past)).toEqual(['wrong'])
    for (const other of [{ balance: 71 }, { newest: 1 }, { firstRow: 1 }, { status: 'frozen' }]) {
      expect(wrong(at(undefined), { ...live, ...other })).toEqual(['wrong'])
    }
    for (const other of [{ balance: 70 }, { version: 2 }, { since: 0 }]) {
      expect(wrong(at(1), { ...past, ...other })).toEqual(['wrong'])
    }
    expect(wrong({ type: 'accounts' }, { type: 'accounts', rows: [] })).toEqual(['wrong'])
  })
})

describe('what was counted', () => {
  it('is all gone if there is no more of anything', () => {
    expect(leftBehind({ stream: 0, timer: 2 }, { stream: 0, timer: 1 })).toEqual([])
  })

  it('is not if there is more of something, also of what there was none of', () => {
    const left = leftBehind({ timer: 2 }, { timer: 3, stream: 4 })
    expect(left.map(({ message }) => message)).toEqual([
      '1 more of "timer" than before',
      '4 more of "stream" than before',
    ])
  })
})

describe('a heap', () => {
  const MB = 2 ** 20
  const sampled = (heapAt: (sample: number) => number) => Array.from({ length: 40 }, (_, i) => heapAt(i) * MB)

  it('does not grow if it warms up, or goes up and down', () => {
    expect(grownHeap(sampled((i) => Math.min(20 + i, 30)))).toEqual([])
    expect(grownHeap(sampled((i) => 30 + (i % 7)))).toEqual([])
    expect(grownHeap(sampled((i) => (i === 35 ? 90 : 30)))).toEqual([])
  })

  it('grows if it goes up and down, and up again', () => {
    expect(grownHeap(sampled((i) => 30 + (i % 7) + i / 4))).toEqual([
      { type: 'grown', message: 'the heap grew from 37.0 to 42.0 MB' },
    ])
  })
})
