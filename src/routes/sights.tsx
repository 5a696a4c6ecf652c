/** What tabs look at, and how it is rendered: once for all that look at the same. */
import { type EventStore, PAGE } from '../events/store.ts'
import { isSelective } from '../projection/log-filter.ts'
import { continueLog, type LogWindow } from '../projection/log-window.ts'
import type { SummaryTable } from '../projection/summary-table.ts'
import { type Frame, frame } from '../registry/frame.ts'
import { type AccountShown, type AccountSources, showAccount } from './account/account-shown.ts'
import { Parts, Since } from './account/account-view.tsx'
import type { LogQuery } from './account/log-query.ts'
import { pageOf, readAccountsQuery, toListQuery } from './accounts/accounts-query.ts'
import { AccountsTable } from './accounts/accounts-view.tsx'

export type Sight =
  | { readonly type: 'account'; readonly id: string; readonly query: LogQuery }
  /** What has happened since a version of the past; the past itself is sent to the tab alone. */
  | { readonly type: 'since'; readonly id: string; readonly version: number }
  | { readonly type: 'accounts'; readonly query: string }

/** What it is about: an account, or all of them. */
export const subjectOf = (sight: Sight): string =>
  sight.type === 'accounts' ? ACCOUNTS : accountSubject(sight.id)

export const ACCOUNTS = 'accounts'
export const accountSubject = (id: string): string => `account ${id}`

export interface SightSources extends AccountSources {
  readonly summaries: Pick<SummaryTable, 'list'>
}

export class SightViews {
  readonly #sources: SightSources
  /** Windows that a search found, so that what is new is looked at alone. By topic. */
  readonly #found = new Map<string, LogWindow>()

  constructor(sources: SightSources) {
    this.#sources = sources
  }

  async render(topic: string, sight: Sight): Promise<Frame> {
    switch (sight.type) {
      case 'account':
        return this.#account(topic, sight.id, sight.query)
      case 'since': {
        const { version } = await this.#sources.readings.current(sight.id)
        return patch({ _newest: version }, <Since version={sight.version} now={version} />)
      }
      case 'accounts': {
        const query = readAccountsQuery(new URLSearchParams(sight.query))
        const page = pageOf(await this.#sources.summaries.list(toListQuery(query)))
        return patch({}, <AccountsTable {...page} query={query} />)
      }
    }
  }

  /** The account as it was; a tab that `asked` for a time is told the version, too. */
  async past(
    id: string,
    query: LogQuery,
    { version, asked }: { readonly version: number; readonly asked: string | undefined },
  ): Promise<{ readonly frame: Frame; readonly version: number }> {
    const shown = await showAccount(this.#sources, id, query, { version, asked })
    const { version: shownVersion } = shown.then
    const told = asked === undefined ? {} : { version: shownVersion, asked: '' }
    const signals = { ...told, ...signalsOf(shown) }
    return { frame: patch(signals, <Parts shown={shown} />), version: shownVersion }
  }

  /** Nobody looks at it any more. */
  left(topic: string): void {
    this.#found.delete(topic)
  }

  async #account(topic: string, id: string, query: LogQuery): Promise<Frame> {
    const known = this.#found.get(topic)
    const window = known && (await goOn(this.#sources.store, id, known))
    const shown = await showAccount(this.#sources, id, query, { known: window })
    if (isSelective(query.filter)) this.#found.set(topic, shown.log)
    return patch(signalsOf(shown), <Parts shown={shown} />)
  }
}

/** What the parts that are not pushed go by. */
const signalsOf = ({ now, isPast }: AccountShown) => ({
  _past: isPast,
  _newest: now.version,
  _status: now.account.status,
})

/** A window with what has happened since; undefined if that is too much to look at. */
const goOn = async (
  store: Pick<EventStore, 'read'>,
  id: string,
  window: LogWindow,
): Promise<LogWindow | undefined> => {
  const news = await store.read(id, { from: window.version + 1, limit: PAGE })
  return news.length < PAGE ? continueLog(window, news) : undefined
}

const patch = (signals: Readonly<Record<string, unknown>>, view: { toString(): string }): Frame =>
  frame((events) => {
    if (Object.keys(signals).length > 0) events.patchSignals(JSON.stringify(signals))
    events.patchElements(view.toString())
  })
