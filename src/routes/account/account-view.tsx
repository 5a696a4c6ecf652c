/** What an account looks like. The same parts make the page when it is loaded and the frames that are pushed. */
import type { FC } from 'hono/jsx'
import { formatMoney } from '../../events/money.ts'
import { RULE_WORDS } from '../../projection/alerts.ts'
import { dayAndTimeAt } from '../../projection/day.ts'
import type { Reading } from '../../projection/reading.ts'
import { otherEndOf, type Transfer } from '../../projection/transfers-in-flight.ts'
import { accountName, accountPath } from '../addresses.ts'
import type { Assets } from '../assets.ts'
import { accountSignals, announceBalance, goLive, watch } from '../expressions.ts'
import { Layout } from '../layout.tsx'
import { called, type Names } from '../names.ts'
import { StreamState } from '../stream-state.tsx'
import { timeOf } from '../times.ts'
import { Trail } from '../trail.tsx'
import { type AccountShown, SHOWN_IN_FLIGHT } from './account-shown.ts'
import { BalanceChart } from './chart.tsx'
import { CommandForm, Dialogs, Standing } from './command-forms.tsx'
import { EventLog, unbroken } from './event-log.tsx'
import { FilterForm } from './log-filter-form.tsx'
import { queryOf } from './log-query.ts'
import { TimeTravel } from './time-travel.tsx'

interface AccountPageProps {
  readonly shown: AccountShown
  /** Names this visit to the server. */
  readonly tab: string
  readonly canReset: boolean
  readonly assets: Assets
}

export const AccountPage: FC<AccountPageProps> = ({ shown, tab, canReset, assets }) => {
  const { id, now, then, isPast, log } = shown
  const name = accountName(id, now.account)
  const version = isPast ? then.version : undefined
  const fields = askedIn(shown)
  const stream = accountPath(id, 'stream') + queryOf(log.filter, {}, log.before)
  return (
    <Layout
      title={version === undefined ? name : `${name} as of #${version}`}
      trail={<Trail id={id} name={name} />}
      assets={assets}
      signals={accountSignals(tab, now, { version, asked: shown.asked ?? '', ...fields })}
      status={<StreamState watch={watch(stream)} />}
    >
      <Heading shown={shown} />
      <div class="state">
        <BalancePanel shown={shown} />
        <Chart shown={shown} />
        <TimeTravel id={id} newest={now.version} version={version} {...fields} />
        <Alerts shown={shown} />
      </div>
      <div class="desk">
        <CommandForm id={id} isShut={isPast || now.account.status !== 'open'} />
        <Standing shown={shown} />
        <Papers id={id} />
      </div>
      <FilterForm filter={log.filter} version={version} />
      <Log shown={shown} />
      <Dialogs id={id} canReset={canReset} />
      <p
        id="balance-news"
        class="unseen"
        role="status"
        data-first={`${balanceHeading(shown)} ${balanceIn(then)}`}
        data-on:datastar-fetch={announceBalance}
      ></p>
    </Layout>
  )
}

/** As the fields of time have it. */
const askedIn = ({ asked }: AccountShown) =>
  asked === undefined ? { day: '', time: '' } : dayAndTimeAt(asked)

interface ShownProps {
  readonly shown: AccountShown
}

/** What is pushed of an account, as it is or as it was: everything that somebody may not be typing in, or moving. */
export const Parts: FC<ShownProps> = ({ shown }) => (
  <>
    <Heading shown={shown} />
    <BalancePanel shown={shown} />
    <Chart shown={shown} />
    <Alerts shown={shown} />
    <Standing shown={shown} />
    <Log shown={shown} />
  </>
)

/** Whose account it is; and, unmistakably, that this is the past, in as much room. */
const Heading: FC<ShownProps> = ({ shown: { id, now, then, isPast, thenAt } }) => (
  <header id="heading" class={isPast ? 'heading past' : 'heading'} data-version={isPast ? then.version : ''}>
    <h1 id="account-name">{accountName(id, now.account)}</h1>
    {isPast ? (
      <>
        <p>
          <strong>As of #{then.version}</strong>{' '}
          {thenAt === undefined ? 'before the first event' : <time datetime={thenAt}>{timeOf(thenAt)}</time>}
          {' · '}
          <Since version={then.version} now={now.version} />
        </p>
        <a
          id="live"
          class="button"
          href={accountPath(id)}
          aria-keyshortcuts="l"
          data-on:click__prevent={goLive}
        >
          Back to live
        </a>
      </>
    ) : (
      <p class="quiet">Account {id}</p>
    )}
  </header>
)

/** What is pushed to a tab that looks at the past. */
export const Since: FC<{ readonly version: number; readonly now: number }> = ({ version, now }) => (
  <span id="since">{now <= version ? 'nothing since' : `${countOf(now - version, 'new event')} since`}</span>
)

const BalancePanel: FC<ShownProps> = ({ shown }) => {
  const { id, then, isPast, transfers, names } = shown
  return (
    <section id="balance" class={isPast ? 'balance then' : 'balance'}>
      <h2 id="balance-heading">{balanceHeading(shown)}</h2>
      <output id="balance-amount" aria-labelledby="balance-heading">
        {unbroken(balanceIn(then))}
      </output>
      <p id="balance-source" class="quiet">
        {then.account.status !== 'open' && (
          <>
            <b class="badge">{then.account.status}</b>{' '}
          </>
        )}
        {sourceOf(shown)}
      </p>
      <InFlight id={id} transfers={isPast ? [] : transfers} names={names} currency={then.account.currency} />
    </section>
  )
}

const balanceHeading = ({ then, isPast }: AccountShown): string =>
  isPast ? `Balance as of #${then.version}` : 'Balance'

const balanceIn = ({ account }: Reading): string => formatMoney(account.balance, account.currency)

/** How much it is the sum of, and the time that was asked for. */
const sourceOf = ({ then: { version }, isPast, asked }: AccountShown): string => {
  const by = asked === undefined ? '' : ` by ${timeOf(asked)}`
  if (version === 0) return isPast ? `Nothing had happened yet${by}.` : 'Nothing has happened yet.'
  return isPast
    ? `The sum of the first ${countOf(version, 'event')}${by && `, all${by}`}.`
    : `The sum of ${countOf(version, 'event')}.`
}

const countOf = (count: number, what: string): string =>
  count === 1 ? `one ${what}` : `${count.toLocaleString('en-US')} ${what}s`

interface InFlightProps {
  readonly id: string
  readonly transfers: readonly Transfer[]
  readonly names: Names
  readonly currency: string
}

/** Money that has left one account and not arrived yet: for a moment, unless something is wrong. */
const InFlight: FC<InFlightProps> = ({ id, transfers, names, currency }) => (
  <ul id="in-flight" class="in-flight" aria-label="Transfers in flight">
    {transfers.slice(0, SHOWN_IN_FLIGHT).map((transfer) => {
      const other = otherEndOf(transfer, id)
      return (
        <li>
          <b class="flight">in flight</b> {formatMoney(transfer.amount, currency)}{' '}
          {transfer.from === id ? 'to' : 'from'} <a href={accountPath(other)}>{called(other, names)}</a>
        </li>
      )
    })}
    {transfers.length > SHOWN_IN_FLIGHT && <li>and {transfers.length - SHOWN_IN_FLIGHT} more in flight</li>}
  </ul>
)

const Chart: FC<ShownProps> = ({ shown: { now, then, isPast } }) => (
  <BalanceChart
    outline={now.outline}
    version={now.version}
    currency={now.account.currency}
    {...(isPast && { cursor: then.version, balance: then.account.balance })}
  />
)

/** The newest of what the rules took notice of. */
const Alerts: FC<ShownProps> = ({ shown: { id, then } }) => {
  const { count, alerts } = then.watch
  return (
    <section id="alerts" class="alerts">
      {count > 0 && (
        <details id="alerts-list" data-preserve-attr="open">
          <summary>
            <b class="badge">{count === 1 ? '1 alert' : `${count.toLocaleString('en-US')} alerts`}</b>
          </summary>
          <ol>
            {alerts.toReversed().map(({ rule, version, at }) => (
              <li>
                <a href={accountPath(id, 'events', version)}>#{version}</a> {RULE_WORDS[rule].name}:{' '}
                {RULE_WORDS[rule].explanation} <time datetime={at}>{timeOf(at)}</time>
              </li>
            ))}
          </ol>
          {count > alerts.length && (
            <p class="quiet">
              The newest {alerts.length} of {count.toLocaleString('en-US')}.
            </p>
          )}
        </details>
      )}
    </section>
  )
}

const Log: FC<ShownProps> = ({ shown }) => {
  const { log, then, isPast, transfers, names } = shown
  const props = {
    log,
    names,
    kept: keptIn(shown),
    // What is on its way now was not on its way then.
    inFlight: new Set(isPast ? [] : transfers.map(({ id }) => id)),
    at: isPast ? then.version : undefined,
  }
  return <EventLog {...props} />
}

/** What links within the page keep of its address. */
const keptIn = ({ then, isPast }: AccountShown): Readonly<Record<string, string>> =>
  isPast ? { version: String(then.version) } : {}

const Papers: FC<{ readonly id: string }> = ({ id }) => (
  <nav class="papers" aria-label="Papers">
    <a href={accountPath(id, 'statements')}>Monthly statements</a>
    <a href={accountPath(id, 'events.csv')}>Log as CSV</a>
    <a href={accountPath(id, 'events.json')}>Log as JSON</a>
    <a href={accountPath(id, 'training.csv')}>Training data</a>
  </nav>
)
