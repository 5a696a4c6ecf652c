import { describe, expect, it } from 'vitest'
import type { Request } from '../../src/commands/decide-together.ts'
import { CommandHandler } from '../../src/commands/handler.ts'
import { StuckTransferError } from '../../src/commands/transfer-process.ts'
import type { RecordedEvent } from '../../src/events/event.ts'
import type { EventStore } from '../../src/events/store.ts'
import { SHARED } from '../../src/projection/account.ts'
import type { Checkpoints } from '../../src/projection/checkpoints.ts'
import { CurrentAccounts } from '../../src/projection/current-accounts.ts'
import { TransfersInFlight } from '../../src/projection/transfers-in-flight.ts'
import { memoryStorage, type Storage } from '../../src/storage.ts'
import { gate, settled } from '../events/gate.ts'
import { closed, deposited, deposits, oneTo, opened, transferredOut } from '../events/sample-events.ts'
import { logOf } from '../projection/ledger.ts'
import { accepted, deposit, withdraw } from './requests.ts'
import { holdingNextAppend, storeWith } from './store-with.ts'
import {
  allEnded,
  ask,
  balances,
  CLOSE,
  endings,
  eventually,
  expectEachEndedOnce,
  FREEZE,
  openServer,
  record,
  transfer,
  UNFREEZE,
  withBankOf,
} from './transferring.ts'

const withBank = withBankOf(async () => {
  const storage = memoryStorage()
  return async () => storage
})

const UNDER_WAY = {
  type: 'rejected',
  rejection: {
    code: 'transfer-under-way',
    message: 'A transfer from this account may still be on its way. Try again in a moment.',
  },
}

/** Checkpoints that note what they are moved to. */
const noting = (checkpoints: Checkpoints) => {
  const moves: number[] = []
  const noted: Checkpoints = {
    get: (name) => checkpoints.get(name),
    advance: (name, position) => {
      moves.push(position)
      return checkpoints.advance(name, position)
    },
  }
  return { checkpoints: noted, moves }
}

/** In a log with so many more events that it would take long to make them. */
const farther = (event: RecordedEvent): RecordedEvent => ({ ...event, position: event.position * 5_000 })

/** A store whose log can be followed, and one stream written, only from when `release` is called. */
const held = (store: EventStore, { follow = false, append }: { follow?: boolean; append?: string }) => {
  const { opened, open } = gate()
  return {
    release: open,
    store: storeWith(store, {
      subscribe: (options, onEvents, onError) =>
        store.subscribe(
          options,
          async (events) => {
            if (follow) await opened
            return onEvents(events)
          },
          onError,
        ),
      append: async (stream, events, options) => {
        if (stream === append) await opened
        return store.append(stream, events, options)
      },
    }),
  }
}

/** Whoever is asked this way does nothing. */
const refusing = { handle: () => Promise.reject(new Error('Not now.')) }

describe('an account whose money is on its way', () => {
  it(
    'cannot be closed until it has arrived',
    withBank(async ({ storage }) => {
      await record(storage, 'alice', opened(30))
      await record(storage, 'bob', opened())
      const { store, release } = held(storage.events, { append: 'bob' })
      const server = openServer(storage, { events: store })
      await server.start()
      await server.commands.handle('alice', transfer('t', 'bob', 30))
      expect(await ask(server, 'alice', CLOSE)).toEqual(UNDER_WAY)
      release()
      await allEnded(storage)
      expect(await ask(server, 'alice', CLOSE)).toEqual(accepted(3))
    }),
  )

  it(
    'can be closed when it came back and was taken out',
    withBank(async ({ storage }) => {
      await record(storage, 'alice', opened(30))
      await record(storage, 'bob', opened())
      const server = openServer(storage)
      await server.commands.handle('alice', transfer('t', 'bob', 30))
      await ask(server, 'bob', FREEZE)
      await server.start()
      await allEnded(storage)
      expect(await ask(server, 'alice', CLOSE)).toMatchObject({ rejection: { code: 'balance-left' } })
      await ask(server, 'alice', { type: 'withdraw', amount: 30 })
      expect(await ask(server, 'alice', CLOSE)).toMatchObject({ type: 'accepted' })
    }),
  )

  it(
    'cannot be closed in the line in which it sends all that it has',
    withBank(async ({ storage }) => {
      await record(storage, 'alice', opened(30))
      await record(storage, 'bob', opened())
      const server = openServer(storage)
      await server.start()
      const line = [server.commands.handle('alice', transfer('t', 'bob', 30)), ask(server, 'alice', CLOSE)]
      expect(await Promise.all(line)).toEqual([accepted(2), UNDER_WAY])
      await allEnded(storage)
      await expectEachEndedOnce(storage, 30)
    }),
  )

  it(
    'cannot be closed either where the log was not followed that far yet',
    withBank(async ({ storage }) => {
      await record(storage, 'alice', opened(30))
      await record(storage, 'bob', opened())
      await openServer(storage).commands.handle('alice', transfer('t', 'bob', 30))
      const { store, release } = held(storage.events, { follow: true })
      const lagging = openServer(storage, { events: store, asked: () => refusing })
      const { inFlight } = await lagging.start()
      const asked = ask(lagging, 'alice', CLOSE)
      await settled()
      expect(inFlight.of('alice')).toEqual([])
      release()
      expect(await asked).toEqual(UNDER_WAY)
    }),
  )

  it.each<[string, Partial<EventStore>]>([
    ['the log is not followed', { subscribe: () => ({ stop: async () => {} }) }],
    [
      'it cannot be asked how far the log goes',
      { head: () => Promise.reject(new Error('The log is gone.')) },
    ],
  ])('cannot be closed while %s, and others in the same line are served', (_, broken) =>
    withBank(async ({ storage }) => {
      await record(storage, 'alice', opened())
      const inFlight = new TransfersInFlight(storeWith(storage.events, broken), {
        after: 0,
        onError: () => {},
        patienceMs: 1,
      })
      const commands = new CommandHandler(storage.events, new CurrentAccounts(storage.events), {
        isSending: (account) => inFlight.isSending(account),
      })
      const close: Request = { id: 'c', actor: 'Ada', command: CLOSE }
      const line = [deposit('1', 5), withdraw('2', 5), close, deposit('3', 1)]
      const outcomes = line.map((request) => commands.handle('alice', request))
      expect(await Promise.all(outcomes)).toEqual([accepted(2), accepted(3), UNDER_WAY, accepted(4)])
      await inFlight.stop()
    })())
})

describe('how far transfers have been ended', () => {
  it(
    'is kept when one has ended, and never further than to one that has not',
    withBank(async ({ storage }) => {
      await record(storage, 'alice', opened(30))
      await record(storage, 'bob', opened())
      await record(storage, 'carol', opened())
      const { store, release } = held(storage.events, { append: 'bob' })
      const { checkpoints, moves } = noting(storage.checkpoints)
      const server = openServer(storage, { events: store, checkpoints })
      const { inFlight } = await server.start()
      await server.commands.handle('alice', transfer('held', 'bob', 10))
      await server.commands.handle('alice', transfer('next', 'carol', 10))
      await eventually(() => inFlight.of('carol')).toEqual([])
      await eventually(() => moves).toEqual([3])
      await server.commands.handle('alice', transfer('last', 'carol', 10))
      await eventually(() => inFlight.of('carol')).toEqual([])
      release()
      await allEnded(storage)
      await eventually(() => moves.at(-1)).toBeGreaterThanOrEqual(8)
      expect(moves.filter((position) => position > 3 && position < 8)).toEqual([])
    }),
  )

  it(
    'is kept when the server stops',
    withBank(async ({ storage }) => {
      await record(storage, 'alice', opened(30))
      const process = await openServer(storage).start()
      await storage.events.append('alice', deposits(10), { expected: 'any' })
      expect(await process.inFlight.isSending('alice')).toBe(false)
      expect(await storage.checkpoints.get('transfers')).toBe(0)
      await process.stop()
      expect(await storage.checkpoints.get('transfers')).toBe(11)
    }),
  )

  it(
    'is not kept for each event that has nothing to do with transfers, but once after many',
    withBank(async ({ storage }) => {
      const { checkpoints, moves } = noting(storage.checkpoints)
      const events = storeWith(storage.events, {
        subscribe: (options, onEvents, onError) =>
          storage.events.subscribe(options, (page) => onEvents(page.map(farther)), onError),
      })
      const { inFlight } = await openServer(storage, { events, checkpoints }).start()
      await record(storage, 'alice', opened(30))
      await record(storage, 'alice', deposited(1))
      await eventually(() => inFlight.settledUpTo).toBe(10_000)
      await settled()
      expect(moves).toEqual([])
      await record(storage, 'alice', deposited(1))
      await eventually(() => moves).toEqual([15_000])
    }),
  )

  it(
    'is where the next server begins to follow',
    withBank(async ({ storage }) => {
      await record(storage, 'alice', opened(30))
      const process = await openServer(storage).start()
      expect(await process.inFlight.isSending('alice')).toBe(false)
      await process.stop()
      const followed: number[] = []
      const events = storeWith(storage.events, {
        subscribe: (options, onEvents, onError) => {
          followed.push(options.after)
          return storage.events.subscribe(options, onEvents, onError)
        },
      })
      await openServer(storage, { events }).start()
      expect(followed).toEqual([1])
    }),
  )

  it(
    'is tried to be kept again with the next transfer if it could not be',
    withBank(async ({ storage }) => {
      await record(storage, 'alice', opened(30))
      await record(storage, 'bob', opened())
      let failures = 1
      const server = openServer(storage, {
        checkpoints: {
          get: (name) => storage.checkpoints.get(name),
          advance: async (name, position) => {
            if (failures-- > 0) throw new Error('The disk is full.')
            return storage.checkpoints.advance(name, position)
          },
        },
      })
      await server.start()
      await server.commands.handle('alice', transfer('t', 'bob', 10))
      await eventually(() => server.errors).toEqual([new Error('The disk is full.')])
      await server.commands.handle('alice', transfer('u', 'bob', 10))
      await eventually(() => storage.checkpoints.get('transfers')).toBeGreaterThanOrEqual(4)
    }),
  )
})

/** A server that is to end so many transfers that are stuck, and does not try again soon. */
const withStuck = async (storage: Storage, count: number) => {
  const server = openServer(storage, { retryMs: 3_600_000 })
  await record(storage, 'alice', opened(count))
  await record(storage, 'bob', opened())
  await record(storage, 'carol', opened(5))
  await record(storage, 'dave', opened())
  await record(storage, 'alice', ...oneTo(count).map(() => transferredOut(1, 'bob')), closed)
  await ask(server, 'bob', FREEZE)
  return server
}

describe('a transfer that can go neither on nor back', () => {
  const STUCK =
    /^Transfer \S+ from "alice" to "bob" is stuck: it was refused, and cannot go back\. Account closed/

  it(
    'is reported once each time it is tried, and lost never',
    withBank(async ({ storage }) => {
      await record(storage, 'alice', opened(30))
      await record(storage, 'bob', opened())
      let tries = 0
      const server = openServer(storage, {
        asked: (commands) => ({
          handle: (account, request) => {
            if (request.command.type === 'receive') tries++
            return commands.handle(account, request)
          },
        }),
      })
      await server.commands.handle('alice', transfer('t', 'bob', 30))
      await record(storage, 'alice', closed)
      await ask(server, 'bob', FREEZE)
      const process = await server.start()
      await eventually(() => server.errors.length).toBeGreaterThan(2)
      await process.stop()
      expect(server.errors).toHaveLength(tries)
      for (const error of server.errors) {
        expect(error).toBeInstanceOf(StuckTransferError)
        expect(String(error).replace(/^\w+: /, '')).toMatch(STUCK)
      }
      expect(process.inFlight.of('alice')).toHaveLength(1)
      expect(await storage.checkpoints.get('transfers')).toBe(2)
      expect(await endings(storage)).toEqual([])
    }),
  )

  it(
    'goes on as soon as the payee takes it',
    withBank(async ({ storage }) => {
      await record(storage, 'alice', opened(30))
      await record(storage, 'bob', opened())
      const server = openServer(storage)
      await server.commands.handle('alice', transfer('t', 'bob', 30))
      await record(storage, 'alice', closed)
      await ask(server, 'bob', FREEZE)
      await server.start()
      await eventually(() => server.errors.length).toBeGreaterThan(0)
      await ask(server, 'bob', UNFREEZE)
      await allEnded(storage)
      expect(await endings(storage)).toEqual(['bob transferredIn'])
    }),
  )

  it(
    'does not keep the server from stopping, nor others from arriving',
    withBank(async ({ storage }) => {
      await record(storage, 'alice', opened(30))
      await record(storage, 'bob', opened())
      await record(storage, 'carol', opened(5))
      await record(storage, 'dave', opened())
      const server = openServer(storage, { retryMs: 3_600_000 })
      await server.commands.handle('alice', transfer('t', 'bob', 30))
      await record(storage, 'alice', closed)
      await ask(server, 'bob', FREEZE)
      const process = await server.start()
      await server.commands.handle('carol', transfer('u', 'dave', 5))
      await eventually(() => endings(storage)).toEqual(['dave transferredIn'])
      await process.stop()
      expect(server.errors).toHaveLength(1)
      expect(await storage.checkpoints.get('transfers')).toBe(4)
    }),
  )

  it(
    'keeps no other from arriving, however many there are',
    withBank(async ({ storage }) => {
      const server = await withStuck(storage, 300)
      const process = await server.start()
      await eventually(() => server.errors.length).toBe(300)
      await server.commands.handle('carol', transfer('u', 'dave', 5))
      await eventually(() => endings(storage)).toEqual(['dave transferredIn'])
      await process.stop()
      expect(server.errors).toHaveLength(300)
    }),
  )

  it(
    'waits without a warning, as do dozens',
    withBank(async ({ storage }) => {
      const warnings: Error[] = []
      const listen = (warning: Error) => void warnings.push(warning)
      process.on('warning', listen)
      const server = await withStuck(storage, 30)
      const transfers = await server.start()
      await eventually(() => server.errors.length).toBe(30)
      await settled()
      await transfers.stop()
      process.off('warning', listen)
      expect(warnings).toEqual([])
    }),
  )
})

describe('a server that stops', () => {
  it(
    'ends what it has begun to end, and begins no more',
    withBank(async ({ storage }) => {
      await record(storage, 'alice', opened(30))
      await record(storage, 'bob', opened())
      await record(storage, 'carol', opened())
      const { store, release } = held(storage.events, { append: 'bob' })
      const server = openServer(storage, { events: store })
      const process = await server.start()
      await server.commands.handle('alice', transfer('t', 'bob', 10))
      await eventually(() => process.inFlight.of('bob')).toHaveLength(1)
      let isStopped = false
      const stopped = process.stop().then(() => {
        isStopped = true
      })
      await server.commands.handle('alice', transfer('u', 'carol', 10))
      await settled()
      expect(isStopped).toBe(false)
      release()
      await stopped
      expect(await endings(storage)).toEqual(['bob transferredIn'])
      await openServer(storage).start()
      await allEnded(storage)
      expect(await balances(storage, 'alice', 'bob', 'carol')).toEqual([10, 10, 10])
    }),
  )
})

describe('while transfers are held', () => {
  it(
    'none is ended, until all who hold them are done',
    withBank(async ({ storage }) => {
      await record(storage, 'alice', opened(30))
      await record(storage, 'bob', opened())
      const server = openServer(storage)
      const process = await server.start()
      const [first, second] = [gate(), gate()]
      const held = [process.whileHeld(() => first.opened), process.whileHeld(() => second.opened)]
      await server.commands.handle('alice', transfer('t', 'bob', 30))
      await eventually(() => process.inFlight.of('bob')).toHaveLength(1)
      first.open()
      await held[0]
      await settled()
      expect(await endings(storage)).toEqual([])
      second.open()
      await held[1]
      await allEnded(storage)
      expect(await balances(storage, 'alice', 'bob')).toEqual([0, 30])
    }),
  )

  it(
    'is not before those have ended that were being ended',
    withBank(async ({ storage }) => {
      await record(storage, 'alice', opened(30))
      await record(storage, 'bob', opened())
      const { store, release } = held(storage.events, { append: 'bob' })
      const server = openServer(storage, { events: store })
      const process = await server.start()
      await server.commands.handle('alice', transfer('t', 'bob', 30))
      await eventually(() => process.inFlight.of('bob')).toHaveLength(1)
      let ended: readonly string[] | undefined
      const working = process.whileHeld(async () => {
        ended = await endings(storage)
      })
      await settled()
      expect(ended).toBeUndefined()
      release()
      await working
      expect(ended).toEqual(['bob transferredIn'])
    }),
  )

  it(
    'the log can be cleared, and nothing arrives in it afterwards that did not leave',
    withBank(async ({ storage }) => {
      await record(storage, 'alice', opened(30))
      const customers = openServer(storage)
      const { store, begun, release } = holdingNextAppend(storage.events, 'before')
      const server = openServer(storage, { events: store })
      const process = await server.start()
      for (const n of oneTo(3)) await customers.commands.handle('alice', transfer(`t${n}`, SHARED, 10))
      await begun
      const cleared = process.whileHeld(async () => {
        await storage.clear?.()
        process.inFlight.clear(await storage.events.head())
      })
      await settled()
      release()
      await cleared
      await settled()
      expect(await logOf(storage.events)).toEqual([])
      expect(server.errors).toEqual([])
      await record(storage, 'alice', opened(30))
      await customers.commands.handle('alice', transfer('after', SHARED, 10))
      await allEnded(storage)
      await expectEachEndedOnce(storage, 30)
    }),
  )
})

it(
  'transfers that an older log gives the same number all arrive, and the checkpoint waits for each',
  withBank(async ({ storage }) => {
    await record(storage, 'alice', opened(30))
    await record(storage, 'bob', opened())
    await record(storage, 'carol', opened())
    await record(storage, 'alice', transferredOut(10, 'bob'), transferredOut(20, 'carol'))
    const { store, release } = held(storage.events, { append: 'bob' })
    const server = openServer(storage, { events: store })
    const process = await server.start()
    await eventually(() => endings(storage)).toEqual(['carol transferredIn'])
    await eventually(() => storage.checkpoints.get('transfers')).toBe(3)
    expect(process.inFlight.of('alice')).toMatchObject([{ to: 'bob', amount: 10 }])
    release()
    await eventually(() => storage.checkpoints.get('transfers')).toBeGreaterThan(5)
    expect(await balances(storage, 'alice', 'bob', 'carol')).toEqual([0, 10, 20])
    expect(server.errors).toEqual([])
  }),
)

it(
  'a transfer to an account whose line is full waits until there is room',
  withBank(async ({ storage }) => {
    await record(storage, 'alice', opened(30))
    await record(storage, 'bob', opened())
    const { store, release } = held(storage.events, { append: 'bob' })
    const server = openServer(storage, { events: store, maxWaiting: 1 })
    const deposit = ask(server, 'bob', { type: 'deposit', amount: 1 })
    await server.start()
    await server.commands.handle('alice', transfer('t', 'bob', 30))
    await eventually(() => server.errors.length).toBeGreaterThan(0)
    expect(String(server.errors[0])).toMatch(
      /^Error: Transfer \S+ waits: too many are using "bob" at once\.$/,
    )
    release()
    expect(await deposit).toEqual(accepted(2))
    await allEnded(storage)
    expect(await balances(storage, 'alice', 'bob')).toEqual([0, 31])
  }),
)
