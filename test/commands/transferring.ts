/** What tests of transfers work with: servers on one log, what is asked of them, and what came of it. */
import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import type { Command } from '../../src/commands/command.ts'
import type { Outcome, Request } from '../../src/commands/decide-together.ts'
import { type Busy, CommandHandler } from '../../src/commands/handler.ts'
import { transferIdOf } from '../../src/commands/transfer-ids.ts'
import { TransferProcess, type TransferSources } from '../../src/commands/transfer-process.ts'
import type { AccountEvent, RecordedEvent } from '../../src/events/event.ts'
import type { EventStore } from '../../src/events/store.ts'
import { balanceOf } from '../../src/projection/account.ts'
import type { Checkpoints } from '../../src/projection/checkpoints.ts'
import { CurrentAccounts } from '../../src/projection/current-accounts.ts'
import type { Storage } from '../../src/storage.ts'
import { newEvents } from '../events/sample-events.ts'
import { logOf } from '../projection/ledger.ts'
import { storeWith } from './store-with.ts'

export interface Bank {
  readonly storage: Storage
  /** On another connection, where there is such a thing; closed with the first. */
  readonly again: () => Promise<Storage>
}

export interface Server {
  readonly commands: CommandHandler
  /** What its process reported. */
  readonly errors: unknown[]
  /** Begins to end transfers. */
  readonly start: () => Promise<TransferProcess>
}

export interface ServerOptions {
  /** Instead of the storage's. */
  readonly events?: EventStore
  readonly checkpoints?: Checkpoints
  readonly retryMs?: number
  readonly maxWaiting?: number
  /** What its process asks, if it is not the server's own. */
  readonly asked?: (commands: CommandHandler) => TransferSources['commands']
}

/** Those that run, each with what it runs on. */
const running = new Map<TransferProcess, Storage>()

export const openServer = (storage: Storage, options: ServerOptions = {}): Server => {
  const { events = storage.events, checkpoints = storage.checkpoints, retryMs = 1, maxWaiting } = options
  const errors: unknown[] = []
  let started: TransferProcess | undefined
  const accounts = new CurrentAccounts(events)
  const commands: CommandHandler = new CommandHandler(events, accounts, {
    ...(maxWaiting !== undefined && { maxWaiting }),
    isSending: async (account) => started?.inFlight.isSending(account) ?? false,
  })
  const start = async () => {
    started = await TransferProcess.start(
      { events, checkpoints, accounts, commands: options.asked?.(commands) ?? commands },
      { onError: (error) => void errors.push(error), retryMs, checkpointMs: 1 },
    )
    running.set(started, storage)
    return started
  }
  return { commands, errors, start }
}

/** Makes tests of a bank that is empty; whatever was started on it has stopped, and it is closed, when they end. */
export const withBankOf =
  (open: () => Promise<() => Promise<Storage>>) => (test: (bank: Bank) => Promise<void>) => async () => {
    const connect = await open()
    const opened = new Set<Storage>()
    const again = async () => {
      const storage = await connect()
      opened.add(storage)
      return storage
    }
    const close = async () => {
      const processes = [...running].filter(([, storage]) => opened.has(storage))
      await Promise.all(processes.map(([process]) => process.stop()))
      for (const [process] of processes) running.delete(process)
      for (const storage of opened) await storage.close()
    }
    try {
      await test({ storage: await again(), again })
    } catch (error) {
      // A test that failed may never let go of what it holds back.
      void close()
      throw error
    }
    await close()
  }

/** Of Ada, if it is not said otherwise. */
export const transfer = (id: string, to: string, amount: number, rest: Partial<Request> = {}): Request => ({
  id,
  actor: 'Ada',
  command: { type: 'transfer', transferId: transferIdOf(id), to, amount },
  ...rest,
})

/** With an id that no other command has. */
export const ask = ({ commands }: Server, account: string, command: Command): Promise<Outcome | Busy> =>
  commands.handle(account, { id: randomUUID(), actor: 'Ada', command })

export const FREEZE: Command = { type: 'freeze', reason: 'a suspicion' }
export const UNFREEZE: Command = { type: 'unfreeze' }
export const CLOSE: Command = { type: 'close' }

/** Appends what no rule was asked about. */
export const record = ({ events }: Storage, account: string, ...facts: readonly AccountEvent[]) =>
  events.append(account, newEvents(...facts), { expected: 'any' })

export const balances = async ({ events }: Storage, ...accounts: readonly string[]): Promise<number[]> => {
  const log = await logOf(events)
  return accounts.map((account) => balanceOf(log.filter(({ stream }) => stream === account)))
}

const ENDINGS: readonly AccountEvent['type'][] = ['transferredIn', 'transferReturned']

export const isEnding = ({ type }: AccountEvent): boolean => ENDINGS.includes(type)

/** How transfers ended, each as the account in which it did and the type of event. */
export const endings = async ({ events }: Storage): Promise<string[]> =>
  (await logOf(events)).filter(isEnding).map(({ stream, type }) => `${stream} ${type}`)

export const lastIn = async ({ events }: Storage, account: string): Promise<RecordedEvent | undefined> =>
  (await events.read(account, { limit: 1, direction: 'backward' }))[0]

export const eventually = <T>(look: () => T) => expect.poll(look, { interval: 2, timeout: 10_000 })

/** Resolves when as many transfers have ended as began. */
export const allEnded = async ({ events }: Storage): Promise<void> => {
  await eventually(async () => {
    const log = await logOf(events)
    return log.filter(({ type }) => type === 'transferredOut').length - log.filter(isEnding).length
  }).toBe(0)
}

/** Each transfer of the log ended once, and no money was made or lost on the way. */
export const expectEachEndedOnce = async ({ events }: Storage, total: number): Promise<void> => {
  const log = await logOf(events)
  const begun = log.flatMap(({ type, data }) => (type === 'transferredOut' ? [data.transferId] : []))
  const ended = log.flatMap(({ type, data }) =>
    type === 'transferredIn' || type === 'transferReturned' ? [data.transferId] : [],
  )
  expect(ended.sort()).toEqual(begun.sort())
  expect(balanceOf(log)).toBe(total)
}

/** The server died. What it did before that is done. */
export class Death extends Error {}

/** A store of a server that dies when it appends to this stream: nothing that it asks from then on is answered well. */
export const dyingAt = (store: EventStore, account: string, when: 'before' | 'after') => {
  let isDead = false
  const alive = <T>(call: () => Promise<T>): Promise<T> => (isDead ? Promise.reject(new Death()) : call())
  const dying = storeWith(store, {
    append: (stream, events, options) =>
      alive(async () => {
        if (stream !== account) return store.append(stream, events, options)
        if (when === 'after') await store.append(stream, events, options)
        isDead = true
        throw new Death()
      }),
    read: (stream, options) => alive(() => store.read(stream, options)),
    find: (ids) => alive(() => store.find(ids)),
  })
  return { store: dying, isDead: () => isDead }
}
