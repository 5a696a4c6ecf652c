/**
 * From the commit of a deposit until a tab has received a view with it, while some tabs do not read what they are sent.
 * Deposits come over HTTP, at regular intervals.
 */
import { once } from 'node:events'
import type { Server, ServerResponse } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Client } from '../clients/client.ts'
import type { FollowingTabs } from '../clients/following-tabs.ts'
import type { Depositing } from '../clients/load.ts'
import type { Opened } from '../contest.ts'
import { tabNames } from './passbook-server.ts'

export interface LatencyOptions {
  readonly reading: number
  readonly unread: number
}

/** A version, and when it was committed. */
export type Commit = readonly [version: number, at: number]

/** Who pushes. */
export interface Pushing {
  readonly server: Server
  readonly port: number
  readonly streamPath: string
  readonly depositPath: string
  /** The version before the first round. */
  readonly version: number
  /** Those of this round, in order. */
  readonly commits: Commit[]
  readonly close: () => Promise<void>
}

const EVERY_MS = 20
const DEPOSITS = 50
const CONNECTIONS = 8
const UNREAD = 'unread'

export const latency = async ({ reading, unread }: LatencyOptions, pushing: Pushing): Promise<Opened> => {
  const { server, port, streamPath: path, depositPath, commits } = pushing
  const tabs = new Client<FollowingTabs>(new URL('../clients/following-tabs.ts', import.meta.url))
  const load = new Client<Depositing>(new URL('../clients/load.ts', import.meta.url))
  const names = tabNames(reading)
  await tabs.ask('open', { port, path, names })
  let { version } = pushing

  const stuck = new Set<ServerResponse>()
  server.on('request', ({ url = '' }, response) => {
    if (!url.includes(UNREAD)) return
    stuck.add(response)
    response.on('close', () => stuck.delete(response))
  })

  const round = async () => {
    await tabs.ask('openUnread', { port, path, names: tabNames(unread, UNREAD) })
    await Promise.all([...stuck].map(fill))
    if (stuck.size !== unread) throw new Error(`${stuck.size} tabs do not read, not ${unread}`)
    commits.length = 0
    await load.ask('paced', {
      port,
      path: depositPath,
      tabs: names.slice(0, CONNECTIONS),
      deposits: DEPOSITS,
      everyMs: EVERY_MS,
    })
    version += DEPOSITS
    if (commits.at(-1)?.[0] !== version)
      throw new Error(`${commits.at(-1)?.[0]} is the version, not ${version}`)
    const { latencies } = await tabs.ask('shown', { version, commits })
    if (latencies.length !== commits.length * reading || latencies.some(Number.isNaN)) {
      throw new Error('a tab has missed a commit')
    }
    if ([...stuck].some((response) => response.writableLength === 0))
      throw new Error('an unread tab was read')
    const gone = [...stuck].map((response) => once(response, 'close'))
    await tabs.ask('closeUnread', undefined)
    await Promise.all(gone)
    return { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) }
  }
  await round()

  const close = async () => {
    await Promise.all([tabs.stop(), load.stop()])
    await pushing.close()
  }
  return { round, close }
}

const SOME = Buffer.alloc(1 << 16)

/** Sends until the client's system and ours take no more, as when a tab has not read for a while. */
const fill = async (response: ServerResponse): Promise<void> => {
  while (response.writableLength === 0) {
    response.write(SOME)
    await nextTurn()
  }
}

const quantile = (sorted: Float64Array, part: number): number =>
  sorted[Math.ceil(sorted.length * part) - 1] ?? Number.NaN
