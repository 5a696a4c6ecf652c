/** The pushing side of the web: which tabs are open, what each of them watches, and what it is shown. */
import { LRUCache } from 'lru-cache'
import type { EventStore, Subscription } from '../events/store.ts'
import type { CurrentAccounts } from '../projection/current-accounts.ts'
import { readLogWindow } from '../projection/log-window.ts'
import { Broadcaster } from '../registry/broadcaster.ts'
import { type Frame, frame } from '../registry/frame.ts'
import { SseRegistry } from '../registry/sse-registry.ts'
import type { SseStream } from '../registry/sse-stream.ts'
import { BalancePanel } from './account-view.tsx'
import { EventLog } from './event-log.tsx'

/** `log` is the balance and the newest rows; `balance` is for pages whose rows lie in the past. */
export type View = 'log' | 'balance'

export interface LiveOptions {
  /** From which position on to follow the log. */
  readonly after: number
  readonly maxStreams: number
  readonly maxStreamsPerTab: number
  readonly onError: (error: unknown) => void
}

export class Live {
  readonly #tabs = new SseRegistry('tabs')
  /** What could not be told while a tab was between two streams. */
  readonly #untold = new LRUCache<string, Frame>({ max: 10_000, ttl: 60_000 })
  readonly #store: EventStore
  readonly #accounts: CurrentAccounts
  readonly #broadcaster: Broadcaster
  readonly #subscription: Subscription
  readonly #options: LiveOptions

  /** Whoever appends to the log, here or elsewhere, the tabs are shown it. */
  constructor(store: EventStore, accounts: CurrentAccounts, options: LiveOptions) {
    const { after, onError } = options
    this.#options = options
    this.#store = store
    this.#accounts = accounts
    this.#broadcaster = new Broadcaster((topic) => this.#render(topic), { onError })
    this.#subscription = store.subscribe(
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

  /** Registers the tab first and shows it the whole view then, so that no change falls in between. */
  open(stream: SseStream, tab: string | undefined, id: string, view: View): void {
    this.#tabs.register(stream, tab)
    this.#broadcaster.watch(`${view}/${id}`, stream)
    const message = tab && this.#untold.get(tab)
    if (!message) return
    stream.send(message)
    this.#untold.delete(tab)
  }

  /** Says that an account is not what it was. Events of the log say so by themselves. */
  changed(id: string): void {
    this.#broadcaster.changed(`log/${id}`)
    this.#broadcaster.changed(`balance/${id}`)
  }

  /** Tells one tab alone what was wrong, or '' for nothing; if it is just reconnecting, when it is back. */
  tell(tab: string | undefined, error: string): void {
    if (tab === undefined) return
    const message = error === '' ? NO_ERROR : errorFrame(error)
    this.#tabs.notifySubscriber(tab, (stream) => stream.send(message))
    if (this.#tabs.count(tab) === 0) this.#untold.set(tab, message)
  }

  /** Ends every stream in good order; the tabs come back when there is a server again. */
  async close(): Promise<void> {
    for (const stream of this.#tabs.snapshot()) stream.close()
    await this.#subscription.stop()
  }

  async #render(topic: string): Promise<Frame> {
    const [view, id = ''] = topic.split('/')
    if (view === 'balance') {
      const { account, version } = await this.#accounts.current(id)
      return patch(<BalancePanel account={account} version={version} />)
    }
    const log = await readLogWindow(this.#store, this.#accounts, id)
    return patch(
      <>
        <BalancePanel account={log.account} version={log.version} />
        <EventLog log={log} />
      </>,
    )
  }
}

const errorFrame = (error: string): Frame =>
  frame((events) => events.patchSignals(JSON.stringify({ _error: error })))

/** What nearly every command is told. */
const NO_ERROR = errorFrame('')

const patch = (view: { toString(): string }): Frame =>
  frame((events) => events.patchElements(view.toString()))
