/** The addresses of accounts, and the accounts that addresses name. */
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { streamName } from '../events/event.ts'
import { SHARED } from '../projection/account.ts'
import { nameOf } from '../projection/summary-table.ts'

/** Made of letters, digits and `%-._~/` alone: safe in an attribute, and in an expression of Datastar. */
export const accountPath = (account: string, ...rest: readonly (string | number)[]): string =>
  ['/accounts', ...[account, ...rest].map(segment)].join('/')

const segment = (text: string | number): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)

/** The account that the address names, or a 404 if none can have that name; the route has a parameter `account`. */
export const accountOf = (c: Context): string => {
  const account = c.req.param('account')
  if (account === undefined) throw new Error(`${c.req.routePath} names no account.`)
  if (!streamName.safeParse(account).success) throw notThere(account)
  return account
}

/** Throws a 404 for an account that has no event, but for the one that is there without having been opened. */
export const assertIsThere = (account: string, { version }: { readonly version: number }): void => {
  if (version === 0 && account !== SHARED) throw notThere(account)
}

const notThere = (account: string): HTTPException =>
  new HTTPException(404, { message: `There is no account at ${accountPath(account)}.` })

/** What an account is called. */
export const accountName = (account: string, { owner }: { readonly owner?: string }): string =>
  nameOf({ account, ...(owner !== undefined && { owner }) })
