/** Which accounts the list shows, and in which order: all of it is in the address. */
import { HTTPException } from 'hono/http-exception'
import { z } from 'zod'
import { streamName } from '../../events/event.ts'
import {
  type AccountSummary,
  type ListQuery,
  PAGE_OF_ACCOUNTS,
  type Place,
  type Sort,
} from '../../projection/summary-table.ts'

const SORTED_BY = ['name', 'balance', 'transactions', 'activity'] as const satisfies readonly Sort[]

export type AccountsSort = (typeof SORTED_BY)[number]

export interface AccountsQuery {
  /** Empty for all accounts. */
  readonly search: string
  readonly sort: AccountsSort
  readonly descending: boolean
  /** Only accounts after this one; without it, from the first one on. */
  readonly after?: Place
}

export const MAX_SEARCH = 200

/** Names begin with A; what is counted or timed begins with the most or the latest. */
const descendsAtFirst = (sort: AccountsSort): boolean => sort !== 'name'

/** In the other direction, if it is sorted by that already. */
export const sortedBy = (query: AccountsQuery, sort: AccountsSort): Partial<AccountsQuery> => ({
  sort,
  descending: sort === query.sort ? !query.descending : descendsAtFirst(sort),
})

const accepted = (parameter: string, what: string): { readonly error: string } => ({
  error: `In the address, "${parameter}" takes ${what}.`,
})

/** Neither control characters nor halves of surrogate pairs, which not every store could look for. */
const line = /^[^\p{Cc}\p{Cs}]*$/u

const address = z.object({
  search: z
    .string()
    .trim()
    .refine(
      (text) => text.length <= MAX_SEARCH && line.test(text),
      accepted('search', `one line of at most ${MAX_SEARCH} characters`),
    )
    .default(''),
  sort: z.enum(SORTED_BY, accepted('sort', 'name, balance, transactions or activity')).default('activity'),
  order: z.enum(['asc', 'desc'], accepted('order', 'asc or desc')).optional(),
  after: z.string().optional(),
})

/** What a place knows of what the list is sorted by. An owner's 500 characters may be 1,000 in lower case. */
const KEYS: Readonly<Record<AccountsSort, z.ZodType<Place['key']>>> = {
  name: z.string().max(1_000).regex(line),
  balance: z.int(),
  transactions: z.int().nonnegative(),
  activity: z.iso.datetime({ precision: 3 }),
}

/** Reads the address, or what {@link canonical} made. Throws a 400 that says in one line what is accepted. */
export const readAccountsQuery = (params: URLSearchParams): AccountsQuery => {
  const { search, sort, order, after } = valid(address, Object.fromEntries(params))
  return {
    search,
    sort,
    descending: order === undefined ? descendsAtFirst(sort) : order === 'desc',
    ...(after !== undefined && { after: readPlace(after, sort) }),
  }
}

const readPlace = (token: string, sort: AccountsSort): Place => {
  const place = z.strictObject({ key: KEYS[sort], account: streamName }).safeParse(parseToken(token))
  if (place.success) return place.data
  throw new HTTPException(400, {
    message: accepted('after', 'what the link "Next" has there, with the same "sort"').error,
  })
}

const valid = <Output>(schema: z.ZodType<Output>, input: unknown): Output => {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  throw new HTTPException(400, { message: result.error.issues.map(({ message }) => message).join(' ') })
}

const parseToken = (token: string): unknown => {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString())
  } catch {
    return undefined
  }
}

const tokenOf = ({ key, account }: Place): string =>
  Buffer.from(JSON.stringify({ key, account })).toString('base64url')

/**
 * The shortest query string that says it; empty for the list as it is at first. One text for one list, so that it can
 * name a topic. Made of letters, digits and `*-._+%=&` alone: safe in an expression of Datastar, too.
 */
export const canonical = ({ search, sort, descending, after }: AccountsQuery): string => {
  const params = new URLSearchParams()
  if (search !== '') params.set('search', search)
  if (sort !== 'activity') params.set('sort', sort)
  if (descending !== descendsAtFirst(sort)) params.set('order', descending ? 'desc' : 'asc')
  if (after) params.set('after', tokenOf(after))
  return params.toString()
}

/** The same list from its first page on. */
export const firstPage = ({ search, sort, descending }: AccountsQuery): AccountsQuery => ({
  search,
  sort,
  descending,
})

/** The address of the list with these changes. It begins at the first page, unless the changes say after what. */
export const hrefOf = (query: AccountsQuery, changes: Partial<AccountsQuery> = {}): string => {
  const params = canonical({ ...firstPage(query), ...changes })
  return params === '' ? '/' : `/?${params}`
}

/** Asks for one account more than a page has, for {@link pageOf} to see whether there is another page. */
export const toListQuery = (query: AccountsQuery): ListQuery => ({ ...query, limit: PAGE_OF_ACCOUNTS + 1 })

export interface AccountsPage {
  readonly summaries: readonly AccountSummary[]
  readonly hasMore: boolean
}

export const pageOf = (listed: readonly AccountSummary[]): AccountsPage => ({
  summaries: listed.slice(0, PAGE_OF_ACCOUNTS),
  hasMore: listed.length > PAGE_OF_ACCOUNTS,
})
