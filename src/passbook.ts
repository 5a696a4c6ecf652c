/** Passbook on a store that somebody else chose: commands, reading, pushing and the web, wired together. */
import type { Hono } from 'hono'
import { LRUCache } from 'lru-cache'
import { CommandHandler } from './commands/handler.ts'
import { seedIfEmpty } from './commands/seed.ts'
import { StuckTransferError, TransferProcess } from './commands/transfer-process.ts'
import { StoreUnavailableError } from './events/event-log.ts'
import { SHARED } from './projection/account.ts'
import { CurrentAccounts } from './projection/current-accounts.ts'
import { Projector, SummariesMisfitError } from './projection/projector.ts'
import { Readings } from './projection/readings.ts'
import type { StreamEnv } from './registry/open-stream.ts'
import { createApp } from './routes/app.tsx'
import { loadAssets } from './routes/assets.ts'
import { Lifecycle } from './routes/lifecycle.ts'
import { Live } from './routes/live.ts'
import type { Storage } from './storage.ts'

export interface PassbookOptions {
  /** An official Datastar build to use, by address or file. */
  readonly datastarUrl?: string | undefined
  /** The names that the server goes by; a request to any other is refused. */
  readonly allowedHosts?: readonly string[] | undefined
  /** Begins a new log without any event. */
  readonly isEmpty?: boolean
  readonly maxStreams?: number
  readonly maxStreamsPerTab?: number
  readonly maxWaiting?: number
}

export interface Passbook {
  readonly app: Hono<StreamEnv>
  /** Takes no more commands, answers those under way, and ends the streams so that their tabs come back. */
  readonly stop: () => Promise<void>
}

/** What Passbook needs of a {@link Storage}. Without `clear` there is no Reset. */
export type PassbookStorage = Pick<
  Storage,
  'events' | 'log' | 'snapshots' | 'summaries' | 'checkpoints' | 'clear' | 'close'
>

export const createPassbook = async (
  storage: PassbookStorage,
  options: PassbookOptions = {},
): Promise<Passbook> => {
  const { events, snapshots, clear } = storage
  const {
    allowedHosts,
    isEmpty = false,
    maxStreams = 10_000,
    maxStreamsPerTab = 6,
    maxWaiting = 10_000,
  } = options
  const assets = await loadAssets(options.datastarUrl)
  const onError = troubleReporter()
  const accounts = new CurrentAccounts(events, { snapshots })
  const readings = new Readings(events, { snapshots })
  const isSending = (account: string): Promise<boolean> => transfers.inFlight.isSending(account)
  const commands = new CommandHandler(events, accounts, { maxWaiting, isSending })
  const transfers = await TransferProcess.start(
    { events, checkpoints: storage.checkpoints, accounts, commands },
    { onError },
  )
  const after = await events.head()
  const live = new Live(
    { store: events, accounts, readings, inFlight: transfers.inFlight, summaries: storage.summaries },
    { after, onError, maxStreams, maxStreamsPerTab },
  )
  if (!isEmpty) await seedIfEmpty(events, commands, SHARED)

  const lifecycle = new Lifecycle()
  const projector = new Projector(storage, { onError, onMoved: () => live.accountsChanged() })
  const reset =
    clear &&
    (() =>
      transfers.whileHeld(async () => {
        await clear()
        accounts.clear()
        readings.clear()
        transfers.inFlight.clear(await events.head())
        live.cleared()
      }))
  const progress = async () => ({
    head: await events.head(),
    summaries: (await storage.summaries.active())?.position ?? 0,
  })
  const app = createApp({
    store: events,
    log: storage.log,
    accounts,
    readings,
    inFlight: transfers.inFlight,
    summaries: storage.summaries,
    commands,
    live,
    lifecycle,
    assets,
    reset,
    allowedHosts,
    progress,
    onError,
    now: () => new Date(),
  })

  const stop = async () => {
    await lifecycle.stop()
    await Promise.all([live.close(), projector.stop(), transfers.stop()])
    await storage.close()
  }
  return { app, stop }
}

const REPEAT_MS = 60_000
const FOR_PEOPLE = [StoreUnavailableError, StuckTransferError, SummariesMisfitError]

/** Prints what goes wrong in the background; what goes wrong again and again, once a minute. */
const troubleReporter = () => {
  const printed = new LRUCache<string, true>({ max: 100, ttl: REPEAT_MS })
  return (error: unknown): void => {
    if (printed.has(String(error))) return
    printed.set(String(error), true)
    const isForPeople = FOR_PEOPLE.some((type) => error instanceof type)
    console.error(isForPeople && error instanceof Error ? `passbook: ${error.message}` : error)
  }
}
