/** What a statement looks like, on a screen and on paper. */
import type { Child, FC } from 'hono/jsx'
import { formatChange, formatMoney } from '../../events/money.ts'
import { PAGE } from '../../events/store.ts'
import { noteOf, wordsFor } from '../../projection/event-words.ts'
import type { Month } from '../../projection/month.ts'
import type { RunningBalance } from '../../projection/running-balance.ts'
import type { Standing, Statement } from '../../projection/statement.ts'
import { NoteText, unbroken } from '../account/event-log.tsx'
import { accountName, accountPath } from '../addresses.ts'
import type { Assets } from '../assets.ts'
import { Layout } from '../layout.tsx'
import type { Names } from '../names.ts'
import { dayOf, ZONE } from '../times.ts'
import { Trail } from '../trail.tsx'

/** `November 2026` */
export const nameOfMonth = ({ first }: Month): string => calendar.format(new Date(first))

const calendar = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric' })

export const nameOfClosing = (isOver: boolean): string => (isOver ? 'closing balance' : 'balance so far')

interface StatementPageProps {
  readonly id: string
  readonly statement: Statement
  /** What the first of the rows comes after. */
  readonly after: Standing
  /** Oldest first. */
  readonly rows: readonly RunningBalance[]
  /** What the other accounts of its transfers are called. */
  readonly names: Names
  readonly isOver: boolean
  readonly previous: Month | undefined
  readonly next: Month | undefined
  readonly assets: Assets
}

export const StatementPage: FC<StatementPageProps> = (props) => {
  const { id, statement, isOver, previous, next, assets } = props
  const { month, account, opening, closing, credited, debited } = statement
  const { currency } = account
  const title = accountName(id, account)
  const name = nameOfMonth(month)
  return (
    <Layout
      title={`${name}, ${title}`}
      trail={
        <Trail id={id} name={title}>
          <a href={accountPath(id, 'statements')}>Statements</a> / {name}
        </Trail>
      }
      assets={assets}
    >
      <article class="statement">
        <header>
          <h1>Statement for {name}</h1>
          <Holder id={id} title={title} />
          <p class="quiet">
            <Day at={month.first} /> to <Day at={month.last} />, days in {ZONE}
          </p>
          {!isOver && <p class="hint">The month is not over: this is how it stands so far.</p>}
        </header>
        <nav class="pages" aria-label="Statements">
          {previous && (
            <a href={accountPath(id, 'statements', previous.name)} rel="prev">
              ← {nameOfMonth(previous)}
            </a>
          )}
          {next && (
            <a href={accountPath(id, 'statements', next.name)} rel="next">
              {nameOfMonth(next)} →
            </a>
          )}
          <a href={accountPath(id, 'statements')}>All statements</a>
          <a href={accountPath(id, 'statements', `${month.name}.csv`)}>Download as CSV</a>
        </nav>
        <dl class="sums">
          <Sum name="Opening balance">{formatMoney(opening.balance, currency)}</Sum>
          <Sum name="In">{formatChange(credited, currency)}</Sum>
          <Sum name="Out">{formatChange(-debited, currency)}</Sum>
          <Sum name={capitalized(nameOfClosing(isOver))}>{formatMoney(closing.balance, currency)}</Sum>
        </dl>
        <Lines {...props} heading={`${name}, ${title}`} />
        <Parts {...props} />
      </article>
    </Layout>
  )
}

/** Who it is for. An account that goes by its owner's name has its own below it. */
export const Holder: FC<{ readonly id: string; readonly title: string }> = ({ id, title }) => (
  <p class="holder">
    {title}
    {title !== id && <small class="quiet">{` account ${id}`}</small>}
  </p>
)

const Sum: FC<{ readonly name: string; readonly children: string }> = ({ name, children }) => (
  <div>
    <dt>{name}</dt>
    <dd>{unbroken(children)}</dd>
  </div>
)

const Day: FC<{ readonly at: string }> = ({ at }) => <time datetime={at}>{dayOf(at)}</time>

/** Its head stands on every sheet of paper, and says there whose statement it is. */
const Lines: FC<StatementPageProps & { readonly heading: string }> = (props) => {
  const { id, statement, after, rows, names, isOver, heading } = props
  const { month, account, opening, closing } = statement
  const last = rows.at(-1) ?? { event: after, balance: after.balance }
  const isFirst = after.version === opening.version
  const isLast = last.event.version >= closing.version
  return (
    <table>
      <caption>{captionOf(props)}</caption>
      <colgroup>
        <col class="place" />
        <col class="day" />
        <col />
        <col class="number" />
        <col class="number" />
      </colgroup>
      <thead>
        <tr class="on-paper">
          <td colspan={5}>{heading}</td>
        </tr>
        <tr>
          <th scope="col" class="place">
            #
          </th>
          <th scope="col" class="day">
            Date
          </th>
          <th scope="col">Event</th>
          <th scope="col" class="number">
            Amount
          </th>
          <th scope="col" class="number">
            Balance
          </th>
        </tr>
      </thead>
      <tbody>
        <StandingLine
          name={isFirst ? 'Opening balance' : 'Brought forward'}
          at={isFirst ? month.first : undefined}
          balance={after.balance}
          currency={account.currency}
        />
        {rows.length === 0 && (
          <tr>
            <td class="place" />
            <td class="day" />
            <td colspan={3} class="quiet">
              Nothing happened in this month.
            </td>
          </tr>
        )}
        {rows.map((row) => (
          <Line id={id} row={row} currency={account.currency} names={names} />
        ))}
        <StandingLine
          name={isLast ? capitalized(nameOfClosing(isOver)) : 'Carried forward'}
          at={isLast && isOver ? month.last : undefined}
          balance={last.balance}
          currency={account.currency}
        />
      </tbody>
    </table>
  )
}

const captionOf = ({ statement: { opening, closing }, after, rows }: StatementPageProps): string => {
  const count = closing.version - opening.version
  if (rows.length === count) return 'Events, oldest first'
  const before = after.version - opening.version
  return `Events ${whole(before + 1)} to ${whole(before + rows.length)} of ${whole(count)}, oldest first`
}

const whole = (count: number): string => count.toLocaleString('en-US')

interface StandingLineProps {
  readonly name: string
  readonly at: string | undefined
  readonly balance: number
  readonly currency: string
}

const StandingLine: FC<StandingLineProps> = ({ name, at, balance, currency }) => (
  <tr class="carried">
    <td class="place" />
    <td class="day">{at && <Day at={at} />}</td>
    <th scope="row" colspan={2} data-day={at && dayOf(at)}>
      {name}
    </th>
    <td class="number after">{unbroken(formatMoney(balance, currency))}</td>
  </tr>
)

interface LineProps {
  readonly id: string
  readonly row: RunningBalance
  readonly currency: string
  readonly names: Names
}

/** On a narrow page the stylesheet shows the day under the event's name instead of in a column of its own. */
const Line: FC<LineProps> = ({ id, row: { event, change, balance }, currency, names }) => {
  const note = noteOf(event)
  return (
    <tr>
      <td class="place">
        <a href={accountPath(id, 'events', event.version)}>{event.version}</a>
      </td>
      <td class="day">
        <Day at={event.occurredAt} />
      </td>
      <td class="what" data-day={dayOf(event.occurredAt)}>
        {wordsFor(event.type)} {note && <NoteText note={note} names={names} />}
      </td>
      <td class={change > 0 ? 'number in' : 'number'}>
        {change !== 0 && unbroken(formatChange(change, currency))}
      </td>
      <td class="number after">{unbroken(formatMoney(balance, currency))}</td>
    </tr>
  )
}

/** The parts of a month that has more events than a page has lines. */
const Parts: FC<StatementPageProps> = ({ statement: { opening, closing }, after, rows }) => {
  const last = rows.at(-1)?.event.version ?? after.version
  const isFirst = after.version === opening.version
  const isLast = last >= closing.version
  if (isFirst && isLast) return null
  const before = after.version - PAGE
  const links: Child = [
    !isFirst && <a href={before > opening.version ? `?after=${before}` : '?'}>Previous part</a>,
    !isLast && <a href={`?after=${last}`}>Next part</a>,
  ]
  return (
    <nav class="pages" aria-label="Parts of this statement">
      {links}
    </nav>
  )
}

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
