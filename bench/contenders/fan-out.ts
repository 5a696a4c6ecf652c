/**
 * One view for many tabs, in whichever way. As many broadcasts as there is time for, the next when every tab has
 * received the last; where tabs are few, a burst of some, so that it is not the waiting which is measured.
 */
import type { Server } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Chunks, textOf } from '../clients/chunks.ts'
import { Client, now } from '../clients/client.ts'
import type { CountingTabs } from '../clients/counting-tabs.ts'
import type { Opened } from '../contest.ts'
import { accountView, still, type View } from './account-view.ts'
import { closed, listening } from './listening.ts'

export interface FanOutOptions {
  readonly tabs: number
  readonly isGzip: boolean
}

export interface Sent {
  /** What each tab is to receive, on the wire. */
  readonly bytes: number
  /** A part of it. */
  readonly text: () => string
}

/** A way to push. */
export interface Way {
  readonly server: Server
  readonly tabs: () => number
  /** What a tab receives when it comes, after the response's head. */
  readonly greeting: number
  /** Shows every tab the view, which has changed. */
  readonly broadcast: (view: View) => Promise<Sent>
}

const ROUND_MS = 300
/** Of so many deliveries, or of one broadcast. */
const BURST = 500
/** What writes is compiled after so many deliveries. */
const WARM_UP = 5_000
const COLLECTIONS = 8

export const fanOut = async ({ tabs, isGzip }: FanOutOptions, way: Way): Promise<Opened> => {
  const view = await accountView()
  const port = await listening(way.server)
  const client = new Client<CountingTabs>(new URL('../clients/counting-tabs.ts', import.meta.url))

  const openTabs = async (count: number): Promise<void> => {
    const before = way.tabs()
    await client.ask('open', { port, path: '/', isGzip, count })
    await client.ask('received', { each: way.greeting, first: before })
    if (way.tabs() !== before + count) throw new Error(`there are ${way.tabs()} tabs, not ${before + count}`)
  }
  let last = () => ''
  const push = async (shown: View): Promise<Sent> => {
    const sent = await way.broadcast(shown)
    last = sent.text
    await nextTurn()
    return sent
  }
  const warmUp = await still(view)
  const pushAndForget = async (): Promise<void> => {
    await client.ask('received', { each: (await push(warmUp)).bytes })
  }

  // What is made once and not for each tab is there when the first half is.
  await openTabs(tabs / 2)
  for (let deliveries = 0; deliveries < WARM_UP; deliveries += tabs) await pushAndForget()
  const before = await memory()
  await openTabs(tabs / 2)
  await pushAndForget()
  const memoryOfTab = ((await memory()) - before) / (tabs / 2) / 1_000

  const round = async () => {
    let broadcasts = 0
    let bytes = 0
    let before = last
    const [start, cpu] = [now(), process.cpuUsage()]
    while (now() - start < ROUND_MS) {
      let each = 0
      before = last
      for (let deliveries = 0; deliveries < BURST; deliveries += tabs) {
        const sent = await push(view)
        each += sent.bytes
        broadcasts += 1
      }
      await client.ask('received', { each })
      bytes += each
    }
    const [{ user, system }, seconds] = [process.cpuUsage(cpu), (now() - start) / 1_000]

    const received = decoded(await client.ask('sample', undefined), before())
    if (!received.includes(last())) throw new Error('what a tab received is not what was sent')
    const deliveries = broadcasts * tabs
    return {
      deliveries: deliveries / seconds,
      cpu: (user + system) / deliveries,
      bytes: bytes / broadcasts,
      memory: memoryOfTab,
    }
  }
  const close = async () => {
    await client.stop()
    await closed(way.server)
  }
  return { round, close }
}

/** What is in use on the heap and beside it, in bytes, when all that can go is gone: some goes only after several rounds. */
const memory = async (): Promise<number> => {
  for (let round = 0; round < COLLECTIONS; round++) {
    globalThis.gc?.()
    await nextTurn()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Whether it is compressed is seen by how it begins; `before` is what the tab had received last. */
const decoded = (received: Buffer, before: string): string => {
  let text = ''
  let last = before
  const chunks = new Chunks((chunk) => {
    last = textOf(chunk, !/^(event|id|data)/.test(chunk.toString('latin1', 0, 5)), last)
    text += last
  })
  chunks.read(received)
  return text
}
