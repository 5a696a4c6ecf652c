/** The product under all the deposits that 64 connections can send, while tabs watch. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatMoney } from '../../src/events/money.ts'
import { SHARED } from '../../src/projection/account.ts'
import { memoryStorage, openStorage, type Storage } from '../../src/storage.ts'
import { Client } from '../clients/client.ts'
import type { FollowingTabs } from '../clients/following-tabs.ts'
import type { Depositing } from '../clients/load.ts'
import type { Open } from '../contest.ts'
import { CONNECTIONS, ROUND_MS, WARM_UPS } from './http-bare.ts'
import { ACCOUNT_PATH, DEPOSIT_PATH, STREAM_PATH, servePassbook, tabNames } from './passbook-server.ts'

interface Options {
  readonly store: 'memory' | 'sqlite'
  readonly tabs: number
}

/** What the seed leaves in the shared account, and one deposit, in cents. */
const SEEDED = 1_300_00
const DEPOSIT = 1_00

export const open: Open<Options> = async ({ store, tabs: count }) => {
  const folder = await mkdtemp(join(tmpdir(), 'passbook-bench-'))
  const storage = await storageIn(folder, store)
  const { port, close } = await servePassbook(storage)

  const names = tabNames(count)
  const tabs = new Client<FollowingTabs>(new URL('../clients/following-tabs.ts', import.meta.url))
  const load = new Client<Depositing>(new URL('../clients/load.ts', import.meta.url))
  await tabs.ask('open', { port, path: STREAM_PATH, names })
  const senders = Array.from({ length: CONNECTIONS }, (_, index) => names[index % count] ?? '')
  let version = await versionIn(storage)
  let balance = SEEDED

  const round = async () => {
    const { deposits, seconds } = await load.ask('asMany', {
      port,
      path: DEPOSIT_PATH,
      tabs: senders,
      forMs: ROUND_MS,
    })
    version += deposits
    balance += deposits * DEPOSIT
    const stored = await versionIn(storage)
    if (stored !== version) throw new Error(`the log has ${stored} events, not ${version}`)
    const { texts } = await tabs.ask('shown', { version, commits: [] })
    const page = await (await fetch(`http://127.0.0.1:${port}${ACCOUNT_PATH}`)).text()
    for (const text of [page, ...texts]) checkBalance(text, balance)
    return { requests: deposits / seconds }
  }
  for (let index = 0; index < WARM_UPS; index++) await round()

  return {
    round,
    close: async () => {
      await Promise.all([tabs.stop(), load.stop()])
      await close()
      await rm(folder, { recursive: true })
    },
  }
}

const storageIn = async (folder: string, store: Options['store']): Promise<Storage> =>
  store === 'memory'
    ? memoryStorage()
    : openStorage({ type: 'sqlite', path: join(folder, 'log.db') }, { create: true })

const versionIn = async ({ events }: Storage): Promise<number> => {
  const [newest] = await events.read(SHARED, { direction: 'backward', limit: 1 })
  return newest?.version ?? 0
}

const checkBalance = (html: string, cents: number): void => {
  const [, shown = ''] = /<output id="balance-amount"[^>]*>(.*?)<\/output>/.exec(html) ?? []
  const [amount, wanted] = [shown.replaceAll(/<[^>]*>/g, ''), formatMoney(cents, 'USD')]
  if (amount !== wanted) throw new Error(`the balance shown is ${amount}, not ${wanted}`)
}
