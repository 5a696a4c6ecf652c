/** Tabs that count what they are sent and look at nothing; but one of them keeps it, to show that it is what it should be. */
import { obey } from './client.ts'
import { openTab, openTabs } from './tab.ts'

const DEADLINE_MS = 60_000

/** What each tab was sent since it was last asked for. */
const counts: number[] = []
let total = 0
let kept: Buffer[] = []
let sample = Buffer.alloc(0)
let onBytes = () => {}

const count = (index: number, bytes: Buffer): void => {
  counts[index] = (counts[index] ?? 0) + bytes.length
  total += bytes.length
  if (index === 0) kept.push(Buffer.from(bytes))
  onBytes()
}

const orders = {
  open: async (given: { port: number; path: string; isGzip: boolean; count: number }): Promise<void> => {
    const before = counts.length
    counts.push(...Array.from({ length: given.count }, () => 0))
    await openTabs(given.count, (index) => openTab(given, (bytes) => count(before + index, bytes)))
  },

  /** Resolves when each of the tabs, from the `first` one on, has received exactly so many bytes since the last time. */
  received: async ({ each, first = 0 }: { each: number; first?: number }): Promise<void> => {
    const wanted = each * (counts.length - first)
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${total} of ${wanted} bytes came`)), DEADLINE_MS)
      onBytes = () => {
        if (total < wanted) return
        clearTimeout(late)
        onBytes = () => {}
        resolve()
      }
      onBytes()
    })
    const other = counts.findIndex((bytes, index) => bytes !== (index < first ? 0 : each))
    if (other !== -1) throw new Error(`tab ${other} received ${counts[other]} bytes, not ${each}`)
    counts.fill(0)
    total = 0
    sample = Buffer.concat(kept)
    kept = []
  },

  /** What one of the tabs received the last time. */
  sample: (): Buffer => sample,
}

export type CountingTabs = typeof orders
obey(orders)
