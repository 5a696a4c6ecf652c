/** The pushing side of the web: which tabs are open, what each of them looks at, and what it is shown. */
import { LRUCache } from 'lru-cache'
import { PAGE, type Subscription } from '../events/store.ts'
import { isSelective } from '../projection/log-filter.ts'
import { continueLog, type LogWindow } from '../projection/log-window.ts'
import type { SummaryTable } from '../projection/summary-table.ts'
import type { TransfersInFlight } from '../projection/transfers-in-flight.ts'
import { Broadcaster } from '../registry/broadcaster.ts'
import { type Frame, frame } from '../registry/frame.ts'
import { SseRegistry } from '../registry/sse-registry.ts'
import type { SseStream } from '../registry/sse-stream.ts'
import { type AccountSources, showAccount } from './account/account-shown.ts'
import { LiveParts, PastParts, Since } from './account/account-view.tsx'
import type { LogQuery } from './account/log-query.ts'
import { pageOf, readAccountsQuery, toListQuery } from './accounts/accounts-query.ts'
import { AccountsTable } from './accounts/accounts-view.tsx'

/** What a tab looks at. Every tab that looks at the same is sent the same bytes. */
export type Sight =
  | { readonly type: 'account'; readonly id: string; readonly query: LogQuery }
  /** What has happened since a version of the past; that itself does not change any more. */
  | { readonly type: 'since'; readonly id: string; readonly version: number }
  | { readonly type: 'accounts'; readonly query: string }

/** What a tab of an account looks at: now, or at a version of the past. */
export interface Look {
  readonly version: number | undefined
  /** Rises with each; one that was overtaken by a later one does not count. */
  readonly count: number
  /** The tab does not know the version yet: it asked for a time. */
  readonly isNews: boolean
}

interface AccountOnPage {
  readonly id: string
  query: LogQuery
  /** Of the newest look. */
  count: number
}

export interface LiveOptions {
  /** From which position on to follow the log. */
  readonly after: number
  readonly maxStreams: number
  readonly maxStreamsPerTab: number
  readonly onError: (error: unknown) => void
}

export interface LiveSources extends AccountSources {
  readonly inFlight: Pick<TransfersInFlight, 'of' | 'onChanged'>
  readonly summaries: Pick<SummaryTable, 'list'>
}

export class Live {
  readonly #tabs = new SseRegistry('tabs')
  /** What could not be told while a tab was between two streams. */
  readonly #untold = new LRUCache<string, Frame>({ max: 10_000, ttl: 60_000 })
  readonly #sources: LiveSources
  readonly #broadcaster: Broadcaster
  readonly #subscription: Subscription
  readonly #options: LiveOptions
  /** What is watched, by topic; and the topics of each account, and of the list. */
  readonly #sights = new Map<string, Sight>()
  readonly #topics = new Map<string, Set<string>>()
  /** What the page of each stream of an account shows. */
  readonly #pages = new WeakMap<SseStream, AccountOnPage>()
  /** Windows that a search found, so that what is new is looked at alone. By topic. */
  readonly #found = new Map<string, LogWindow>()

  /** Whoever appends to the log, here or elsewhere, the tabs are shown it. */
  constructor(sources: LiveSources, options: LiveOptions) {
    const { after, onError } = options
    this.#options = options
    this.#sources = sources
    this.#broadcaster = new Broadcaster((topic) => this.#render(topic), {
      onError,
      onLeft: (topic) => this.#left(topic),
    })
    sources.inFlight.onChanged(({ from, to }) => {
      this.changed(from)
      this.changed(to)
    })
    this.#subscription = sources.store.subscribe(
      { after },
      (events) => {
        for (const id of new Set(events.map(({ stream }) => stream))) this.changed(id)
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
    this.#pages.set(stream, { id, query, count: look.count })
    await this.#show(stream, look)
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
      if (page?.id !== id || page.count >= look.count) return undefined
      const { filter } = page.query
      Object.assign(page, { query: { filter }, count: look.count })
      return this.#show(stream, look)
    })
    await Promise.all(showing)
  }

  /** Says that an account is not what it was. Events of the log say so by themselves. */
  changed(id: string): void {
    for (const topic of this.#topics.get(`account ${id}`) ?? []) this.#broadcaster.changed(topic)
  }

  /** Says that nothing is what it was: the log was cleared. */
  everythingChanged(): void {
    this.#found.clear()
    for (const topics of this.#topics.values()) for (const topic of topics) this.#broadcaster.changed(topic)
  }

  /** Says that the list of accounts is not what it was. */
  accountsChanged(): void {
    for (const topic of this.#topics.get('accounts') ?? []) this.#broadcaster.changed(topic)
  }

  /** Sets signals of one tab alone, as what was wrong with what it asked; if it is just reconnecting, when it is back. */
  tell(tab: string | undefined, signals: Readonly<Record<string, string | number>>): void {
    if (tab === undefined) return
    const message = frame((events) => events.patchSignals(JSON.stringify(signals)))
    this.#tabs.notifySubscriber(tab, (stream) => stream.send(message))
    if (this.#tabs.count(tab) === 0) this.#untold.set(tab, message)
  }

  /** Ends every stream in good order; the tabs come back when there is a server again. */
  async close(): Promise<void> {
    for (const stream of this.#tabs.snapshot()) stream.close()
    await this.#subscription.stop()
  }

  #register(stream: SseStream, tab: string | undefined): void {
    this.#tabs.register(stream, tab)
    const message = tab && this.#untold.get(tab)
    if (!message) return
    stream.send(message)
    this.#untold.delete(tab)
  }

  /** The past is sent to the tab alone, once; what it goes on watching is how much has happened since. */
  async #show(stream: SseStream, { version, count, isNews }: Look): Promise<void> {
    const page = this.#pages.get(stream)
    if (!page) return
    const { id, query } = page
    if (version === undefined) {
      this.#watch(stream, { type: 'account', id, query })
      return
    }
    const shown = await showAccount(this.#sources, id, query, { version })
    if (page.count !== count || stream.isClosed) return
    stream.sendNewest(
      'past',
      frame((events) => {
        if (isNews) events.patchSignals(JSON.stringify({ version }))
        events.patchElements(String(<PastParts shown={shown} />))
      }),
    )
    this.#watch(stream, { type: 'since', id, version: shown.then.version })
  }

  #watch(stream: SseStream, sight: Sight): void {
    const topic = JSON.stringify(sight)
    const subject = subjectOf(sight)
    this.#sights.set(topic, sight)
    this.#topics.set(subject, (this.#topics.get(subject) ?? new Set()).add(topic))
    this.#broadcaster.watch(topic, stream)
  }

  #left(topic: string): void {
    const sight = this.#sights.get(topic)
    if (!sight) return
    const subject = subjectOf(sight)
    const topics = this.#topics.get(subject)
    topics?.delete(topic)
    if (topics?.size === 0) this.#topics.delete(subject)
    this.#sights.delete(topic)
    this.#found.delete(topic)
  }

  async #render(topic: string): Promise<Frame> {
    const sight = this.#sights.get(topic)
    if (!sight) throw new Error(`Nobody watches ${topic}.`)
    switch (sight.type) {
      case 'account':
        return this.#renderAccount(topic, sight.id, sight.query)
      case 'since': {
        const { version } = await this.#sources.readings.current(sight.id)
        return patch(<Since version={sight.version} now={version} />)
      }
      case 'accounts': {
        const query = readAccountsQuery(new URLSearchParams(sight.query))
        const page = pageOf(await this.#sources.summaries.list(toListQuery(query)))
        return patch(<AccountsTable {...page} query={query} />)
      }
    }
  }

  async #renderAccount(topic: string, id: string, query: LogQuery): Promise<Frame> {
    const known = isSelective(query.filter) ? await this.#goOn(id, this.#found.get(topic)) : undefined
    const shown = await showAccount(this.#sources, id, query, { known })
    if (isSelective(query.filter) && this.#sights.has(topic)) this.#found.set(topic, shown.log)
    return patch(<LiveParts shown={shown} />)
  }

  /** A window with what has happened since; undefined if that is too much to look at, or the log is another. */
  async #goOn(id: string, window: LogWindow | undefined): Promise<LogWindow | undefined> {
    if (!window) return undefined
    const news = await this.#sources.store.read(id, { from: window.version + 1, limit: PAGE })
    return news.length < PAGE ? continueLog(window, news) : undefined
  }
}

const subjectOf = (sight: Sight): string => (sight.type === 'accounts' ? 'accounts' : `account ${sight.id}`)

const patch = (view: { toString(): string }): Frame =>
  frame((events) => events.patchElements(view.toString()))
