/** What a tab's page shows: what was pushed last of each part, as Datastar would put it there, and nothing older. */

/** What stands on the page of an account; balances are in cents. */
export interface AccountSeen {
  readonly type: 'account'
  /** Of the past; undefined if it is live. */
  readonly version: number | undefined
  readonly balance: number
  /** As it stands there: open, unless it says otherwise. */
  readonly status: string
  /** The newest event that the page knows of, and the one that its table begins with, 0 for none. */
  readonly newest: unknown
  readonly firstRow: number
  /** How many events it says there were since; undefined if it is live. */
  readonly since: number | undefined
}

/** What stands in the list of accounts: each row in short. */
export interface ListSeen {
  readonly type: 'accounts'
  readonly rows: readonly string[]
}

export type Seen = AccountSeen | ListSeen

export class Page {
  #signals: Readonly<Record<string, unknown>> = {}
  /** All parts of the view, which come together; and what came since for one of them. */
  #view = ''
  #since = ''

  get newest(): number {
    return Number(this.#signals._newest ?? 0)
  }

  /** One event of the stream, without the empty line that ends it. */
  apply(event: string): void {
    const [name = '', ...lines] = event.split('\n')
    if (name === 'event: datastar-patch-signals') {
      this.#signals = { ...this.#signals, ...JSON.parse(argumentIn('signals', lines)) }
    }
    if (name !== 'event: datastar-patch-elements') return
    const elements = argumentIn('elements', lines)
    if (elements.startsWith('<span id="since"')) {
      this.#since = elements
    } else {
      this.#view = elements
      this.#since = ''
    }
  }

  /** Undefined before anything was pushed. */
  seen(): Seen | undefined {
    const view = this.#view
    if (view === '') return undefined
    if (view.startsWith('<section id="accounts"')) return { type: 'accounts', rows: rowsIn(view) }
    const version = numberIn(/<header id="heading"[^>]* data-version="(\d+)"/, view)
    const since = numberIn(/<span id="since">([\d,]+) new/, this.#since || view) ?? 0
    return {
      type: 'account',
      version,
      balance: numberIn(/<output id="balance-amount".*?>(.*?)<\/output>/s, view) ?? Number.NaN,
      status: BADGE.exec(view)?.[1] ?? 'open',
      newest: this.#signals._newest,
      firstRow: numberIn(/<tr id="event-(\d+)"/, view) ?? 0,
      since: version === undefined ? undefined : since,
    }
  }
}

const BADGE = /<p id="balance-source" class="quiet"><b class="badge">(\w+)</

const argumentIn = (name: string, lines: readonly string[]): string => {
  const start = `data: ${name} `
  return lines
    .filter((line) => line.startsWith(start))
    .map((line) => line.slice(start.length))
    .join('\n')
}

/** Also an amount of money, in cents. */
const numberIn = (pattern: RegExp, text: string): number | undefined => {
  const [, found] = pattern.exec(text) ?? []
  return found === undefined ? undefined : Number(found.replace(/<.*?>|[^\d−]/g, '').replace('−', '-'))
}

export const rowOf = (account: string, status: string, balance: number, transactions: number): string =>
  `${account} is ${status} with ${balance} cents after ${transactions} transactions`

const rowsIn = (view: string): readonly string[] =>
  view
    .split('<tr id="/accounts/')
    .slice(1)
    .map((row) => {
      const [account = ''] = row.split('"', 1)
      const [, status = ''] = /<td class="status">(.*?)<\/td>/.exec(row) ?? []
      const balance = numberIn(/<td class="money">(.*?)<\/td>/, row) ?? Number.NaN
      const transactions = numberIn(/<td class="count">(.*?)<\/td>/, row) ?? Number.NaN
      return rowOf(account, status.replace(/<.*?>/g, ''), balance, transactions)
    })
    .sort()
