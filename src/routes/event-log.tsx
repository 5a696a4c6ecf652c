/** The event log as a table, newest first: the window that is live, and those of the past. */
import type { Child, FC } from 'hono/jsx'
import { formatChange, formatMoney } from '../events/money.ts'
import { type LogWindow, WINDOW } from '../projection/log-window.ts'
import type { RunningBalance } from '../projection/running-balance.ts'

/** The newest rows; this is what is pushed. */
export const EventLog: FC<{ readonly log: LogWindow }> = ({ log }) => (
  <section id="event-log" class="log">
    <LogTable rows={log.rows} currency={log.account.currency} />
    <Pages>{older(log)}</Pages>
  </section>
)

/** Rows of the past. No event changes them, so nothing is pushed to them. */
export const OlderLog: FC<{ readonly log: LogWindow; readonly before: number }> = ({ log, before }) => (
  <section id="older-log" class="log">
    <LogTable rows={log.rows} currency={log.account.currency} />
    <Pages>
      <a href="?">Newest</a>
      {before + WINDOW <= log.version && <a href={`?before=${before + WINDOW}`}>Newer</a>}
      {older(log)}
    </Pages>
  </section>
)

const older = ({ rows }: LogWindow): Child => {
  const oldest = rows.at(-1)?.event.version ?? 1
  return oldest > 1 && <a href={`?before=${oldest}`}>Older</a>
}

const Pages: FC<{ readonly children: Child }> = ({ children }) => (
  <nav class="pages" aria-label="Pages of the event log">
    <p class="quiet">Newest first, times in {clock.resolvedOptions().timeZone}</p>
    {children}
  </nav>
)

interface LogTableProps {
  readonly rows: readonly RunningBalance[]
  readonly currency: string
}

const LogTable: FC<LogTableProps> = ({ rows, currency }) => (
  <table>
    <caption>Event log</caption>
    <thead>
      <tr>
        <th scope="col">#</th>
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
  const time = clock.format(new Date(event.occurredAt))
  return (
    <tr id={`event-${event.version}`}>
      <td class="quiet">{event.version}</td>
      <td class="event" data-time={time}>
        {event.type}
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

/** An amount is never broken, but for a long one where there is no room for it, and then after a comma. */
export const unbroken = (amount: string): Child => {
  if (amount.length <= 12) return amount
  return (
    <span class="long">{amount.split(/(?<=,)/).map((group, index) => [index > 0 && <wbr />, group])}</span>
  )
}

/** In the server's time zone, since one view goes to all. */
const clock = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})
