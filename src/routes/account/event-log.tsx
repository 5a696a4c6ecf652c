/** The event log as a table, newest first: the window that is live, and those of the past. */
import type { Child, FC } from 'hono/jsx'
import { formatChange, formatMoney } from '../../events/money.ts'
import { type Note, noteOf, wordsFor } from '../../projection/event-words.ts'
import { isFiltering, noFilter } from '../../projection/log-filter.ts'
import type { LogWindow } from '../../projection/log-window.ts'
import type { RunningBalance } from '../../projection/running-balance.ts'
import { accountPath } from '../addresses.ts'
import { called, type Names } from '../names.ts'
import { timeOf, ZONE } from '../times.ts'
import { type Kept, queryOf } from './log-query.ts'

interface LogProps {
  readonly log: LogWindow
  /** The ids of the transfers whose money has left and arrived nowhere yet. */
  readonly inFlight?: ReadonlySet<string>
  /** What other accounts are called; one that is not in it goes by its stream. */
  readonly names?: Names
  /** The version that the page shows, if that is one of the past. */
  readonly at?: number | undefined
  readonly kept?: Kept
}

/** The newest rows; this is what is pushed. */
export const EventLog: FC<LogProps> = (props) => (
  <section id="event-log" class="log">
    <LogTable {...props} />
    <Pages {...props} />
  </section>
)

const Pages: FC<LogProps> = ({ log, kept }) => {
  const { filter, before, newer, older, lookedThrough } = log
  return (
    <nav class="pages" aria-label="Pages of the event log">
      <p class="quiet">
        {lookedThrough && `Looked through ${spanOf(lookedThrough)}. `}
        Newest first, times in {ZONE}
      </p>
      {before !== undefined && <a href={queryOf(filter, kept)}>Newest</a>}
      {newer !== undefined && <a href={queryOf(filter, kept, newer)}>Newer</a>}
      {older !== undefined && (
        <a href={queryOf(filter, kept, older)}>{lookedThrough ? 'Look further back' : 'Older'}</a>
      )}
    </nav>
  )
}

const spanOf = ({ newest, oldest }: { readonly newest: number; readonly oldest: number }): string =>
  `#${newest.toLocaleString('en-US')} to #${oldest.toLocaleString('en-US')}`

const LogTable: FC<LogProps> = ({ log, kept, ...marks }) => (
  <table>
    <caption>{isFiltering(log.filter) ? 'Event log, filtered' : 'Event log'}</caption>
    <thead>
      <tr>
        <th scope="col">#</th>
        <th scope="col" class="what">
          Event
        </th>
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
      {log.rows.length === 0 && (
        <tr>
          <td colspan={5} class="quiet">
            <Nothing log={log} {...(kept && { kept })} />
          </td>
        </tr>
      )}
      {log.rows.map((row) => (
        <LogRow row={row} currency={log.account.currency} {...marks} />
      ))}
    </tbody>
  </table>
)

/** Why there are no rows. */
const Nothing: FC<Pick<LogProps, 'log' | 'kept'>> = ({ log, kept }) => {
  const { version, upTo, before, lookedThrough } = log
  if (version === 0) return <>No events yet. The first deposit will stand here.</>
  if (upTo === 0) return <>Nothing had happened yet.</>
  const older = before === undefined ? 'No event' : 'No older event'
  return (
    <>
      {older} matches{lookedThrough && ' so far'}. <a href={queryOf(noFilter, kept)}>Clear the filter</a>
      {lookedThrough && ', or look further back.'}
    </>
  )
}

interface RowProps extends Omit<LogProps, 'log' | 'kept'> {
  readonly row: RunningBalance
  readonly currency: string
}

/** On a narrow page the stylesheet shows the time under the event's name instead of in a column of its own. */
const LogRow: FC<RowProps> = ({ row, currency, at, inFlight, names = new Map() }) => {
  const { event, change, balance } = row
  const { stream, version } = event
  const time = timeOf(event.occurredAt)
  const note = noteOf(event)
  const isHere = version === at
  return (
    <tr
      id={`event-${version}`}
      class={isHere ? 'here' : undefined}
      aria-current={isHere ? 'true' : undefined}
    >
      <td class="quiet">{version}</td>
      <td class="event" data-time={time}>
        <a class="name" href={accountPath(stream, 'events', version)}>
          {wordsFor(event.type)}
        </a>
        {event.type === 'transferredOut' && inFlight?.has(event.id) && (
          <>
            {' '}
            <span class="flight">in flight</span>
          </>
        )}
        {note && (
          <>
            {' '}
            <NoteText note={note} names={names} />
          </>
        )}
      </td>
      <td class={change > 0 ? 'number in' : 'number'}>
        {change !== 0 && unbroken(formatChange(change, currency))}
      </td>
      <td class="number after">{unbroken(formatMoney(balance, currency))}</td>
      <td class="time quiet">
        <time datetime={event.occurredAt}>{time}</time>
      </td>
    </tr>
  )
}

/** What people wrote, or the other account of a transfer. */
export const NoteText: FC<{ readonly note: Note; readonly names: Names }> = ({ note, names }) => (
  <small class="note">
    {note.type === 'text' ? (
      note.text
    ) : (
      <>
        {note.type} <a href={accountPath(note.account)}>{called(note.account, names)}</a>
        {note.text !== undefined && `: ${note.text}`}
      </>
    )}
  </small>
)

/** An amount is never broken, but for a long one where there is no room for it, and then after a comma. */
export const unbroken = (amount: string): Child => {
  if (amount.length <= 12) return amount
  return (
    <span class="long">{amount.split(/(?<=,)/).map((group, index) => [index > 0 && <wbr />, group])}</span>
  )
}
