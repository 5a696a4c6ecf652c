import { describe, expect, it } from 'vitest'
import { MemoryEventStore } from '../../src/events/memory-store.ts'
import type { EventStore, FactOptions } from '../../src/events/store.ts'
import { emptyAccount } from '../../src/projection/account.ts'
import { CurrentAccounts } from '../../src/projection/current-accounts.ts'
import { makeSnapshots } from '../../src/projection/make-snapshots.ts'
import { MemorySnapshotTable } from '../../src/projection/memory-tables.ts'
import type { Snapshot } from '../../src/projection/snapshot.ts'
import { Snapshots } from '../../src/projection/snapshots.ts'
import { type Gate, gate } from '../events/gate.ts'
import { at, deposited, deposits, newEvents, withdrawn } from '../events/sample-events.ts'

const usd = (balance: number, version: number): Snapshot => ({
  account: { ...emptyAccount, balance },
  version,
})

/** A store whose reads are counted, and of which the next can be held back after it has looked. */
class ReadStore extends MemoryEventStore {
  readonly reads: { readonly stream: string; readonly from: number | undefined }[] = []
  #holding: { readonly looked: Gate; readonly release: Gate } | undefined

  holdNextRead() {
    this.#holding = { looked: gate(), release: gate() }
    return this.#holding
  }

  override async facts(stream: string, options?: FactOptions) {
    this.reads.push({ stream, from: options?.from })
    const holding = this.#holding
    this.#holding = undefined
    const page = await super.facts(stream, options)
    holding?.looked.open()
    await holding?.release.opened
    return page
  }
}

const opened = (options?: { readonly max: number }) => {
  const store = new ReadStore()
  return { store, accounts: new CurrentAccounts(store, options) }
}

const deposit = (store: EventStore, stream: string, amount: number) =>
  store.append(stream, newEvents(deposited(amount)), { expected: 'any' })

describe('the current account', () => {
  it('has every event that is in the log by now', async () => {
    const { store, accounts } = opened()
    expect(await accounts.current('alice')).toEqual(usd(0, 0))
    await deposit(store, 'alice', 100)
    expect(await accounts.current('alice')).toEqual(usd(100, 1))
    await store.append('alice', newEvents(withdrawn(30), deposited(1)), { expected: 'any' })
    expect(await accounts.current('alice')).toEqual(usd(71, 3))
  })

  it('is each stream’s own', async () => {
    const { store, accounts } = opened()
    await deposit(store, 'alice', 1)
    await deposit(store, 'bob', 2)
    expect(await accounts.current('alice')).toEqual(usd(1, 1))
    expect(await accounts.current('bob')).toEqual(usd(2, 1))
    expect(accounts.lastKnown('alice')).toEqual(usd(1, 1))
  })

  it('reads only what is new', async () => {
    const { store, accounts } = opened()
    await store.append('alice', newEvents(deposited(1), deposited(2)), { expected: 'any' })
    await accounts.current('alice')
    await accounts.current('alice')
    await deposit(store, 'alice', 3)
    await accounts.current('alice')
    await accounts.current('alice')
    expect(store.reads.map(({ from }) => from)).toEqual([1, 3, 3, 4])
  })

  it('is kept, and given without asking the log', async () => {
    const { store, accounts } = opened()
    await deposit(store, 'alice', 1)
    expect(accounts.lastKnown('alice')).toBeUndefined()
    await accounts.current('alice')
    expect(accounts.lastKnown('alice')).toEqual(usd(1, 1))
    await deposit(store, 'alice', 1)
    expect(accounts.lastKnown('alice')).toEqual(usd(1, 1))
    expect(store.reads).toHaveLength(1)
  })

  it('is right for all who ask at once', async () => {
    const { store, accounts } = opened()
    await deposit(store, 'alice', 5)
    expect(await Promise.all([accounts.current('alice'), accounts.current('alice')])).toEqual([
      usd(5, 1),
      usd(5, 1),
    ])
  })

  it('does not go back when a slow reading ends after a quick one', async () => {
    const { store, accounts } = opened()
    await deposit(store, 'alice', 1)
    const { looked, release } = store.holdNextRead()
    const slow = accounts.current('alice')
    await looked.opened
    await deposit(store, 'alice', 2)
    expect(await accounts.current('alice')).toEqual(usd(3, 2))
    release.open()
    expect(await slow).toEqual(usd(3, 2))
    expect(accounts.lastKnown('alice')).toEqual(usd(3, 2))
  })
})

describe('with snapshots', () => {
  const snapped = async () => {
    const store = new ReadStore()
    const snapshots = new Snapshots(new MemorySnapshotTable(), store.keys, { every: 3 })
    await store.append('alice', deposits(8), { expected: 'any' })
    await makeSnapshots(store, snapshots)
    store.reads.length = 0
    return { store, accounts: new CurrentAccounts(store, { snapshots }) }
  }

  it('the first reading begins after the newest, and the next after what is known', async () => {
    const { store, accounts } = await snapped()
    expect(await accounts.current('alice')).toEqual(usd(36, 8))
    await deposit(store, 'alice', 9)
    expect(await accounts.current('alice')).toEqual(usd(45, 9))
    expect(store.reads.map(({ from }) => from)).toEqual([7, 9])
  })

  it('a past state is read from the nearest, and not kept', async () => {
    const { store, accounts } = await snapped()
    expect(await accounts.past('alice', { version: 5 })).toEqual(usd(15, 5))
    expect(await accounts.past('alice', { at: at(-1) })).toEqual(usd(0, 0))
    expect(store.reads.map(({ from }) => from)).toEqual([4, 1])
    expect(accounts.lastKnown('alice')).toBeUndefined()
  })
})

describe('what a writer knows', () => {
  /** A deposit of 1 that is known, and another one in the log that is not. */
  const written = async () => {
    const { store, accounts } = opened()
    await deposit(store, 'alice', 1)
    const before = await accounts.current('alice')
    await deposit(store, 'alice', 2)
    return { store, accounts, before }
  }

  it('is kept, and saves the reading', async () => {
    const { store, accounts, before } = await written()
    accounts.advance('alice', before, usd(3, 2))
    expect(accounts.lastKnown('alice')).toEqual(usd(3, 2))
    await accounts.current('alice')
    expect(store.reads.at(-1)).toEqual({ stream: 'alice', from: 3 })
  })

  it('is not kept if somebody has read on meanwhile', async () => {
    const { store, accounts, before } = await written()
    await deposit(store, 'alice', 3)
    const newer = await accounts.current('alice')
    accounts.advance('alice', before, usd(3, 2))
    expect(accounts.lastKnown('alice')).toBe(newer)
  })

  it('is not kept if everything was forgotten meanwhile', async () => {
    const { accounts, before } = await written()
    accounts.clear()
    accounts.advance('alice', before, usd(3, 2))
    expect(accounts.lastKnown('alice')).toBeUndefined()
  })
})

describe('what is kept', () => {
  it('is no account without events, which would take the place of one that has some', async () => {
    const { store, accounts } = opened({ max: 1 })
    await deposit(store, 'alice', 5)
    await accounts.current('alice')
    expect(await accounts.current('nobody')).toEqual(usd(0, 0))
    expect(accounts.lastKnown('nobody')).toBeUndefined()
    expect(accounts.lastKnown('alice')).toEqual(usd(5, 1))
  })

  it('is bounded: the account that was used longest ago goes first, and is folded again', async () => {
    const { store, accounts } = opened({ max: 2 })
    for (const stream of ['alice', 'bob', 'carol']) await deposit(store, stream, 5)
    await accounts.current('alice')
    await accounts.current('bob')
    await accounts.current('alice')
    await accounts.current('carol')
    expect(accounts.lastKnown('bob')).toBeUndefined()
    expect(accounts.lastKnown('alice')).toEqual(usd(5, 1))
    expect(accounts.lastKnown('carol')).toEqual(usd(5, 1))
    expect(await accounts.current('bob')).toEqual(usd(5, 1))
    expect(store.reads.at(-1)).toEqual({ stream: 'bob', from: 1 })
  })

  it('can be forgotten, after which the log is folded from its first event', async () => {
    const { store, accounts } = opened()
    await deposit(store, 'alice', 5)
    await accounts.current('alice')
    store.clear()
    accounts.clear()
    expect(accounts.lastKnown('alice')).toBeUndefined()
    expect(await accounts.current('alice')).toEqual(usd(0, 0))
    await deposit(store, 'alice', 2)
    expect(await accounts.current('alice')).toEqual(usd(2, 1))
  })

  it('can be forgotten for one stream alone', async () => {
    const { store, accounts } = opened()
    for (const stream of ['alice', 'bob']) {
      await deposit(store, stream, 5)
      await accounts.current(stream)
    }
    accounts.forget('alice')
    expect(accounts.lastKnown('alice')).toBeUndefined()
    expect(accounts.lastKnown('bob')).toEqual(usd(5, 1))
    expect(await accounts.current('alice')).toEqual(usd(5, 1))
  })

  it('stays bounded after it was forgotten', async () => {
    const { store, accounts } = opened({ max: 1 })
    accounts.clear()
    for (const stream of ['alice', 'bob']) {
      await deposit(store, stream, 5)
      await accounts.current(stream)
    }
    expect(accounts.lastKnown('alice')).toBeUndefined()
  })

  it('stays forgotten when a reading was under way', async () => {
    const { store, accounts } = opened()
    await deposit(store, 'alice', 5)
    const { looked, release } = store.holdNextRead()
    const reading = accounts.current('alice')
    await looked.opened
    store.clear()
    accounts.clear()
    release.open()
    expect(await reading).toEqual(usd(5, 1))
    expect(accounts.lastKnown('alice')).toBeUndefined()
    expect(await accounts.current('alice')).toEqual(usd(0, 0))
  })
})
