/** Tabs that know which version of the account they show, and since when. Some others do not read what they are sent. */
import type { Socket } from 'node:net'
import { Chunks, textOf } from './chunks.ts'
import { now, obey } from './client.ts'
import { openTab, openTabs } from './tab.ts'

const DEADLINE_MS = 20_000

interface Shown {
  /** Of a view; other frames have none. */
  readonly version: number | undefined
  readonly text: string
}

/** Many tabs are sent the same bytes after the same: these are looked into once. */
const known = new WeakMap<Shown, Map<string, Shown>>()

const shownAfter = (last: Shown, chunk: Buffer): Shown => {
  const next = known.get(last) ?? new Map<string, Shown>()
  known.set(last, next)
  const key = chunk.toString('latin1')
  const before = next.get(key)
  if (before) return before
  const text = textOf(chunk, true, last.text)
  const [, version] = /"_newest":(\d+)/.exec(text) ?? []
  const shown = { version: version === undefined ? undefined : Number(version), text }
  next.set(key, shown)
  return shown
}

const NOTHING: Shown = { version: 0, text: '' }

class FollowingTab {
  shown = NOTHING
  /** Each version that it was shown, and then when. */
  history: number[] = []
  /** What it was sent last, view or not. */
  #last = NOTHING
  readonly chunks = new Chunks((chunk) => {
    const shown = shownAfter(this.#last, chunk)
    this.#last = shown
    if (shown.version === undefined) return
    this.shown = shown
    this.history.push(shown.version, now())
    onShown()
  })

  /** When it was first shown each of these, which rise. */
  timesOf(versions: readonly number[]): number[] {
    let at = 0
    return versions.map((version) => {
      while ((this.history[at] ?? Number.POSITIVE_INFINITY) < version) at += 2
      return this.history[at + 1] ?? Number.NaN
    })
  }
}

interface Opening {
  readonly port: number
  /** `{tab}` stands for the name of the tab. */
  readonly path: string
  readonly names: readonly string[]
}

const tabs: FollowingTab[] = []
let unread: Socket[] = []
let onShown = () => {}

/** Resolves when every tab shows this version or a later one. */
const allShow = (wanted: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const behind = new Set(tabs)
    const late = setTimeout(() => reject(new Error(`${behind.size} tabs never saw ${wanted}`)), DEADLINE_MS)
    onShown = () => {
      for (const tab of behind) {
        if ((tab.shown.version ?? 0) < wanted) return
        behind.delete(tab)
      }
      clearTimeout(late)
      onShown = () => {}
      resolve()
    }
    onShown()
  })

const pathOf = ({ path, names }: Opening, index: number): string => path.replace('{tab}', names[index] ?? '')

const orders = {
  open: async (given: Opening): Promise<void> => {
    const opened = await openTabs(given.names.length, async (index) => {
      const tab = new FollowingTab()
      await openTab({ ...given, path: pathOf(given, index), isGzip: true }, (bytes) => tab.chunks.read(bytes))
      return tab
    })
    tabs.push(...opened)
  },

  openUnread: async (given: Opening): Promise<void> => {
    unread = await openTabs(given.names.length, async (index) => {
      const socket = await openTab({ ...given, path: pathOf(given, index), isGzip: true }, () => {})
      return socket.pause()
    })
  },

  closeUnread: (): void => {
    for (const socket of unread) socket.destroy()
  },

  /**
   * Resolves when every tab shows this version. Says what it shows, and how long after each of the commits (versions
   * that rise, and when) each tab was shown it.
   */
  shown: async (given: { version: number; commits: readonly (readonly [number, number])[] }) => {
    await allShow(given.version)
    const versions = given.commits.map(([version]) => version)
    const latencies = tabs.flatMap((tab) =>
      tab.timesOf(versions).map((time, index) => time - (given.commits[index]?.[1] ?? Number.NaN)),
    )
    const texts = new Set(tabs.map(({ shown }) => shown.text))
    for (const tab of tabs) tab.history = []
    return { texts: [...texts], latencies: Float64Array.from(latencies).sort() }
  },
}

export type FollowingTabs = typeof orders
obey(orders)
