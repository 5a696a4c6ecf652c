/** What the list of accounts looks like: the table, which is pushed, and what stands above it, which is not. */
import type { Child, FC } from 'hono/jsx'
import { formatMoney } from '../../events/money.ts'
import { emptyAccount } from '../../projection/account.ts'
import { type AccountSummary, placeOf } from '../../projection/summary-table.ts'
import { unbroken } from '../account/event-log.tsx'
import { accountName, accountPath } from '../addresses.ts'
import { followCommands, followOwn } from '../expressions.ts'
import { timeOf, ZONE } from '../times.ts'
import {
  type AccountsPage,
  type AccountsQuery,
  type AccountsSort,
  canonical,
  firstPage,
  hrefOf,
  MAX_SEARCH,
  sortedBy,
} from './accounts-query.ts'

interface AccountsTableProps extends AccountsPage {
  readonly query: AccountsQuery
}

/** One page of the list; this is what is pushed. No element of it has an attribute of Datastar. */
export const AccountsTable: FC<AccountsTableProps> = ({ summaries, query, hasMore }) => (
  <section id="accounts" class="accounts">
    <table>
      <caption class="unseen">Accounts</caption>
      <thead>
        <tr>
          <SortHeader sort="name" query={query} class="account">
            Account
          </SortHeader>
          <th scope="col" class="status">
            Status
          </th>
          <SortHeader sort="balance" query={query} class="money">
            Balance
          </SortHeader>
          <SortHeader sort="transactions" query={query} class="count">
            Transactions
          </SortHeader>
          <SortHeader sort="activity" query={query} class="last">
            Last activity
          </SortHeader>
          <th scope="col" class="alerts">
            Alerts
          </th>
        </tr>
      </thead>
      <tbody>
        {summaries.length === 0 && <Nothing query={query} />}
        {summaries.map((summary) => (
          <AccountRow summary={summary} />
        ))}
      </tbody>
    </table>
    <Pages query={query} last={hasMore ? summaries.at(-1) : undefined} />
  </section>
)

interface SortHeaderProps {
  readonly sort: AccountsSort
  readonly query: AccountsQuery
  readonly class: string
  readonly children: Child
}

/** Its link sorts by the column, or turns the order round if it is sorted by it. */
const SortHeader: FC<SortHeaderProps> = ({ sort, query, class: name, children }) => {
  const order = query.descending ? 'descending' : 'ascending'
  return (
    <th scope="col" class={name} aria-sort={query.sort === sort ? order : undefined}>
      <a id={`sort-${sort}`} href={hrefOf(query, sortedBy(query, sort))}>
        {children}
      </a>
    </th>
  )
}

/** Its address identifies the row: it goes where its account goes, and no name of an account can break it. */
const AccountRow: FC<{ readonly summary: AccountSummary }> = ({ summary }) => {
  const { account, status, balance, currency, transactions, lastActivityAt, watch } = summary
  const path = accountPath(account)
  const name = accountName(account, summary)
  return (
    <tr id={path}>
      <th scope="row" class="account">
        <a href={path}>{name}</a>
        {name !== account && <small>{account}</small>}
      </th>
      <td class="status">{status === 'open' ? status : <b class="badge">{status}</b>}</td>
      <td class="money">{unbroken(formatMoney(balance, currency))}</td>
      <td class="count">{count.format(transactions)}</td>
      <td class="last">
        <time datetime={lastActivityAt}>{timeOf(lastActivityAt)}</time>
      </td>
      <td class="alerts">
        {watch.count > 0 && (
          <a class="badge" href={`${path}#alerts`}>
            {watch.count === 1 ? '1 alert' : `${count.format(watch.count)} alerts`}
          </a>
        )}
      </td>
    </tr>
  )
}

const count = new Intl.NumberFormat('en-US')

const Nothing: FC<{ readonly query: AccountsQuery }> = ({ query }) => (
  <tr>
    <td colspan={6} class="nothing">
      {reasonFor(query)}
    </td>
  </tr>
)

const reasonFor = (query: AccountsQuery): Child => {
  if (query.after) return 'No accounts on this page.'
  if (query.search === '') return 'No accounts yet. Open the first one.'
  return (
    <>
      No account matches “{query.search}”. <a href={hrefOf(query, { search: '' })}>Show all accounts</a>
    </>
  )
}

interface PagesProps {
  readonly query: AccountsQuery
  /** The last account of this page, if there is another page. */
  readonly last: AccountSummary | undefined
}

const Pages: FC<PagesProps> = ({ query, last }) => (
  <nav class="pages" aria-label="Pages of accounts">
    <p class="quiet">Times in {ZONE}</p>
    {query.after && (
      <a id="accounts-first" href={hrefOf(query)}>
        First
      </a>
    )}
    {last && (
      <a id="accounts-next" href={hrefOf(query, { after: placeOf(last, query.sort) })}>
        Next
      </a>
    )}
  </nav>
)

/** What stands above the table. */
export const AccountsHead: FC<{ readonly query: AccountsQuery } & OpenAccountFormProps> = ({
  query,
  ...expressions
}) => (
  <header class="accounts-head">
    <h1>Accounts</h1>
    <OpenAccountForm {...expressions} />
    <SearchForm query={query} />
  </header>
)

/** Looks from the first page on and keeps the order. */
export const SearchForm: FC<{ readonly query: AccountsQuery }> = ({ query }) => (
  <search>
    <form id="search" class="search" action="/" method="get">
      <label for="search-text" class="unseen">
        Search accounts
      </label>
      <input
        id="search-text"
        type="search"
        name="search"
        placeholder="Owner or account"
        aria-keyshortcuts="/"
        maxlength={MAX_SEARCH}
        value={query.search}
      />
      {[...new URLSearchParams(canonical(firstPage({ ...query, search: '' })))].map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <button type="submit">Search</button>
    </form>
  </search>
)

interface OpenAccountFormProps {
  /** What Datastar does: show the dialog, send its signals `owner`, `currency` and `opening`, and close it again. */
  readonly open: string
  readonly submit: string
  readonly close: string
}

/** A button, and the dialog that it shows. What is wrong stands in the signal `_openError`. */
export const OpenAccountForm: FC<OpenAccountFormProps> = ({ open, submit, close }) => (
  <div class="opening">
    <button id="open-account-button" class="go" type="button" aria-keyshortcuts="o" data-on:click={open}>
      Open account
    </button>
    <noscript>
      <p class="quiet">Opening an account needs JavaScript.</p>
    </noscript>
    <dialog id="open-account" aria-labelledby="open-account-heading" data-on:close="$_openError = ''">
      <form
        id="open-account-form"
        autocomplete="off"
        data-on:submit__prevent={submit}
        data-on:input="$_openError = ''"
      >
        <h2 id="open-account-heading">Open an account</h2>
        <label for="owner">Owner</label>
        <input id="owner" type="text" required maxlength={MAX_OWNER} data-bind="owner" />
        <label for="currency">Currency</label>
        <select id="currency" data-bind="currency">
          {CURRENCIES.map(({ code, name }) => (
            <option value={code} selected={code === emptyAccount.currency}>
              {`${code} - ${name}`}
            </option>
          ))}
        </select>
        <label for="opening">Opening balance, if any</label>
        <input
          id="opening"
          class="amount"
          type="text"
          inputmode="decimal"
          placeholder="0"
          aria-describedby="open-error"
          data-bind="opening"
        />
        <p
          id="open-error"
          class="error"
          role="alert"
          data-on:datastar-fetch={followCommands('_openError')}
          data-text="$_openError"
        ></p>
        <div class="buttons">
          <button id="open-account-submit" class="go" type="submit" data-on:datastar-fetch={followOwn}>
            Open account
          </button>
          <button id="open-account-cancel" type="button" data-on:click={close}>
            Cancel
          </button>
        </div>
      </form>
    </dialog>
  </div>
)

const MAX_OWNER = 500

const names = new Intl.DisplayNames('en', { type: 'currency' })

/** Those that an account may have, in the order of their codes: one finds theirs by typing its first letters. */
const CURRENCIES = Intl.supportedValuesOf('currency').map((code) => ({ code, name: names.of(code) ?? code }))
