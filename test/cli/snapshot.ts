import { beforeAll, expect, it } from 'vitest'
import { emptyWatch } from '../../src/projection/alerts.ts'
import { deposits, newEvent } from '../events/sample-events.ts'
import { run } from './command-line.ts'
import { type DurableStore, using } from './stores.ts'

const VERSIONS = [0, 1, 499, 500, 501, 999, 1_000, 1_001, 1_201]

export const snapshot = ({ place, sql }: DurableStore) => {
  let store = ''

  const make = () => run('snapshot', '--store', store)

  const removeAll = () => sql(store, 'DELETE FROM snapshots')

  /** The newest snapshot that serves each version of each account. */
  const kept = () =>
    using(store, ({ snapshots }) =>
      Promise.all(
        [499, 500, 999, 1_000].flatMap((version) =>
          ['alice', 'bob', 'carol'].map((account) => snapshots.nearest(account, version)),
        ),
      ),
    )

  const balances = async (): Promise<string[]> => {
    const told: string[] = []
    for (const version of VERSIONS) {
      told.push(await run('balance', 'alice', '--json', '--version', `${version}`, '--store', store))
    }
    return told
  }

  beforeAll(async () => {
    store = await place()
    const opened = { type: 'opened', data: { owner: 'Ada', currency: 'EUR', openingBalance: 7 } } as const
    await using(store, async ({ events }) => {
      await events.append('alice', [newEvent(opened), ...deposits(1_200)], { expected: 'any' })
      await events.append('bob', deposits(499), { expected: 'any' })
      await events.append('carol', deposits(500), { expected: 'any' })
    })
  })

  it('keeps one for every five hundred events of an account', async () => {
    await removeAll()
    expect(await make()).toBe('3 snapshots in all, one for every 500 events of an account.\n')
    const owned = { currency: 'EUR', status: 'open', owner: 'Ada' }
    const [early, late] = [124_757, 499_507].map((balance, index) => ({
      version: 500 * (index + 1),
      account: { ...owned, balance },
    }))
    const carols = { version: 500, account: { currency: 'USD', status: 'open', balance: 125_250 } }
    const none = undefined
    const stripped = (await kept()).map(
      (reading) => reading && { version: reading.version, account: reading.account },
    )
    expect(stripped).toEqual([
      ...[none, none, none],
      ...[early, none, carols],
      ...[early, none, carols],
      ...[late, none, carols],
    ])
  })

  it('writes those that are missing again, and balances are the same with them and without', async () => {
    await make()
    const [before, withThem] = [await kept(), await balances()]
    await removeAll()
    expect(new Set(await kept())).toEqual(new Set([undefined]))
    expect(await balances()).toEqual(withThem)
    await make()
    expect(await kept()).toEqual(before)
    expect(await balances()).toEqual(withThem)
  })

  it('does nothing to those that are there', async () => {
    await make()
    const before = await kept()
    expect(await make()).toBe('3 snapshots in all, one for every 500 events of an account.\n')
    expect(await kept()).toEqual(before)
  })

  it('mends one that is not what its events say, which verify has found', async () => {
    await make()
    const wrong = JSON.stringify({
      currency: 'USD',
      balance: 999_999,
      status: 'open',
      totals: { credited: '999999', debited: '0' },
      outline: { width: 4, buckets: [[999_999, 999_999, 999_999]] },
      watch: emptyWatch,
    })
    await sql(store, `UPDATE snapshots SET account = '${wrong}' WHERE stream = 'carol'`)
    await expect(run('verify', '--store', store)).rejects.toThrow(
      'the snapshot of "carol" at event 500 is not what its events say',
    )
    await make()
    expect(await run('verify', '--store', store)).toContain('every hash fits')
  })
}
