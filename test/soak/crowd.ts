/** Tabs that come, look around, stall, lose their streams, are hidden and shown, and go: so many at a time. */
import { setMaxListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { type Random, randomFrom } from '../crash/random.ts'
import type { Fault } from './fault.ts'
import { pick } from './orders.ts'
import type { Poster } from './poster.ts'
import { type Sight, Tab } from './tab.ts'

export interface CrowdOptions {
  readonly size: number
  readonly accounts: readonly string[]
  readonly seed: number
  /** The longest that a tab does nothing; one that stalls may do so for longer. */
  readonly pauseMs: number
}

type Deed = 'opened' | 'looked' | 'stalled' | 'hidden' | 'cut'

export class Crowd {
  /** Those that are there. */
  readonly tabs = new Set<Tab>()
  /** How often what was done. */
  readonly done: Record<Deed, number> = { opened: 0, looked: 0, stalled: 0, hidden: 0, cut: 0 }
  /** What those that have left got that no tab may get, and how many of their streams the server ended. */
  readonly faults: Fault[] = []
  dropped = 0
  readonly #url: string
  readonly #poster: Poster
  readonly #options: CrowdOptions
  readonly #random: Random
  readonly #over = new AbortController()
  readonly #lives: readonly Promise<void>[]

  constructor(url: string, poster: Poster, options: CrowdOptions) {
    this.#url = url
    this.#poster = poster
    this.#options = options
    this.#random = randomFrom(options.seed)
    setMaxListeners(0, this.#over.signal)
    this.#lives = Array.from({ length: options.size }, (_, index) =>
      this.#live(randomFrom(options.seed + index)),
    )
  }

  /** The id of one that is there, whether it has a stream or not. */
  anyTab(): string {
    return pick([...this.tabs], this.#random).id
  }

  /** Nobody does anything any more; all have a stream, and read. */
  async settle(): Promise<void> {
    this.#over.abort()
    await Promise.all(this.#lives)
    for (const tab of this.tabs) {
      tab.readOn()
      tab.show()
    }
  }

  /** All go, once what they were doing is done. */
  async leave(): Promise<void> {
    await this.settle()
    for (const tab of this.tabs) this.#leave(tab)
  }

  async #live(random: Random): Promise<void> {
    while (!this.#isOver) {
      const tab = this.#come(random)
      const steps = random.integer(1, 20)
      for (let step = 0; step < steps && !this.#isOver; step++) {
        await this.#pause(random)
        await this.#step(tab, random)
      }
      if (!this.#isOver) this.#leave(tab)
    }
  }

  #come(random: Random): Tab {
    const tab = new Tab(this.#url, this.#poster, {
      id: `tab-${++this.done.opened}`,
      sight: this.#anySight(random),
      encoding: random.chance(0.5) ? 'gzip' : 'identity',
    })
    this.tabs.add(tab)
    tab.show()
    return tab
  }

  #anySight(random: Random): Sight {
    if (random.chance(0.2)) return { type: 'accounts' }
    const { accounts } = this.#options
    return { type: 'account', account: pick(accounts, random), version: undefined }
  }

  #leave(tab: Tab): void {
    tab.hide()
    this.tabs.delete(tab)
    this.faults.push(...tab.faults)
    this.dropped += tab.dropped
  }

  async #step(tab: Tab, random: Random): Promise<void> {
    const deed = pick(STEPS, random)
    if (deed !== 'looked') this.done[deed] += 1
    switch (deed) {
      case 'looked':
        if (!tab.isLive || tab.sight.type !== 'account') return
        this.done.looked += 1
        return tab.look(random.chance(0.4) ? undefined : random.integer(0, tab.page.newest))
      case 'stalled':
        tab.stall()
        await this.#pause(random, random.chance(0.2) ? LONG : 5)
        // Some of them lose their streams meanwhile.
        return random.chance(0.3) ? tab.cut() : tab.readOn()
      case 'hidden':
        tab.hide()
        await this.#pause(random)
        return tab.show()
      case 'cut':
        return tab.cut()
    }
  }

  get #isOver(): boolean {
    return this.#over.signal.aborted
  }

  async #pause(random: Random, times = 1): Promise<void> {
    const ms = random.integer(0, this.#options.pauseMs * times)
    await delay(ms, undefined, { signal: this.#over.signal }).catch(() => undefined)
  }
}

/** So many times as long as other pauses: until the server gives them up. */
const LONG = 40

/** Tabs look around more often than they get lost. */
const STEPS = ['looked', 'looked', 'looked', 'stalled', 'hidden', 'cut'] as const
