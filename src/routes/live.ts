/** The pushing side of the web: which tabs are open, what each of them looks at, and what it is told. */
import { LRUCache } from 'lru-cache'
import type { Subscription } from '../events/store.ts'
import type { TransfersInFlight } from '../projection/transfers-in-flight.ts'
import { Broadcaster } from '../registry/broadcaster.ts'
import { type Frame, frame } from '../registry/frame.ts'
import { SseRegistry } from '../registry/sse-registry.ts'
import type { SseStream } from '../registry/sse-stream.ts'
import type { LogQuery } from './account/log-query.ts'
import { ACCOUNTS, accountSubject, type Sight, type SightSources, SightViews, subjectOf } from './sights.tsx'

/** What a tab of an account looks at: now, or at a version of the past. */
export interface Look {
  readonly version: number | undefined
  /** Rises with each; one that was overtaken by a later one does not count. */
  readonly count: number
  /** The time that the tab asked for, if it did: it does not know the version yet. */
  readonly asked: string | undefined
}

interface AccountOnPage {
  readonly id: string
  query: LogQuery
  look: Look
}

export interface LiveOptions {
  /** From which position on to follow the log. */
  readonly after: number
  readonly maxStreams: number
  readonly maxStreamsPerTab: number
  readonly onError: (error: unknown) => void
}

export interface LiveSources extends SightSources {
  readonly inFlight: Pick<TransfersInFlight, 'of' | 'onChanged'>
}

type TabSignals = Readonly<Record<string, string | number>>

export class Live {
  readonly #tabs = new SseRegistry('tabs')
  /** What could not be told while a tab was between two streams. */
  readonly #untold = new LRUCache<string, TabSignals>({ max: 10_000, ttl: 60_000 })
  readonly #views: SightViews
  readonly #broadcaster: Broadcaster
  readonly #subscription: Subscription
  readonly #options: LiveOptions
  /** What is watched, by topic; and the topics of each account, and of the list. */
  readonly #sights = new Map<string, Sight>()
  readonly #topics = new Map<string, Set<string>>()
  /** What the page of each stream of an account shows. */
  readonly #pages = new WeakMap<SseStream, AccountOnPage>()

  /** Whoever appends to the log, here or elsewhere, the tabs are shown it. */
  constructor(sources: LiveSources, options: LiveOptions) {
    const { after, onError } = options
    this.#options = options
    this.#views = new SightViews(sources)
    this.#broadcaster = new Broadcaster((topic) => this.#views.render(topic, this.#sightOf(topic)), {
      onError,
      onLeft: (topic) => this.#left(topic),
    })
    sources.inFlight.onChanged(({ from, to }) => {
      this.changed(from)
      this.changed(to)
    })
    this.#subscription = sources.store.subscribe(
      { after },
      async (events) => {
        for (const id of new Set(events.map(({ stream }) => stream))) this.changed(id)
        const forgotten = events.filter(({ type }) => type === 'forgotten').map(({ stream }) => stream)
        if (forgotten.length > 0) await this.#showAgain(new Set(forgotten))
      },
      onError,
    )
  }

  /** Whether a tab may not open another stream: it has many, or the server has. */
  isFull(tab: string | undefined): boolean {
    const { maxStreams, maxStreamsPerTab } = this.#options
    return (
      this.#tabs.count() >= maxStreams || (tab !== undefined && this.#tabs.count(tab) >= maxStreamsPerTab)
    )
  }

  /** Shows a tab an account. It is registered first and shown the whole view then, so that no change falls in between. */
  async openAccount(
    stream: SseStream,
    tab: string | undefined,
    id: string,
    query: LogQuery,
    look: Look,
  ): Promise<void> {
    this.#register(stream, tab)
    const page = { id, query, look }
    this.#pages.set(stream, page)
    await this.#show(stream, page)
  }

  openAccounts(stream: SseStream, tab: string | undefined, query: string): void {
    this.#register(stream, tab)
    this.#watch(stream, { type: 'accounts', query })
  }

  /** Has one tab look at another version of the account that it shows, or at the newest again: at its newest rows. */
  async look(tab: string | undefined, id: string, look: Look): Promise<void> {
    if (tab === undefined) return
    const showing = this.#tabs.findByKey(tab).map((stream) => {
      const page = this.#pages.get(stream)
      if (page?.id !== id || page.look.count >= look.count) return undefined
      const { filter } = page.query
      Object.assign(page, { query: { filter }, look })
      return this.#show(stream, page)
    })
    await Promise.all(showing)
  }

  /** Says that an account is not what it was. Events of the log say so by themselves. */
  changed(id: string): void {
    this.#subjectChanged(accountSubject(id))
  }

  /** Says that the list of accounts is not what it was. */
  accountsChanged(): void {
    this.#subjectChanged(ACCOUNTS)
  }

  /** Says that the log was cleared: nothing is what it was, and no past is there any more. */
  cleared(): void {
    for (const topic of this.#sights.keys()) {
      this.#views.left(topic)
      this.#broadcaster.changed(topic)
    }
    const isLive = signalsFrame({ version: '', asked: '' })
    this.#tabs.notifySubscribers((stream) => {
      const page = this.#pages.get(stream)
      if (page?.look.version === undefined) return
      const { id, query, look } = page
      Object.assign(page, { query: { filter: query.filter }, look: { ...look, version: undefined } })
      stream.send(isLive)
      this.#watch(stream, { type: 'account', id, query: page.query })
    })
  }

  /** Sets signals of one tab alone, as what was wrong with what it asked; if it is just reconnecting, when it is back. */
  tell(tab: string | undefined, signals: TabSignals): void {
    if (tab === undefined) return
    const message = signalsFrame(signals)
    this.#tabs.notifySubscriber(tab, (stream) => stream.send(message))
    if (this.#tabs.count(tab) === 0) this.#untold.set(tab, { ...this.#untold.get(tab), ...signals })
  }

  /** Ends every stream in good order; the tabs come back when there is a server again. */
  async close(): Promise<void> {
    for (const stream of this.#tabs.snapshot()) stream.close()
    await Promise.all([this.#broadcaster.close(), this.#subscription.stop()])
  }

  #subjectChanged(subject: string): void {
    for (const topic of this.#topics.get(subject) ?? []) this.#broadcaster.changed(topic)
  }

  #register(stream: SseStream, tab: string | undefined): void {
    this.#tabs.register(stream, tab)
    const untold = tab && this.#untold.get(tab)
    if (!untold) return
    stream.send(signalsFrame(untold))
    this.#untold.delete(tab)
  }

  /** The past is sent to the tab alone, once; what it goes on watching is how much has happened since. */
  async #show(stream: SseStream, page: AccountOnPage): Promise<void> {
    const { id, query, look } = page
    const { version, asked } = look
    if (version === undefined) {
      this.#watch(stream, { type: 'account', id, query })
      return
    }
    const past = await this.#views.past(id, query, { version, asked })
    if (page.look !== look || stream.isClosed) return
    stream.sendNewest('past', past.frame)
    this.#watch(stream, { type: 'since', id, version: past.version })
  }

  /** The past of accounts in which something was forgotten since, for the tabs that look at it. */
  async #showAgain(accounts: ReadonlySet<string>): Promise<void> {
    for (const stream of this.#tabs.snapshot()) {
      const page = this.#pages.get(stream)
      if (page?.look.version !== undefined && accounts.has(page.id)) await this.#show(stream, page)
    }
  }

  #watch(stream: SseStream, sight: Sight): void {
    if (stream.isClosed) return
    const topic = JSON.stringify(sight)
    const subject = subjectOf(sight)
    this.#sights.set(topic, sight)
    this.#topics.set(subject, (this.#topics.get(subject) ?? new Set()).add(topic))
    this.#broadcaster.watch(topic, stream)
  }

  #sightOf(topic: string): Sight {
    const sight = this.#sights.get(topic)
    if (!sight) throw new Error(`Nobody watches ${topic}.`)
    return sight
  }

  #left(topic: string): void {
    const subject = subjectOf(this.#sightOf(topic))
    const topics = this.#topics.get(subject)
    topics?.delete(topic)
    if (topics?.size === 0) this.#topics.delete(subject)
    this.#sights.delete(topic)
    this.#views.left(topic)
  }
}

/** Most answers are one of a few, and a frame is encoded and compressed once. */
const signalsFrames = new LRUCache<string, Frame>({ max: 100 })

const signalsFrame = (signals: TabSignals): Frame => {
  const text = JSON.stringify(signals)
  const known = signalsFrames.get(text)
  if (known) return known
  const made = frame((events) => events.patchSignals(text))
  signalsFrames.set(text, made)
  return made
}
