/** The form that says what of the log is looked for. It works without JavaScript; no push replaces it. */
import type { FC } from 'hono/jsx'
import { EVENT_TYPES, wordsFor } from '../../projection/event-words.ts'
import { isFiltering, type LogFilter, noFilter } from '../../projection/log-filter.ts'
import { dayOf, timeOf } from '../times.ts'
import { firstOf, lastOf, MAX_SEARCH, queryOf } from './log-query.ts'

interface FilterProps {
  readonly filter: LogFilter
  /** The version that the page shows, if that is one of the past. */
  readonly version: number | undefined
}

export const FilterForm: FC<FilterProps> = ({ filter, version }) => (
  <section id="log-filter" class="filter">
    <details id="log-filter-form">
      <summary>Filter the event log</summary>
      <form method="get">
        <input
          id="log-filter-version"
          type="hidden"
          name="version"
          value={version}
          data-attr:value="$version"
        />
        <fieldset>
          <legend>Events</legend>
          {EVENT_TYPES.map((type) => (
            <label>
              <input type="checkbox" name="type" value={type} checked={filter.types.includes(type)} />{' '}
              {wordsFor(type)}
            </label>
          ))}
        </fieldset>
        <Bound name="from" label="From" value={filter.from && firstOf(filter.from)} />
        <Bound name="until" label="Until" value={filter.until && lastOf(filter.until)} />
        <p class="field wide">
          <label for="log-filter-search">Reason, source, owner or account</label>
          <input
            id="log-filter-search"
            type="search"
            name="search"
            maxlength={MAX_SEARCH}
            value={filter.search}
          />
        </p>
        <button type="submit">Apply</button>
      </form>
    </details>
    {isFiltering(filter) && (
      <p>
        Showing only: <span class="note">{wordsOf(filter)}</span>.{' '}
        <a
          id="log-filter-clear"
          href={queryOf(noFilter, version === undefined ? {} : { version: String(version) })}
          data-attr:href="$version === '' ? '?' : '?version=' + $version"
        >
          Clear the filter
        </a>
      </p>
    )}
  </section>
)

interface BoundProps {
  readonly name: 'from' | 'until'
  readonly label: string
  readonly value: string | undefined
}

/** A day; only whoever put a time into the address gets that back, as it was. */
const Bound: FC<BoundProps> = ({ name, label, value = '' }) => (
  <p class="field">
    <label for={`log-filter-${name}`}>{label}</label>
    <input id={`log-filter-${name}`} type={isDay(value) ? 'date' : 'text'} name={name} value={value} />
  </p>
)

const isDay = (bound: string): boolean => bound.length <= 'YYYY-MM-DD'.length

const wordsOf = ({ types, from, until, search }: LogFilter): string =>
  [
    ...(types.length > 0 ? [types.map(wordsFor).join(', ')] : []),
    ...(from === undefined ? [] : [`from ${isDay(firstOf(from)) ? dayOf(from) : timeOf(from)}`]),
    ...(until === undefined ? [] : [`until ${isDay(lastOf(until)) ? dayOf(until) : timeOf(until)}`]),
    ...(search === '' ? [] : [`“${search}”`]),
  ].join('; ')
