import fc from 'fast-check'
import { HTTPException } from 'hono/http-exception'
import { describe, expect, it } from 'vitest'
import { emptyWatch } from '../../../src/projection/alerts.ts'
import { type AccountSummary, PAGE_OF_ACCOUNTS, type Place } from '../../../src/projection/summary-table.ts'
import {
  type AccountsQuery,
  type AccountsSort,
  canonical,
  hrefOf,
  MAX_SEARCH,
  pageOf,
  readAccountsQuery,
  sortedBy,
  toListQuery,
} from '../../../src/routes/accounts/accounts-query.ts'

const read = (address: string): AccountsQuery => readAccountsQuery(new URLSearchParams(address))

const refusalOf = (address: string): string => {
  try {
    return `It was read as ${JSON.stringify(read(address))}.`
  } catch (error) {
    if (error instanceof HTTPException && error.status === 400) return error.message
    throw error
  }
}

const tokenOf = (place: unknown): string => Buffer.from(JSON.stringify(place)).toString('base64url')

const line = (most: number) =>
  fc
    .string({ unit: 'grapheme', maxLength: most })
    .filter((text) => text.length <= most && !/\p{Cc}/u.test(text))

const account = line(200).filter((text) => text !== '')

const place = (key: fc.Arbitrary<Place['key']>): fc.Arbitrary<Place> => fc.record({ key, account })

const PLACES: Readonly<Record<AccountsSort, fc.Arbitrary<Place>>> = {
  name: place(line(500).map((name) => name.toLowerCase())),
  balance: place(fc.maxSafeInteger()),
  transactions: place(fc.maxSafeNat()),
  activity: place(
    fc
      .date({ min: new Date('2000'), max: new Date('2100'), noInvalidDate: true })
      .map((at) => at.toISOString()),
  ),
}

const query: fc.Arbitrary<AccountsQuery> = fc
  .constantFrom<AccountsSort>('name', 'balance', 'transactions', 'activity')
  .chain((sort) =>
    fc.record(
      {
        search: line(MAX_SEARCH).map((text) => text.trim()),
        sort: fc.constant(sort),
        descending: fc.boolean(),
        after: PLACES[sort],
      },
      { requiredKeys: ['search', 'sort', 'descending'] },
    ),
  )

describe('an address', () => {
  it('that says nothing lists the account that was active last first', () => {
    expect(read('')).toEqual({ search: '', sort: 'activity', descending: true })
  })

  it('says what to look for, by what to sort, in which order, and after which account', () => {
    const after = { key: 1_050, account: 'ann' }
    expect(read(`search=Ann+Archer&sort=balance&order=asc&after=${tokenOf(after)}`)).toEqual({
      search: 'Ann Archer',
      sort: 'balance',
      descending: false,
      after,
    })
  })

  it.each([
    ['name', false],
    ['balance', true],
    ['transactions', true],
    ['activity', true],
  ])('that sorts by %s without an order is descending: %s', (sort, descending) => {
    expect(read(`sort=${sort}`)).toMatchObject({ sort, descending })
  })

  it('looks for nothing, if that is blank', () => {
    expect(read('search=++').search).toBe('')
  })

  it('may say more, which is for others', () => {
    expect(read('datastar={}&sort=name')).toEqual(read('sort=name'))
  })

  it('comes back as the same list, for every list', () => {
    fc.assert(
      fc.property(query, (one) => {
        expect(read(canonical(one))).toEqual(one)
      }),
    )
  })

  it('is never more than what can stand in an expression of Datastar', () => {
    fc.assert(
      fc.property(query, (one) => {
        expect(canonical(one)).toMatch(/^[\w*\-.+%=&]*$/)
      }),
    )
  })
})

describe('an address that is refused', () => {
  it.each([
    ['sort=owner', '"sort" takes name, balance, transactions or activity.'],
    ['sort=', '"sort" takes name, balance, transactions or activity.'],
    ['order=down', '"order" takes asc or desc.'],
    [`search=${'a'.repeat(MAX_SEARCH + 1)}`, '"search" takes one line of at most 200 characters.'],
    ['search=a%00b', '"search" takes one line of at most 200 characters.'],
    ['search=a%0Ab', '"search" takes one line of at most 200 characters.'],
  ])('%s is told what is accepted', (address, message) => {
    expect(refusalOf(address)).toBe(`In the address, ${message}`)
  })

  it.each([
    ['no token at all', 'after='],
    ['no token of ours', 'after=!'],
    ['not a place', `after=${tokenOf(7)}`],
    ['of an account without a name', `after=${tokenOf({ key: '2026-11-20T10:41:07.123Z', account: '' })}`],
    [
      'of an account with half a character',
      `after=${tokenOf({ key: '2026-11-20T10:41:07.123Z', account: '\ud800' })}`,
    ],
    ['more than a place', `after=${tokenOf({ key: '2026-11-20T10:41:07.123Z', account: 'ann', or: 1 })}`],
    ['a time that is none', `after=${tokenOf({ key: 'tomorrow', account: 'ann' })}`],
    ['a name with half a character', `sort=name&after=${tokenOf({ key: '\udfff', account: 'ann' })}`],
    ['a fraction', `sort=balance&after=${tokenOf({ key: 0.5, account: 'ann' })}`],
    ['less than nothing', `sort=transactions&after=${tokenOf({ key: -1, account: 'ann' })}`],
    ['a place in another order', `sort=balance&after=${tokenOf({ key: 'ann', account: 'ann' })}`],
  ])('goes on after %s', (_, address) => {
    expect(refusalOf(address)).toBe(
      'In the address, "after" takes what the link "Next" has there, with the same "sort".',
    )
  })
})

describe('a link', () => {
  const list: AccountsQuery = { search: 'ann', sort: 'name', descending: true }

  it('is as short as it can be', () => {
    expect(hrefOf(read(''))).toBe('/')
    expect(hrefOf(read('sort=activity&order=desc&search='))).toBe('/')
    expect(hrefOf(read('sort=name&order=asc'))).toBe('/?sort=name')
    expect(hrefOf(list)).toBe('/?search=ann&sort=name&order=desc')
  })

  it('leads to the first page, unless it says after which account to go on', () => {
    const after = { key: 'ann', account: 'a1' }
    const here = { ...list, after }
    expect(hrefOf(here)).toBe(hrefOf(list))
    expect(hrefOf(here, { search: 'ben' })).toBe(hrefOf({ ...list, search: 'ben' }))
    expect(read(hrefOf(list, { after }).slice(2))).toEqual(here)
  })

  it('turns the order round when it sorts by what the list is sorted by already', () => {
    expect(hrefOf(list, sortedBy(list, 'name'))).toBe('/?search=ann&sort=name')
  })

  it.each([
    ['balance', true],
    ['name', false],
  ] as const)('sorts by %s descending at first: %s', (sort, descending) => {
    const other = { ...list, sort: 'transactions' } as const
    expect(sortedBy(other, sort)).toEqual({ sort, descending })
    expect(sortedBy({ ...other, descending: false }, sort)).toEqual({ sort, descending })
  })
})

describe('a page', () => {
  const listed = (count: number): readonly AccountSummary[] =>
    Array.from({ length: count }, (_, index) => ({
      account: `a${index}`,
      currency: 'USD',
      balance: 0,
      status: 'open',
      version: 1,
      lastActivityAt: '2026-11-20T10:41:07.123Z',
      transactions: 0,
      watch: emptyWatch,
    }))

  it('is asked for with one account more than it has', () => {
    const one = read('search=ann&sort=balance')
    expect(toListQuery(one)).toEqual({ ...one, limit: PAGE_OF_ACCOUNTS + 1 })
  })

  it('is the last one when that account is not there', () => {
    const all = listed(PAGE_OF_ACCOUNTS)
    expect(pageOf(all)).toEqual({ summaries: all, hasMore: false })
  })

  it('is followed by another when it is, and does not show it', () => {
    const all = listed(PAGE_OF_ACCOUNTS + 1)
    expect(pageOf(all)).toEqual({ summaries: all.slice(0, -1), hasMore: true })
  })
})
