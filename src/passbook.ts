/** Passbook on a store that somebody else chose: commands, reading, pushing and the web, wired together. */
import type { Hono } from 'hono'
import { CommandHandler } from './commands/handler.ts'
import { seedIfEmpty } from './commands/seed.ts'
import type { EventStore } from './events/store.ts'
import { CurrentAccounts } from './projection/current-accounts.ts'
import type { StreamEnv } from './registry/open-stream.ts'
import { SHARED } from './routes/account.tsx'
import { createApp } from './routes/app.tsx'
import { loadAssets } from './routes/assets.ts'
import { Lifecycle } from './routes/lifecycle.ts'
import { Live } from './routes/live.tsx'

export interface PassbookOptions {
  /** An official Datastar build to use, by address or file. */
  readonly datastarUrl?: string | undefined
  /** The names that the server goes by; a request to any other is refused. */
  readonly allowedHosts?: readonly string[] | undefined
  /** Clears the store. Without it there is no Reset. */
  readonly clear?: (() => void) | undefined
  readonly maxStreams?: number
  readonly maxStreamsPerTab?: number
  readonly maxWaiting?: number
}

export interface Passbook {
  readonly app: Hono<StreamEnv>
  /** Takes no more commands, answers those under way, and ends the streams so that their tabs come back. */
  readonly stop: () => Promise<void>
}

export const createPassbook = async (store: EventStore, options: PassbookOptions = {}): Promise<Passbook> => {
  const { clear, allowedHosts, maxStreams = 10_000, maxStreamsPerTab = 6, maxWaiting = 10_000 } = options
  const assets = await loadAssets(options.datastarUrl)
  const accounts = new CurrentAccounts(store)
  const commands = new CommandHandler(store, accounts, { maxWaiting })
  await seedIfEmpty(store, commands, SHARED)

  const lifecycle = new Lifecycle()
  const after = await store.head()
  const live = new Live(store, accounts, { after, onError: console.error, maxStreams, maxStreamsPerTab })
  const reset =
    clear &&
    (() => {
      clear()
      accounts.clear()
      live.changed(SHARED)
    })
  const app = createApp({ store, accounts, commands, live, lifecycle, assets, reset, allowedHosts })

  const stop = async () => {
    await lifecycle.stop()
    await live.close()
    await store.close()
  }
  return { app, stop }
}
