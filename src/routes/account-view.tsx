/** What an account looks like. The same parts make the page when it is loaded and the frames that are pushed. */
import type { FC } from 'hono/jsx'
import { formatMoney } from '../events/money.ts'
import type { LogWindow } from '../projection/log-window.ts'
import type { Snapshot } from '../projection/snapshot.ts'
import type { Assets } from './assets.ts'
import { EventLog, OlderLog, unbroken } from './event-log.tsx'
import { followCommands, followStream, send, signalsOf, watch } from './expressions.ts'
import { Layout } from './layout.tsx'

interface AccountPageProps {
  readonly id: string
  /** Names this visit to the server. */
  readonly tab: string
  readonly log: LogWindow
  /** Where the rows end, on a page of the past. */
  readonly before: number | undefined
  readonly canReset: boolean
  readonly assets: Assets
}

export const AccountPage: FC<AccountPageProps> = ({ id, tab, log, before, canReset, assets }) => (
  <Layout
    title="Shared account"
    trail="Shared account"
    assets={assets}
    signals={signalsOf(tab)}
    status={<StreamState id={id} view={before === undefined ? 'log' : 'balance'} />}
  >
    <BalancePanel account={log.account} version={log.version} />
    <CommandForm id={id} />
    {before === undefined ? <EventLog log={log} /> : <OlderLog log={log} before={before} />}
    {canReset && <Reset id={id} />}
  </Layout>
)

/** Listens before it asks, since a request reports its start at once. A screen reader hears the news alone. */
const StreamState: FC<{ readonly id: string; readonly view: 'log' | 'balance' }> = ({ id, view }) => (
  <>
    <p
      id="stream"
      class="stream"
      data-on:datastar-fetch={followStream}
      data-init={watch(id, view)}
      data-attr:data-state="$_stream"
      data-text="$_stream"
    >
      Connecting...
    </p>
    <p id="stream-news" class="unseen" role="status" data-text="$_news"></p>
  </>
)

export const BalancePanel: FC<Snapshot> = ({ account, version }) => (
  <section id="balance" class="balance">
    <h1 id="balance-heading">Balance</h1>
    <output id="balance-amount" aria-labelledby="balance-heading">
      {unbroken(formatMoney(account.balance, account.currency))}
    </output>
    <p id="balance-source" class="quiet">
      {version === 0 ? 'Nothing has happened yet.' : `The sum of ${countOf(version)}.`}
    </p>
  </section>
)

const countOf = (version: number): string =>
  version === 1 ? 'one event' : `${version.toLocaleString('en-US')} events`

const CommandForm: FC<{ readonly id: string }> = ({ id }) => (
  <form id="commands" class="commands" autocomplete="off">
    <label for="amount">Amount</label>
    <input
      id="amount"
      type="text"
      inputmode="decimal"
      aria-describedby="error"
      data-bind="amount"
      data-on:input="$_error = ''"
    />
    <div class="buttons">
      <button id="deposit" class="go" type="submit" data-on:click__prevent={send(id, 'deposit')}>
        Deposit
      </button>
      <button id="withdraw" type="button" data-on:click={send(id, 'withdraw')}>
        Withdraw
      </button>
    </div>
    <p id="error" class="error" role="alert" data-on:datastar-fetch={followCommands} data-text="$_error"></p>
    <noscript>
      <p>Reading works without JavaScript; depositing and withdrawing need it.</p>
    </noscript>
  </form>
)

const Reset: FC<{ readonly id: string }> = ({ id }) => (
  <p id="reset-line" class="reset quiet">
    <button id="reset" type="button" data-on:click={send(id, 'reset')}>
      Reset
    </button>{' '}
    clears the log, for everybody.
  </p>
)
