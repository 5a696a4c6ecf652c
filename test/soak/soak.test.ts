import { describe, expect, it } from 'vitest'
import { grownMemory, leftBehind, type Watching, wrongTabs } from './checks.ts'
import type { Folds } from './folds.ts'
import type { AccountSeen, Seen } from './page.ts'
import { type Options, run } from './run.ts'
import type { Sight } from './tab.ts'

/** Short, and so lively that all is done that there is to do. */
const SHORT: Options = {
  seconds: 4,
  seed: 5,
  rate: 200,
  tabs: 20,
  tabPauseMs: 150,
  rejectedFirst: 200,
  patienceMs: 20_000,
}

const FAULTY: Options = {
  ...SHORT,
  seconds: 2,
  rate: 100,
  tabs: 10,
  patienceMs: 1_000,
  script: 'test/soak/faulty-server.ts',
}

const faultsWith = async (named: string) => (await run({ ...FAULTY, env: { SOAK_FAULTS: named } })).faults

describe.concurrent('a server that is soaked', () => {
  it('shows every tab what the log says, and keeps nothing of tabs that are gone', async () => {
    const report = await run(SHORT)
    expect(report.faults).toEqual([])
    expect(report.events).toBeGreaterThan(200)
    for (const kind of ['deposit', 'withdraw', 'transfer', 'rejected', 'malformed', 'repeated'] as const) {
      expect(report.sent.get(kind)).toBeGreaterThan(0)
    }
    for (const times of Object.values(report.crowd.done)) expect(times).toBeGreaterThan(0)
  }, 120_000)

  it('is found out if anything is left of tabs that are gone', async () => {
    const faults = await faultsWith(
      'keeps streams, leaves listeners, leaves listeners of signals, leaves timers, leaves sockets',
    )
    for (const name of [
      'stream',
      'listener of the process',
      'listener of a signal',
      'timer',
      'active TCPServerWrap',
    ]) {
      expect(faults).toContainEqual({ type: 'left', message: expect.stringContaining(`more of "${name}"`) })
    }
  }, 120_000)

  it('is found out if it grows, loses frames, sends what cannot be read, and fails now and then', async () => {
    const faults = await faultsWith('grows, loses frames, spoils differences, fails')
    const types = faults.map(({ type }) => type)
    expect([...new Set(types)]).toEqual(expect.arrayContaining(['grown', 'wrong', 'refused', 'complained']))
    const message = expect.stringContaining('its stream cannot be read')
    expect(faults).toContainEqual({ type: 'wrong', message })
  }, 120_000)
})

describe('the last frame of a tab', () => {
  const moments = [
    { balance: 0, status: 'open' },
    { balance: 100, status: 'open' },
    { balance: 70, status: 'open' },
    { balance: 70, status: 'frozen' },
  ]
  const folds: Folds = {
    accounts: new Map([['a', { moments, transactions: 2 }]]),
    events: 3,
    inFlight: 0,
  }
  const live: AccountSeen = {
    type: 'account',
    version: undefined,
    balance: 70,
    status: 'frozen',
    newest: 3,
    firstRow: 3,
    since: undefined,
  }
  const past: AccountSeen = { ...live, version: 1, balance: 100, status: 'open', firstRow: 1, since: 2 }
  const rows = ['a is frozen with 70 cents after 2 transactions']

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
    for (const other of [{ balance: 71 }, { newest: 1 }, { firstRow: 1 }, { status: 'open' }]) {
      expect(wrong(at(undefined), { ...live, ...other })).toEqual(['wrong'])
    }
    for (const other of [{ balance: 70 }, { version: 2 }, { since: 0 }, { status: 'frozen' }]) {
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

describe('memory', () => {
  const looks = (heapAt: (look: number) => number) =>
    Array.from({ length: 40 }, (_, look) => ({ heap: heapAt(look) * 2 ** 20, external: 2 ** 20 }))

  it('does not grow if it warms up, or goes up and down', () => {
    expect(grownMemory(looks((look) => Math.min(20 + look, 30)))).toEqual([])
    expect(grownMemory(looks((look) => 30 + (look % 7)))).toEqual([])
    expect(grownMemory(looks((look) => (look === 35 ? 90 : 30)))).toEqual([])
  })

  it('grows if it goes up and down, and up again, on the heap or outside', () => {
    const growing = looks((look) => 30 + (look % 7) + look / 5)
    expect(grownMemory(growing)).toEqual([{ type: 'grown', message: 'heap: from 36.4 to 40.4 MB' }])
    const swapped = growing.map(({ heap, external }) => ({ heap: external, external: 3 * heap }))
    expect(grownMemory(swapped)).toEqual([{ type: 'grown', message: 'external: from 109.2 to 121.2 MB' }])
  })
})
