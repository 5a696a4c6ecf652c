import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eventsOf } from '../../src/commands/command.ts'
import { eventId, type Outcome, type Request } from '../../src/commands/decide-together.ts'
import { type Busy, CommandHandler } from '../../src/commands/handler.ts'
import type { RecordedEvent } from '../../src/events/event.ts'
import { MemoryEventStore } from '../../src/events/memory-store.ts'
import type { EventStore } from '../../src/events/store.ts'
import { balanceOf } from '../../src/projection/account.ts'
import { CurrentAccounts } from '../../src/projection/current-accounts.ts'
import { deposit, withdraw } from './requests.ts'
import { storeWith } from './store-with.ts'

/** A customer who is failed more often than this gives up, and the test with them. */
const MAX_FAULTS = 6

type Fault = 'none' | 'before the commit' | 'after the commit'

interface Answered {
  readonly stream: string
  readonly request: Request
  readonly outcome: Outcome | Busy
}

/** Asks one thing after the other; one in a hurry asks in the very moment in which it is answered. */
interface Customer {
  readonly server: number
  readonly isInAHurry: boolean
  readonly asks: readonly { readonly stream: string; readonly request: Request }[]
}

/** A store in which every call takes two steps, and others may go between any two; some appends fail. */
const interleaved = (store: EventStore, scheduler: fc.Scheduler, faults: readonly Fault[]) => {
  const underWay = new Map<string, number>()
  const most = { appendsOfOneStream: 0 }
  const fault = faults[Symbol.iterator]()
  const step = (label: string) => scheduler.schedule(Promise.resolve(), label)

  const inSteps = async <T>(label: string, call: () => Promise<T>): Promise<T> => {
    await step(`${label} is on its way`)
    const result = await call()
    await step(`${label} is on its way back`)
    return result
  }
  const append: EventStore['append'] = async (stream, events, options) => {
    const others = underWay.get(stream) ?? 0
    underWay.set(stream, others + 1)
    most.appendsOfOneStream = Math.max(most.appendsOfOneStream, others + 1)
    try {
      return await inSteps(`append to ${stream}`, async () => {
        const kind: Fault = fault.next().value ?? 'none'
        if (kind === 'before the commit') throw new Error(kind)
        const appended = await store.append(stream, events, options)
        if (kind === 'after the commit') throw new Error(kind)
        return appended
      })
    } finally {
      underWay.set(stream, (underWay.get(stream) ?? 0) - 1)
    }
  }
  const replaced = storeWith(store, {
    append,
    read: (stream, options) => inSteps(`read ${stream}`, () => store.read(stream, options)),
    find: (ids) => inSteps('find', () => store.find(ids)),
  })
  return { store: replaced, most }
}

const serve = async (
  customers: readonly Customer[],
  servers: readonly CommandHandler[],
  scheduler: fc.Scheduler,
): Promise<Answered[]> => {
  const answered: Answered[] = []
  const pause = () => scheduler.schedule(Promise.resolve(), 'a customer pauses')
  const insist = async (server: CommandHandler, stream: string, request: Request) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await server.handle(stream, request)
      } catch (error) {
        if (attempt > MAX_FAULTS) throw error
        await pause()
      }
    }
  }
  const visit = async ({ server, isInAHurry, asks }: Customer) => {
    const handler = servers[server % servers.length]
    if (!handler) throw new Error('There is no server.')
    await pause()
    for (const { stream, request } of asks) {
      answered.push({ stream, request, outcome: await insist(handler, stream, request) })
      if (!isInAHurry) await pause()
    }
  }
  await scheduler.waitFor(Promise.all(customers.map(visit)))
  return answered
}

const expectNoOverdraft = (log: readonly RecordedEvent[]) => {
  for (const [index] of log.entries()) expect(balanceOf(log.slice(0, index + 1))).toBeGreaterThanOrEqual(0)
}

/** What was told and what is in the log are the same. */
const expectHonest = (
  streams: ReadonlyMap<string, readonly RecordedEvent[]>,
  answered: readonly Answered[],
) => {
  const told = new Set<string>()
  for (const { stream, request, outcome } of answered) {
    if (outcome.type !== 'accepted') continue
    told.add(eventId(request.id))
    const event = streams.get(stream)?.[outcome.version - 1]
    expect(event?.id).toBe(eventId(request.id))
    expect([{ type: event?.type, data: event?.data }]).toEqual(eventsOf(request.command))
  }
  const done = [...streams.values()].flat().map(({ id }) => id)
  expect(done.sort()).toEqual([...told].sort())
}

const STREAMS = ['alice', 'bob'] as const

const request = (streams: readonly string[], ids: readonly string[]) =>
  fc
    .record({
      stream: fc.constantFrom(...streams),
      id: fc.constantFrom(...ids),
      isDeposit: fc.boolean(),
      amount: fc.integer({ min: 1, max: 3 }),
    })
    .map(({ stream, id, isDeposit, amount }) => ({
      stream,
      request: isDeposit ? deposit(id, amount) : withdraw(id, amount),
    }))

const customers = (streams: readonly string[], ids: readonly string[]): fc.Arbitrary<readonly Customer[]> =>
  fc.array(
    fc.record({
      server: fc.nat(1),
      isInAHurry: fc.boolean(),
      asks: fc.array(request(streams, ids), { minLength: 1, maxLength: 4 }),
    }),
    { minLength: 2, maxLength: 6 },
  )

const faults: fc.Arbitrary<readonly Fault[]> = fc.array(
  fc.constantFrom<Fault>('none', 'none', 'before the commit', 'after the commit'),
  { maxLength: MAX_FAULTS },
)

const IDS = [...'abcdefghijklmnop']
const FEW_IDS = [...'abc']

const play = async (
  scheduler: fc.Scheduler,
  customers: readonly Customer[],
  { servers, faults = [] }: { readonly servers: number; readonly faults?: readonly Fault[] },
) => {
  const log = new MemoryEventStore()
  const { store, most } = interleaved(log, scheduler, faults)
  const handlers = Array.from(
    { length: servers },
    () => new CommandHandler(store, new CurrentAccounts(store)),
  )
  const answered = await serve(customers, handlers, scheduler)
  const streams = new Map<string, readonly RecordedEvent[]>()
  for (const stream of STREAMS) streams.set(stream, await log.read(stream))
  for (const events of streams.values()) expectNoOverdraft(events)
  expectHonest(streams, answered)
  expect(answered).toHaveLength(customers.flatMap(({ asks }) => asks).length)
  return { answered, most }
}

describe('however commands, reads and appends interleave', () => {
  it('one server has one append of a stream under way, and what it told is what is in the log', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), customers(['alice'], IDS), async (scheduler, customers) => {
        const { most } = await play(scheduler, customers, { servers: 1 })
        expect(most.appendsOfOneStream).toBeLessThanOrEqual(1)
      }),
      { numRuns: 80 },
    )
  })

  it('the same command gets the same answer from one server, however often it comes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        customers(['alice'], FEW_IDS),
        faults,
        async (scheduler, customers, faults) => {
          const { answered } = await play(scheduler, customers, { servers: 1, faults })
          for (const { request, outcome } of answered) {
            const twin = answered.find((other) => JSON.stringify(other.request) === JSON.stringify(request))
            expect(outcome).toEqual(twin?.outcome)
          }
        },
      ),
      { numRuns: 80 },
    )
  })

  it('two servers on one log do nothing twice, lose nothing and overdraw nothing, whatever fails', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        customers(STREAMS, [...IDS.slice(0, 6)]),
        faults,
        async (scheduler, customers, faults) => {
          await play(scheduler, customers, { servers: 2, faults })
        },
      ),
      { numRuns: 120 },
    )
  })
})
