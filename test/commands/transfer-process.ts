/** What the process that ends transfers promises on every store: the money arrives once, or comes back once. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { settlementCommandId, settlementId, transferIdOf } from '../../src/commands/transfer-ids.ts'
import type { EventStore } from '../../src/events/store.ts'
import type { Storage } from '../../src/storage.ts'
import { gate } from '../events/gate.ts'
import { oneTo, opened } from '../events/sample-events.ts'
import { accepted } from './requests.ts'
import { holdingNextAppend, storeWith } from './store-with.ts'
import {
  allEnded,
  ask,
  balances,
  CLOSE,
  Death,
  dyingAt,
  endings,
  eventually,
  expectEachEndedOnce,
  FREEZE,
  isEnding,
  lastIn,
  openServer,
  record,
  transfer,
  UNFREEZE,
  withBankOf,
} from './transferring.ts'

const REASONS = {
  frozen: 'The account to transfer to is frozen: it takes nothing in.',
  closed: 'The account to transfer to is closed: it takes nothing in.',
}

/** A hundred for Alice, and nothing for Bob. */
const openAccounts = async (storage: Storage): Promise<void> => {
  await record(storage, 'alice', opened(100))
  await record(storage, 'bob', opened())
}

/** A store whose appends to this stream wait until `release` is called. */
const holdingAppendsTo = (store: EventStore, account: string) => {
  const { opened, open } = gate()
  const held = storeWith(store, {
    append: async (stream, events, options) => {
      if (stream === account) await opened
      return store.append(stream, events, options)
    },
  })
  return { store: held, release: open }
}

/**
 * A store whose next append to this stream is committed, but nobody is told: `meanwhile` happens, and then it fails. Who
 * follows the log does not hear of how transfers end, and so has to ask.
 */
const losingNextAnswer = (store: EventStore, account: string, meanwhile: () => Promise<unknown>) => {
  let isNext = true
  return storeWith(store, {
    append: async (stream, events, options) => {
      const appended = await store.append(stream, events, options)
      if (!isNext || stream !== account) return appended
      isNext = false
      await meanwhile()
      throw new Error('The answer was lost.')
    },
    subscribe: (options, onEvents, onError) =>
      store.subscribe(options, (page) => onEvents(page.filter((event) => !isEnding(event))), onError),
  })
}

/** `open` makes an empty store and gives how to connect to it. A property is tried on so many of them. */
export const transferProcess = (name: string, open: () => Promise<() => Promise<Storage>>, runs: number) =>
  describe(`${name}: a transfer`, () => {
    const withBank = withBankOf(open)

    it(
      'leaves the payer at once, is on its way for both, and arrives',
      withBank(async ({ storage }) => {
        await openAccounts(storage)
        const { store, release } = holdingAppendsTo(storage.events, 'bob')
        const server = openServer(storage, { events: store })
        const { inFlight } = await server.start()
        expect(await server.commands.handle('alice', transfer('t', 'bob', 30))).toEqual(accepted(2))
        expect(await balances(storage, 'alice', 'bob')).toEqual([70, 0])
        expect(await inFlight.isSending('alice')).toBe(true)
        const out = await lastIn(storage, 'alice')
        const onItsWay = {
          id: transferIdOf('t'),
          from: 'alice',
          to: 'bob',
          amount: 30,
          since: out?.occurredAt,
          position: 3,
          correlationId: 't',
        }
        expect(inFlight.of('alice')).toEqual([onItsWay])
        expect(inFlight.of('bob')).toEqual([onItsWay])
        expect(inFlight.of('carol')).toEqual([])

        release()
        await eventually(() => inFlight.of('alice')).toEqual([])
        expect(await balances(storage, 'alice', 'bob')).toEqual([70, 30])
        expect(await endings(storage)).toEqual(['bob transferredIn'])
        expect(inFlight.of('bob')).toEqual([])
        expect(server.errors).toEqual([])
      }),
    )

    it(
      'says in its events where they come from',
      withBank(async ({ storage }) => {
        await openAccounts(storage)
        const server = openServer(storage)
        await server.start()
        await server.commands.handle('alice', transfer('t', 'bob', 30, { correlationId: 'r-9' }))
        await allEnded(storage)
        const id = transferIdOf('t')
        expect(await lastIn(storage, 'alice')).toMatchObject({
          id,
          type: 'transferredOut',
          data: { transferId: id, to: 'bob', amount: 30 },
          metadata: { commandId: 't', correlationId: 'r-9', causationId: 't', actor: 'Ada' },
        })
        expect(await lastIn(storage, 'bob')).toMatchObject({
          id: settlementId(id),
          type: 'transferredIn',
          data: { transferId: id, from: 'alice', amount: 30 },
          metadata: {
            commandId: settlementCommandId(id),
            correlationId: 'r-9',
            causationId: id,
            actor: 'passbook',
          },
        })
      }),
    )

    it.each([
      ['frozen', FREEZE],
      ['closed', CLOSE],
    ] as const)('comes back, with the reason, if the payee was %s after it began', (status, command) =>
      withBank(async ({ storage }) => {
        await openAccounts(storage)
        const server = openServer(storage)
        await server.commands.handle('alice', transfer('t', 'bob', 30, { correlationId: 'r-9' }))
        await ask(server, 'bob', command)
        await ask(server, 'alice', FREEZE)
        await server.start()
        await allEnded(storage)
        const id = transferIdOf('t')
        expect(await lastIn(storage, 'alice')).toMatchObject({
          id: settlementId(id),
          type: 'transferReturned',
          data: { transferId: id, amount: 30, reason: REASONS[status] },
          metadata: { correlationId: 'r-9', causationId: id, actor: 'passbook' },
        })
        expect(await balances(storage, 'alice', 'bob')).toEqual([100, 0])
        expect(await endings(storage)).toEqual(['alice transferReturned'])
        expect(server.errors).toEqual([])
      })())

    it.each([
      ['before', 'it arrives', 'bob', 'bob transferredIn'],
      ['after', 'it arrived', 'bob', 'bob transferredIn'],
      ['before', 'it comes back', 'alice', 'alice transferReturned'],
      ['after', 'it came back', 'alice', 'alice transferReturned'],
    ] as const)('ends once if the server dies right %s %s', (when, _, account, ending) =>
      withBank(async ({ storage }) => {
        await openAccounts(storage)
        const witness = openServer(storage)
        await witness.commands.handle('alice', transfer('t', 'bob', 30))
        if (account === 'alice') await ask(witness, 'bob', FREEZE)
        const { store, isDead } = dyingAt(storage.events, account, when)
        const dead = openServer(storage, { events: store })
        const process = await dead.start()
        await eventually(isDead).toBe(true)
        await process.stop()
        for (const error of dead.errors) expect(error).toBeInstanceOf(Death)
        expect(await endings(storage)).toEqual(when === 'after' ? [ending] : [])

        for (const _ of ['started again', 'and again']) {
          const server = openServer(storage)
          const process = await server.start()
          await allEnded(storage)
          expect(await process.inFlight.isSending('alice')).toBe(false)
          await process.stop()
          expect(server.errors).toEqual([])
        }
        expect(await endings(storage)).toEqual([ending])
        await expectEachEndedOnce(storage, 100)
      })())

    it(
      'that came back is not delivered, if that was not heard and the payee takes it by now',
      withBank(async ({ storage }) => {
        await openAccounts(storage)
        const witness = openServer(storage)
        await witness.commands.handle('alice', transfer('t', 'bob', 30))
        await ask(witness, 'bob', FREEZE)
        const events = losingNextAnswer(storage.events, 'alice', () => ask(witness, 'bob', UNFREEZE))
        const server = openServer(storage, { events })
        const { inFlight } = await server.start()
        await eventually(() => server.errors).toHaveLength(1)
        await eventually(() => inFlight.of('alice')).toEqual([])
        expect(await endings(storage)).toEqual(['alice transferReturned'])
        await expectEachEndedOnce(storage, 100)
      }),
    )

    it(
      'that came back is not delivered by the server that is started next either',
      withBank(async ({ storage }) => {
        await openAccounts(storage)
        const witness = openServer(storage)
        await witness.commands.handle('alice', transfer('t', 'bob', 30))
        await ask(witness, 'bob', FREEZE)
        const { store, isDead } = dyingAt(storage.events, 'alice', 'after')
        const process = await openServer(storage, { events: store }).start()
        await eventually(isDead).toBe(true)
        await process.stop()
        await ask(witness, 'bob', UNFREEZE)
        const { inFlight } = await openServer(storage).start()
        expect(await inFlight.isSending('alice')).toBe(false)
        await expectEachEndedOnce(storage, 100)
        expect(await endings(storage)).toEqual(['alice transferReturned'])
      }),
    )

    it.each([
      ['frozen', FREEZE],
      ['closed', CLOSE],
    ] as const)('that arrived does not come back, if that was not heard and the payee is %s by now', (_, command) =>
      withBank(async ({ storage }) => {
        await openAccounts(storage)
        await record(storage, 'carol', opened())
        const witness = openServer(storage)
        await witness.commands.handle('alice', transfer('t', 'bob', 30))
        const meanwhile = async () => {
          if (command === CLOSE) await ask(witness, 'bob', { type: 'withdraw', amount: 30 })
          await ask(witness, 'bob', command)
        }
        const server = openServer(storage, { events: losingNextAnswer(storage.events, 'bob', meanwhile) })
        const { inFlight } = await server.start()
        await eventually(() => server.errors).toHaveLength(1)
        await eventually(() => inFlight.of('alice')).toEqual([])
        expect(await endings(storage)).toEqual(['bob transferredIn'])
        expect(await balances(storage, 'alice')).toEqual([70])
      })())

    it(
      'that one server is about to give back is not delivered as well by another, which sees the payee unfrozen',
      withBank(async ({ storage, again }) => {
        await openAccounts(storage)
        const there = await again()
        const other = openServer(there)
        await other.commands.handle('alice', transfer('t', 'bob', 30))
        await ask(other, 'bob', FREEZE)
        const { store, begun, release } = holdingNextAppend(storage.events, 'before')
        const here = openServer(storage, { events: store })
        const { inFlight } = await here.start()
        await begun
        await ask(other, 'bob', UNFREEZE)
        await other.start()
        await allEnded(there)
        release()
        await eventually(() => inFlight.of('alice')).toEqual([])
        expect(await endings(storage)).toEqual(['bob transferredIn'])
        expect([...here.errors, ...other.errors]).toEqual([])
        await expectEachEndedOnce(storage, 100)
      }),
    )

    it(
      'that one server is about to deliver does not come back as well by another, which sees the payee frozen',
      withBank(async ({ storage, again }) => {
        await openAccounts(storage)
        const there = await again()
        const other = openServer(there)
        await other.commands.handle('alice', transfer('t', 'bob', 30))
        const { store, begun, release } = holdingNextAppend(storage.events, 'before')
        const here = openServer(storage, { events: store })
        const process = await here.start()
        await begun
        await ask(other, 'bob', FREEZE)
        await other.start()
        await allEnded(there)
        await ask(other, 'bob', UNFREEZE)
        release()
        await process.stop()
        expect(await endings(storage)).toEqual(['alice transferReturned'])
        expect([...here.errors, ...other.errors]).toEqual([])
        await expectEachEndedOnce(storage, 100)
      }),
    )

    it(
      'begun before a restart is found from the checkpoint, which goes no further than to the first on its way',
      withBank(async ({ storage }) => {
        await openAccounts(storage)
        await record(storage, 'carol', opened())
        const { store, release } = holdingAppendsTo(storage.events, 'bob')
        const server = openServer(storage, { events: store })
        const process = await server.start()
        await server.commands.handle('alice', transfer('before', 'carol', 1))
        await allEnded(storage)
        await eventually(() => storage.checkpoints.get('transfers')).toBeGreaterThanOrEqual(4)
        await server.commands.handle('alice', transfer('held', 'bob', 30))
        for (const n of oneTo(5)) await server.commands.handle('alice', transfer(`t${n}`, 'carol', 1))
        await eventually(() => process.inFlight.of('carol')).toEqual([])
        await eventually(() => storage.checkpoints.get('transfers')).toBe(5)

        const stopped = process.stop()
        const { inFlight } = await openServer(storage).start()
        await allEnded(storage)
        release()
        await stopped
        expect(await inFlight.isSending('alice')).toBe(false)
        await eventually(() => storage.checkpoints.get('transfers')).toBeGreaterThanOrEqual(16)
        await expectEachEndedOnce(storage, 100)
      }),
    )

    it(
      'ends once, as do hundreds at once that two servers end',
      withBank(async ({ storage, again }) => {
        const accounts = oneTo(5).map((n) => `account ${n}`)
        for (const account of accounts) await record(storage, account, opened(1_000))
        const servers = [openServer(storage), openServer(await again())] as const
        await Promise.all(servers.map((server) => server.start()))
        await Promise.all(
          oneTo(600).map((n) => {
            const [from, to] = [accounts[n % 5] ?? '', accounts[(n + 1 + (n % 4)) % 5] ?? '']
            return servers[n % 2 === 0 ? 0 : 1].commands.handle(
              from,
              transfer(`t${n}`, to, ((n * 7) % 13) + 1),
            )
          }),
        )
        await allEnded(storage)
        await expectEachEndedOnce(storage, 5_000)
        expect(await endings(storage)).toHaveLength(600)
        expect(servers.flatMap(({ errors }) => errors)).toEqual([])
      }),
    )

    it('ends once, whatever fails, whoever is frozen, and whenever servers die', () => {
      const fate = fc.constantFrom('fine', 'fine', 'fails before', 'fails after')
      const happening = fc.oneof(
        fc.record({
          type: fc.constant('transfer' as const),
          from: fc.nat(2),
          to: fc.nat(2),
          amount: fc.integer({ min: 1, max: 60 }),
        }),
        fc.record({ type: fc.constant('freeze' as const), account: fc.nat(2) }),
        fc.record({ type: fc.constant('unfreeze' as const), account: fc.nat(2) }),
        fc.record({ type: fc.constant('start' as const), server: fc.nat(1) }),
        fc.record({ type: fc.constant('stop' as const), server: fc.nat(1) }),
      )
      const names = ['alice', 'bob', 'carol'] as const
      return fc.assert(
        fc.asyncProperty(
          fc.array(happening, { minLength: 3, maxLength: 25 }),
          fc.array(fate, { maxLength: 30 }),
          async (happenings, fates) => {
            await withBank(async ({ storage }) => {
              for (const account of names) await record(storage, account, opened(100))
              let turn = 0
              const events = storeWith(storage.events, {
                append: async (stream, facts, options) => {
                  const fate = fates[turn++]
                  if (fate === 'fails before') throw new Error(fate)
                  const appended = await storage.events.append(stream, facts, options)
                  if (fate === 'fails after') throw new Error(fate)
                  return appended
                },
              })
              const customers = openServer(storage)
              const stops: [(() => Promise<void>)?, (() => Promise<void>)?] = []
              const underWay: Promise<unknown>[] = []
              for (const [n, it] of happenings.entries()) {
                if (it.type === 'transfer') {
                  const request = transfer(`t${n}`, names[it.to] ?? '', it.amount)
                  underWay.push(customers.commands.handle(names[it.from] ?? '', request))
                } else if (it.type === 'start') {
                  if (stops[it.server]) continue
                  const process = await openServer(storage, { events }).start()
                  stops[it.server] = () => process.stop()
                } else if (it.type === 'stop') {
                  underWay.push(stops[it.server]?.() ?? Promise.resolve())
                  stops[it.server] = undefined
                } else {
                  await ask(customers, names[it.account] ?? '', it.type === 'freeze' ? FREEZE : UNFREEZE)
                }
              }
              await Promise.all(underWay)
              await openServer(storage).start()
              await allEnded(storage)
              await Promise.all(stops.map((stop) => stop?.()))
              await expectEachEndedOnce(storage, 300)
              for (const balance of await balances(storage, ...names))
                expect(balance).toBeGreaterThanOrEqual(0)
            })()
          },
        ),
        { numRuns: runs },
      )
    })
  })
