/** The list of an account's statements: its months, year by year. */
import type { FC } from 'hono/jsx'
import type { Account } from '../../projection/account.ts'
import { type Month, yearOf } from '../../projection/month.ts'
import { accountName, accountPath } from '../addresses.ts'
import type { Assets } from '../assets.ts'
import { Layout } from '../layout.tsx'
import { Trail } from '../trail.tsx'
import { Holder } from './statement-view.tsx'

interface StatementsPageProps {
  readonly id: string
  readonly account: Account
  /** Newest first. */
  readonly months: readonly Month[]
  /** The month that is not over; undefined if there are none. */
  readonly current: Month | undefined
  /** The year before which there are more months. */
  readonly older: number | undefined
  readonly isNewest: boolean
  readonly assets: Assets
}

export const StatementsPage: FC<StatementsPageProps> = ({ id, account, months, current, ...props }) => {
  const { older, isNewest, assets } = props
  const title = accountName(id, account)
  const years = [...new Set(months.map(yearOf))]
  return (
    <Layout
      title={`Statements, ${title}`}
      trail={
        <Trail id={id} name={title}>
          Statements
        </Trail>
      }
      assets={assets}
    >
      <article class="statements">
        <h1>Statements</h1>
        <Holder id={id} title={title} />
        {months.length === 0 && (
          <p class="quiet">{isNewest ? 'Nothing has happened here yet.' : 'There are none that far back.'}</p>
        )}
        {years.map((year) => (
          <section class="year" aria-labelledby={`year-${year}`}>
            <h2 id={`year-${year}`}>{year}</h2>
            <ul>
              {months
                .filter((month) => yearOf(month) === year)
                .map((month) => (
                  <li>
                    <a href={accountPath(id, 'statements', month.name)}>
                      {monthAlone.format(new Date(month.first))}
                      <span class="unseen"> {year}</span>
                    </a>
                    {month.name === current?.name && <small> so far</small>}
                  </li>
                ))}
            </ul>
          </section>
        ))}
        {(older !== undefined || !isNewest) && (
          <nav class="pages" aria-label="Years">
            {!isNewest && <a href="?">Newest</a>}
            {older !== undefined && <a href={`?before=${older}`}>Older</a>}
          </nav>
        )}
      </article>
    </Layout>
  )
}

const monthAlone = new Intl.DateTimeFormat('en-GB', { month: 'long' })
