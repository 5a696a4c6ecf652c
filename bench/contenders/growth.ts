/** One account in SQLite, as long as asked for: what a command, a push, a page, the past and a restart cost then. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandHandler } from '../../src/commands/handler.ts'
import { createPassbook } from '../../src/passbook.ts'
import { CurrentAccounts } from '../../src/projection/current-accounts.ts'
import { noFilter } from '../../src/projection/log-filter.ts'
import { Readings } from '../../src/projection/readings.ts'
import { SightViews } from '../../src/routes/sights.tsx'
import { openStorage, type Storage } from '../../src/storage.ts'
import { ACCOUNT, balanceAfter } from '../account-history.ts'
import type { Figures, Open } from '../contest.ts'
import { copyLog } from '../long-log.ts'
import { assertShows, PAGE, restart, type State, untilReady } from '../serving.ts'
import { median } from '../statistics.ts'

export interface GrowthOptions {
  readonly events: number
  /** The path of a log of that many events, which is copied for each round. */
  readonly log: string
  /** Where the copies go. */
  readonly folder: string
}

const DEPOSIT = 1_00
/** How often each is done in a round. */
const [COMMANDS, TOGETHER, PUSHES, PAGES, PASTS] = [50, 64 * 16, 20, 40, 40]

export const open: Open<GrowthOptions> = async ({ events, log, folder }) => {
  const begin: State = { version: events, balance: balanceAfter(events) }
  // None of them is that of a snapshot, and so each folds some events.
  const past = Array.from({ length: PASTS }, (_, index) => {
    const version = events / 2 + 1 + index * 12
    return { version, balance: balanceAfter(version) }
  })

  const serve = async (path: string): Promise<[Figures, State]> => {
    const storage = await openStorage({ type: 'sqlite', path }, { create: false })
    const snapshot = await storage.snapshots.nearest(ACCOUNT, events)
    if (snapshot?.version !== events) throw new Error(`The log at ${log} has lost its newest snapshot.`)
    const passbook = await createPassbook(storage)
    const counter = openCounter(storage, begin)
    const ask = async (address: string): Promise<Response> => passbook.app.request(address)
    try {
      await untilReady(ask, begin)
      const page = await visit(ask, new Array(PAGES).fill(begin), () => PAGE)
      const then = await visit(ask, past, ({ version }) => `${PAGE}?version=${version}`)
      const push = await counter.push(PUSHES)
      const command = await counter.commands(COMMANDS)
      const together = await counter.commands(TOGETHER, 64)
      return [{ page, past: then, ...push, command, 'commands/64': together * 1_000 }, counter.now()]
    } finally {
      await passbook.stop()
    }
  }

  const round = async (): Promise<Figures> => {
    const copies = await mkdtemp(join(folder, `${events}-`))
    const copy = join(copies, 'log.db')
    try {
      await copyLog(log, copy)
      const [figures, end] = await serve(copy)
      return { ...figures, restart: await restart(copy, end) }
    } finally {
      await rm(copies, { recursive: true })
    }
  }

  await round()
  return { round, close: async () => {} }
}

/** Where money is paid in, and what comes of it looked at, as in the server. */
const openCounter = ({ events: store, snapshots, summaries }: Storage, before: State) => {
  const accounts = new CurrentAccounts(store, { snapshots })
  const readings = new Readings(store, { snapshots })
  const handler = new CommandHandler(store, accounts)
  const views = new SightViews({ store, accounts, readings, inFlight: { of: () => [] }, summaries })
  let { version, balance } = before

  const deposit = async (): Promise<void> => {
    const command = { type: 'deposit', amount: DEPOSIT } as const
    const outcome = await handler.handle(ACCOUNT, { id: randomUUID(), actor: 'bench', command })
    if (outcome.type !== 'accepted') throw new Error(`A deposit was answered with "${outcome.type}".`)
    version += 1
    balance += DEPOSIT
  }

  return {
    now: (): State => ({ version, balance }),

    /** Milliseconds for each of so many deposits: the median, or of all of them together if some are given at once. */
    async commands(count: number, lanes = 1): Promise<number> {
      const times: number[] = []
      const lane = async () => {
        for (let index = 0; index < count / lanes; index++) times.push(await timed(deposit))
      }
      const all = await timed(() => Promise.all(Array.from({ length: lanes }, lane)))
      const found = await readings.current(ACCOUNT)
      if (found.version !== version || found.account.balance !== balance) {
        throw new Error(
          `${version} events should leave ${balance}, not ${found.version} ${found.account.balance}.`,
        )
      }
      return lanes === 1 ? median(times) : all / count
    },

    /** What is rendered and compressed for all tabs after each of so many deposits. */
    async push(count: number): Promise<Figures> {
      const times: number[] = []
      let [gzip, raw] = [0, 0]
      for (let index = 0; index < count; index++) {
        await deposit()
        const begun = performance.now()
        const frame = await views.render('', { type: 'account', id: ACCOUNT, query: { filter: noFilter } })
        gzip = frame.bytes('gzip').length
        times.push(performance.now() - begun)
        raw = frame.bytes('identity').length
        assertShows(String(frame.bytes('identity')), { version, balance })
      }
      return { push: median(times), 'push-gzip': gzip, 'push-raw': raw }
    },
  }
}

/** The median of the times that pages take, each of which shows the state that belongs to it. */
const visit = async (
  ask: (path: string) => Promise<Response>,
  states: readonly State[],
  pathOf: (state: State) => string,
): Promise<number> => {
  const times: number[] = []
  for (const state of states) {
    const begun = performance.now()
    const response = await ask(pathOf(state))
    const page = await response.text()
    times.push(performance.now() - begun)
    if (response.status !== 200) throw new Error(`A page was answered with ${response.status}: ${page}`)
    assertShows(page, state)
  }
  return median(times)
}

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}
