/** What an account looks like. The same parts make the page when it is loaded and the frames that are pushed. */
import type { Child, FC } from 'hono/jsx'
import { formatChange, formatMoney } from '../events/money.ts'
import type { Account } from '../projection/account.ts'
import { type LogWindow, WINDOW } from '../projection/log-window.ts'
import type { RunningBalance } from '../projection/running-balance.ts'
import type { Assets } from './assets.ts'
import { Layout } from './layout.tsx'

/** One account at the head of its log. */
export interface AccountNow {
  readonly account: Account
  readonly version: number
}

interface AccountPageProps {
  readonly id: string
  readonly tab: string
  readonly log: LogWindow
  readonly before: number | undefined
  readonly canReset: boolean
  readonly assets: Assets
}

/**
 * The signals: `tab` names this tab to the server, `amount` is what is typed; those with an underscore stay in the
 * browser. The listener stands before `data-init`, since a request reports its start at once.
 */
export const AccountPage: FC<AccountPageProps> = ({ id, tab, log, before, canReset, assets }) => (
  <Layout
    title="Shared account"
    trail="Shared account"
    assets={assets}
    signals={{ tab, amount: '10.00', _error: '', _stream: 'Connecting...' }}
    status={<StreamState id={id} isLog={before === undefined} />}
  >
    <BalancePanel account={log.account} version={log.version} />
    <CommandForm id={id} canReset={canReset} />
    {before === undefined ? <EventLog log={log} /> : <OlderLog log={log} before={before} />}
  </Layout>
)

const STREAM_STATES = JSON.stringify({
  started: 'Connecting...',
  retrying: 'Reconnecting...',
  error: 'Reconnecting...',
  finished: 'Offline',
  'retries-failed': 'Offline',
})

const StreamState: FC<{ readonly id: string; readonly isLog: boolean }> = ({ id, isLog }) => (
  <p
    id="stream"
    class="stream"
    role="status"
    data-on:datastar-fetch={`evt.detail.el === el && ($_stream = ${STREAM_STATES}[evt.detail.type] ?? 'Live')`}
    data-init={`@get('/accounts/${id}/stream${isLog ? '' : '?show=balance'}', {retry: 'always', retryMaxCount: Infinity, retryMaxWait: 5000})`}
    data-attr:data-state="$_stream"
    data-text="$_stream"
  >
    Connecting...
  </p>
)

export const BalancePanel: FC<AccountNow> = ({ account, version }) => (
  <section id="balance" class="balance">
    <h1 id="balance-heading">Balance</h1>
    <output id="balance-amount" aria-labelledby="balance-heading">
      {formatMoney(account.balance, account.currency)}
    </output>
    <p id="balance-source" class="quiet">
      {version === 0
        ? 'Nothing has happened yet.'
        : `The sum of ${countOf(version)}, and stored nowhere else.`}
    </p>
  </section>
)

const CommandForm: FC<{ readonly id: string; readonly canReset: boolean }> = ({ id, canReset }) => (
  <form id="commands" class="commands" autocomplete="off">
    <label for="amount">Amount</label>
    <input id="amount" type="text" inputmode="decimal" data-bind="amount" />
    <div class="buttons">
      <button id="deposit" class="go" type="submit" data-on:click__prevent={post(id, 'deposit')}>
        Deposit
      </button>
      <button id="withdraw" type="button" data-on:click={post(id, 'withdraw')}>
        Withdraw
      </button>
    </div>
    <p
      id="error"
      class="error"
      role="alert"
      data-on:datastar-fetch={`evt.detail.el.id !== 'stream' && ${NOT_SENT}.includes(evt.detail.type) && ($_error = 'Not done: Passbook did not take the request. Try again.')`}
      data-text="$_error"
    ></p>
    {canReset && (
      <button id="reset" class="aside" type="button" data-on:click={post(id, 'reset')}>
        Reset
      </button>
    )}
    <noscript>
      <p>Reading works without JavaScript; depositing and withdrawing need it.</p>
    </noscript>
  </form>
)

const NOT_SENT = JSON.stringify(['error', 'retries-failed'])

/**
 * One request a click: a second click does not call off the first, and what is sent again after a network failure
 * carries the key of its click, so that it counts once. (`crypto.randomUUID` is missing on plain-HTTP networks.)
 */
const post = (id: string, command: string): string =>
  `@post('/accounts/${id}/${command}', {requestCancellation: 'disabled', headers: {'Idempotency-Key': crypto.getRandomValues(new Uint32Array(4)).join('-')}})`

/** The newest rows; this is what is pushed. */
export const EventLog: FC<{ readonly log: LogWindow }> = ({ log }) => (
  <section id="event-log" class="log">
    <LogTable rows={log.rows} currency={log.account.currency} />
    <Pages>{older(log)}</Pages>
  </section>
)

/** Rows of the past. They never change, so nothing is pushed to them. */
const OlderLog: FC<{ readonly log: LogWindow; readonly before: number }> = ({ log, before }) => (
  <section id="older-log" class="log">
    <LogTable rows={log.rows} currency={log.account.currency} />
    <Pages>
      <a href="?">Newest</a>
      {before + WINDOW <= log.version && <a href={`?before=${before + WINDOW}`}>Newer</a>}
      {older(log)}
    </Pages>
  </section>
)

const Pages: FC<{ readonly children: Child }> = ({ children }) => (
  <nav class="pages" aria-label="Pages of the event log">
    <p class="quiet">Newest first, times in {clock.resolvedOptions().timeZone}</p>
    {children}
  </nav>
)

const older = ({ rows }: LogWindow): Child => {
  const oldest = rows.at(-1)?.event.version ?? 1
  return oldest > 1 && <a href={`?before=${oldest}`}>Older</a>
}

interface LogTableProps {
  readonly rows: readonly RunningBalance[]
  readonly currency: string
}

const LogTable: FC<LogTableProps> = ({ rows, currency }) => (
  <table>
    <caption>Event log</caption>
    <thead>
      <tr>
        <th scope="col" class="number">
          #
        </th>
        <th scope="col">Event</th>
        <th scope="col" class="number">
          Amount
        </th>
        <th scope="col" class="number">
          Balance after
        </th>
        <th scope="col" class="time">
          Time
        </th>
      </tr>
    </thead>
    <tbody>
      {rows.length === 0 && (
        <tr>
          <td colspan={5} class="quiet">
            No events yet. The first deposit will stand here.
          </td>
        </tr>
      )}
      {rows.map((row) => (
        <LogRow row={row} currency={currency} />
      ))}
    </tbody>
  </table>
)

/** On a narrow page the stylesheet shows the time under the event's name instead of in a column of its own. */
const LogRow: FC<{ readonly row: RunningBalance; readonly currency: string }> = ({ row, currency }) => {
  const { event, change, balance } = row
  const time = formatTime(event.occurredAt)
  return (
    <tr id={`event-${event.version}`}>
      <td class="number quiet">{event.version}</td>
      <td class="event" data-time={time}>
        {event.type}
      </td>
      <td class={change > 0 ? 'number in' : 'number'}>{formatChange(change, currency)}</td>
      <td class="number after">{formatMoney(balance, currency)}</td>
      <td class="time quiet">
        <time datetime={event.occurredAt}>{time}</time>
      </td>
    </tr>
  )
}

const countOf = (version: number): string =>
  version === 1 ? 'one event' : `${version.toLocaleString('en-US')} events`

const clock = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})

/** In the server's time zone, since one view goes to all. */
const formatTime = (occurredAt: string): string => clock.format(new Date(occurredAt))
