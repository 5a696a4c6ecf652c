import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emptyWatch } from '../../../src/projection/alerts.ts'
import type { AccountSummary } from '../../../src/projection/summary-table.ts'
import { readAccountsQuery } from '../../../src/routes/accounts/accounts-query.ts'
import { AccountsHead, AccountsTable } from '../../../src/routes/accounts/accounts-view.tsx'
import { accountPath } from '../../../src/routes/addresses.ts'

const summary = (changes: Partial<AccountSummary> = {}): AccountSummary => ({
  account: 'a1',
  owner: 'Ann Archer',
  currency: 'USD',
  balance: 130_000,
  status: 'open',
  version: 4,
  lastActivityAt: '2026-11-20T10:41:07.123Z',
  transactions: 1_234,
  watch: emptyWatch,
  ...changes,
})

const { owner: _, ...NOBODYS } = summary()

interface Given {
  readonly address?: string
  readonly hasMore?: boolean
}

const table = (summaries: readonly AccountSummary[], { address = '', hasMore = false }: Given = {}): string =>
  String(
    <AccountsTable
      summaries={summaries}
      query={readAccountsQuery(new URLSearchParams(address))}
      hasMore={hasMore}
    />,
  )

const head = (address = ''): string =>
  String(
    <AccountsHead
      query={readAccountsQuery(new URLSearchParams(address))}
      open="show()"
      submit="send()"
      close="hide()"
    />,
  )

const one = (changes: Partial<AccountSummary> = {}): string => table([summary(changes)])

/** What is read where markup ends and begins. */
const textOf = (html: string): string => html.replaceAll(/<[^>]*>/g, '|').replaceAll(/\|+/g, '|')

const hrefs = (html: string): readonly (string | undefined)[] =>
  [...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href?.replaceAll('&amp;', '&'))

describe('the row of an account', () => {
  it('says whose it is, where it is, how it stands and when something last happened', () => {
    expect(textOf(one())).toContain('|Ann Archer|a1|open|$1,300.00|1,234|20 Nov 2026, ')
    expect(one()).toContain('<time datetime="2026-11-20T10:41:07.123Z">')
  })

  it('leads to the account and has its address for an id', () => {
    const html = one({ account: 'a/"1"' })
    expect(html).toContain('<tr id="/accounts/a%2F%221%22">')
    expect(html).toContain('<a href="/accounts/a%2F%221%22">Ann Archer</a>')
  })

  it('has the account for a name, once, if nobody is known to own it', () => {
    expect(textOf(table([NOBODYS]))).toContain('|Alerts|a1|open|')
  })

  it('calls the account that everybody shares by that', () => {
    expect(textOf(table([{ ...NOBODYS, account: 'shared' }]))).toContain('|Shared account|shared|open|')
  })

  it('calls that account by its owner, if it has one', () => {
    expect(textOf(one({ account: 'shared' }))).toContain('|Ann Archer|shared|')
  })

  it.each(['frozen', 'closed'] as const)('has a badge, if it is %s', (status) => {
    expect(one({ status })).toContain(`<b class="badge">${status}</b>`)
  })

  it('has none, if it is open', () => {
    expect(one()).not.toContain('badge')
  })

  it.each([
    [1, '1 alert'],
    [2, '2 alerts'],
    [1_234, '1,234 alerts'],
  ])('leads to %i alerts in words', (count, words) => {
    expect(one({ watch: { ...emptyWatch, count } })).toContain(
      `<a class="badge" href="/accounts/a1#alerts">${words}</a>`,
    )
  })

  it('leaves the cell empty where there is no alert', () => {
    expect(one()).toContain('<td class="alerts"></td>')
  })

  it('writes money as its currency does', () => {
    expect(textOf(one({ balance: 1_234, currency: 'JPY' }))).toContain('|¥1,234|')
  })
})

describe('what people wrote', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1 }),
    fc.string({
      unit: fc.constantFrom('<', '>', '"', "'", '&', '`', '$', '{', '@', ' ', '/', 'a'),
      minLength: 1,
    }),
  )
  const tagsOf = (html: string) => html.match(/<\/?[a-z]+/g)
  const namesOf = (html: string) => html.match(/ [\w:-]+="/g)

  it('adds no element and no attribute, whatever it is', () => {
    fc.assert(
      fc.property(text, text, (account, owner) => {
        const address = String(new URLSearchParams({ search: owner.replaceAll(/\p{Cc}/gu, '') }))
        const html = table([summary({ account: `${account}!`, owner: `${owner}?` })], { address })
        expect(tagsOf(html)).toEqual(tagsOf(one()))
        expect(namesOf(html)).toEqual(namesOf(one()))
      }),
      { examples: [['<i title="">', '<b onclick="alert()">']] },
    )
  })

  it('is in no attribute but an address', () => {
    fc.assert(
      fc.property(text, (account) => {
        const html = one({ account, owner: 'Ann' })
        const values = [...html.matchAll(/(?: id| href)="([^"]*)"/g)].map(([, value]) => value)
        expect(values).toContain(accountPath(account))
        for (const value of values) expect(value).toMatch(/^[\w/?=&;%.~*+-]*$/)
      }),
    )
  })

  it('is never a program: the table has no attribute of Datastar', () => {
    expect(one({ owner: 'Ann' })).not.toContain('data-')
  })

  it('stands in the search field as it was typed', () => {
    expect(head('search=%22%3E%3Cb%3E')).toContain('value="&quot;&gt;&lt;b&gt;"')
  })
})

describe('the headers', () => {
  it.each([
    ['', 'activity', 'descending'],
    ['sort=name', 'name', 'ascending'],
    ['sort=balance&order=asc', 'balance', 'ascending'],
    ['sort=transactions', 'transactions', 'descending'],
  ])('of ?%s say that it is sorted by %s, %s', (address, sort, order) => {
    const html = table([summary()], { address })
    expect(html.match(/aria-sort/g)).toHaveLength(1)
    expect(html).toMatch(new RegExp(`aria-sort="${order}"><a id="sort-${sort}"`))
  })

  it('sort by their columns, and turn round the order of the one that it is sorted by', () => {
    expect(hrefs(table([], { address: 'search=ann&sort=balance' })).slice(0, 4)).toEqual([
      '/?search=ann&sort=name',
      '/?search=ann&sort=balance&order=asc',
      '/?search=ann&sort=transactions',
      '/?search=ann',
    ])
  })

  it('are of columns and of rows', () => {
    const html = one()
    expect(html.match(/<th scope="col"/g)).toHaveLength(6)
    expect(html.match(/<th scope="row"/g)).toHaveLength(1)
  })
})

describe('a list without accounts', () => {
  it('says that there are none yet', () => {
    expect(textOf(table([]))).toContain('|No accounts yet. Open the first one.|')
  })

  it('says that nothing matches, and leads back to all in the same order', () => {
    const html = table([], { address: 'search=%3Cb%3E&sort=name' })
    expect(textOf(html)).toContain('|No account matches “&lt;b&gt;”. |Show all accounts|')
    expect(html).toContain('<a href="/?sort=name">Show all accounts</a>')
  })

  it('says that this page has none, and leads back to the first', () => {
    const next = hrefs(table([summary()], { hasMore: true })).at(-1) ?? ''
    const html = table([], { address: next.slice(2) })
    expect(textOf(html)).toContain('|No accounts on this page.|')
    expect(html).toContain('<a id="accounts-first" href="/">First</a>')
  })
})

describe('the pages', () => {
  it('go on after the last account of this one, in the same order', () => {
    const html = table([summary(), summary({ account: 'b2', balance: 7 })], {
      address: 'search=a&sort=balance',
      hasMore: true,
    })
    expect(html).toContain('id="accounts-next"')
    expect(readAccountsQuery(new URLSearchParams(hrefs(html).at(-1)?.slice(2)))).toEqual({
      search: 'a',
      sort: 'balance',
      descending: true,
      after: { key: 7, account: 'b2' },
    })
  })

  it('have no next one after the last, and no way to the first on the first', () => {
    expect(one()).not.toMatch(/accounts-(next|first)/)
  })
})

describe('the search', () => {
  it('keeps the order', () => {
    const html = head('sort=balance&order=asc&search=ann')
    expect(html).toContain('<input type="hidden" name="sort" value="balance"/>')
    expect(html).toContain('<input type="hidden" name="order" value="asc"/>')
    expect(html.match(/name="search"/g)).toHaveLength(1)
  })

  it('begins at the first page', () => {
    const next = hrefs(table([summary()], { hasMore: true })).at(-1) ?? ''
    expect(head(next.slice(2))).not.toContain('name="after"')
  })
})

describe('what stands above the table', () => {
  it.each([
    ['o', 'button', 'open-account-button'],
    ['/', 'input', 'search-text'],
  ])('has the shortcut %s', (key, element, id) => {
    expect(head()).toMatch(new RegExp(`<${element} id="${id}"[^>]* aria-keyshortcuts="${key}"`))
  })
})

describe('opening an account', () => {
  it('does what it is given, from the button, the form and the way out', () => {
    const html = head()
    expect(html).toMatch(/<button id="open-account-button"[^>]* data-on:click="show\(\)"/)
    expect(html).toMatch(/<form id="open-account-form"[^>]* data-on:submit__prevent="send\(\)"/)
    expect(html).toMatch(/<button id="open-account-cancel"[^>]* data-on:click="hide\(\)"/)
  })

  it.each(['owner', 'currency', 'opening'])('binds the signal %s', (signal) => {
    expect(head()).toMatch(new RegExp(`<(input|select) id="${signal}"[^>]* data-bind="${signal}"`))
  })

  it('has every currency, by its code and its name, and dollars first chosen', () => {
    const html = head()
    expect(html.match(/<option/g)).toHaveLength(Intl.supportedValuesOf('currency').length)
    expect(html).toContain('<option value="EUR">EUR - Euro</option>')
    expect(html.match(/selected=""/g)).toHaveLength(1)
    expect(html).toContain('<option value="USD" selected="">')
  })

  it('says that it needs JavaScript where there is none', () => {
    expect(head()).toContain('<noscript><p class="quiet">Opening an account needs JavaScript.</p></noscript>')
  })
})
