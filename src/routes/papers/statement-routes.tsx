/** An account's statements: the list of its months, and each month as a page and as a file. */
import { type Context, Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { z } from 'zod'
import type { EventStore } from '../../events/store.ts'
import {
  type Month,
  monthAfter,
  monthAt,
  monthBefore,
  monthNamed,
  monthsBack,
  yearOf,
} from '../../projection/month.ts'
import type { Readings } from '../../projection/readings.ts'
import {
  allRows,
  readRows,
  readStanding,
  readStatement,
  type Standing,
  type Statement,
} from '../../projection/statement.ts'
import { accountOf, assertIsThere } from '../addresses.ts'
import type { Assets } from '../assets.ts'
import { namesOf, othersIn } from '../names.ts'
import { download } from './download.ts'
import { statementCsv } from './statement-csv.ts'
import { nameOfClosing, nameOfMonth, StatementPage } from './statement-view.tsx'
import { StatementsPage } from './statements-view.tsx'

export interface StatementContext {
  readonly store: Pick<EventStore, 'read'>
  readonly readings: Pick<Readings, 'current' | 'past'>
  readonly assets: Assets
  readonly now: () => Date
}

/** To be mounted where the address names the account. */
export const statementRoutes = ({ store, readings, assets, now }: StatementContext): Hono => {
  const routes = new Hono()

  /** From the month of the account's first event to the present one; undefined before the first. */
  const lifeOf = async (account: string): Promise<Life | undefined> => {
    const [first] = await store.read(account, { limit: 1 })
    return first && { first: monthAt(first.occurredAt), current: monthAt(now()) }
  }

  routes.get('/statements', async (c) => {
    const account = accountOf(c)
    const until = untilYear(c)
    const reading = await readings.current(account)
    assertIsThere(account, reading)
    const life = await lifeOf(account)
    const months = life ? someYears(life, until) : []
    const oldest = months.at(-1)
    c.header('Cache-Control', 'no-store')
    return c.html(
      <StatementsPage
        id={account}
        account={reading.account}
        months={months}
        current={life?.current}
        older={life && oldest && oldest.name > life.first.name ? yearOf(oldest) : undefined}
        isNewest={until === undefined}
        assets={assets}
      />,
    )
  })

  /** Throws a 404 for a month that the account has no statement of. */
  const open = async (account: string, month: Month) => {
    const life = await lifeOf(account)
    assertIsThere(account, { version: life ? 1 : 0 })
    if (!life || month.name < life.first.name) {
      throw new HTTPException(404, { message: `Nothing had happened here yet in ${nameOfMonth(month)}.` })
    }
    if (month.name > life.current.name) {
      throw new HTTPException(404, { message: `${nameOfMonth(month)} is still to come.` })
    }
    return {
      statement: await readStatement(readings, account, month),
      isOver: month.name < life.current.name,
      previous: month.name > life.first.name ? monthBefore(month) : undefined,
      next: month.name < life.current.name ? monthAfter(month) : undefined,
    }
  }

  const asCsv = async (c: Context, name: string): Promise<Response> => {
    const account = accountOf(c)
    const month = monthIn(name)
    const { statement, isOver } = await open(account, month)
    const pages = allRows(store, account, statement.opening, statement.closing.version)
    const end = isOver ? month.last : now().toISOString()
    const csv = statementCsv(statement, pages, { end, closing: nameOfClosing(isOver) })
    return download(c, { account, what: `${month.name}.csv`, type: 'text/csv' }, csv)
  }

  const asPage = async (c: Context, name: string): Promise<Response> => {
    const account = accountOf(c)
    const month = monthIn(name)
    const version = afterVersion(c)
    const { statement, ...place } = await open(account, month)
    const after = version === undefined ? statement.opening : await startIn(statement, account, version)
    const rows = await readRows(store, account, after, statement.closing.version)
    c.header('Cache-Control', 'no-store')
    return c.html(
      <StatementPage
        id={account}
        statement={statement}
        after={after}
        rows={rows}
        names={await namesOf(readings, othersIn(rows.map(({ event }) => event)))}
        {...place}
        assets={assets}
      />,
    )
  }

  // One route for both: two that differ in a pattern alone would have Hono look for all routes in a slower way.
  routes.get('/statements/:month', (c) => {
    const [, name, isFile] = /^(.*?)(\.csv)?$/s.exec(c.req.param('month')) ?? []
    return isFile ? asCsv(c, String(name)) : asPage(c, String(name))
  })

  /** What a later part of a statement begins with. */
  const startIn = async (
    { opening, closing }: Statement,
    account: string,
    version: number,
  ): Promise<Standing> => {
    if (version >= opening.version && version < closing.version)
      return readStanding(readings, account, version)
    throw new HTTPException(404, { message: `This statement has nothing after event #${version}.` })
  }

  return routes
}

/** The months of which there are statements. */
interface Life {
  readonly first: Month
  readonly current: Month
}

/** How many years of months the list shows. */
const YEARS = 10

/** Newest first, from the present one or an earlier one on. */
const someYears = ({ first, current }: Life, until = current): readonly Month[] => {
  const newest = until.name < current.name ? until : current
  const oldest = monthNamed(`${fourDigits(yearOf(newest) - YEARS + 1)}-01`)
  return monthsBack(newest, oldest && oldest.name > first.name ? oldest : first)
}

const fourDigits = (year: number): string => String(year).padStart(4, '0')

/** The last month before the year that the address says, if it says one. */
const untilYear = (c: Context): Month | undefined => {
  const before = c.req.query('before')
  if (before === undefined) return undefined
  const month = /^\d{4}$/.test(before) ? monthNamed(`${fourDigits(Number(before) - 1)}-12`) : undefined
  if (month) return month
  throw new HTTPException(400, { message: 'In the address, "before" takes a year, such as 2020.' })
}

const monthIn = (name: string): Month => {
  const month = monthNamed(name)
  if (month) return month
  throw new HTTPException(400, {
    message: 'A statement is of one month; its address ends in one, such as 2026-11.',
  })
}

const version = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)
  .optional()

const afterVersion = (c: Context): number | undefined => {
  const after = version.safeParse(c.req.query('after'))
  if (after.success) return after.data
  throw new HTTPException(400, {
    message: 'In the address, "after" takes the number of an event, such as 500.',
  })
}
