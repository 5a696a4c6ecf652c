/** What can be asked of an account over the web. */
import { Hono } from 'hono'
import { LRUCache } from 'lru-cache'
import type { Command } from '../../commands/command.ts'
import { transferIdOf } from '../../commands/transfer-ids.ts'
import type { CurrentAccounts } from '../../projection/current-accounts.ts'
import { type Place, placeOf, type SummaryTable } from '../../projection/summary-table.ts'
import { frame } from '../../registry/frame.ts'
import { accountName, accountOf, assertIsThere } from '../addresses.ts'
import { type AnsweringContext, type Asked, answering, commandGuards, handled } from '../answering.ts'
import type { ErrorSignal } from '../expressions.ts'
import type { Signals } from '../signals.ts'
import { isBlank, moneyIn, requiredTextIn, textIn } from '../typed.ts'
import { type Payee, Payees } from './command-forms.tsx'

export interface CommandContext extends AnsweringContext {
  readonly accounts: CurrentAccounts
  readonly summaries: Pick<SummaryTable, 'list'>
  /** Clears the log, in every tab too; only for a store that can. */
  readonly reset: (() => Promise<void>) | undefined
}

/** To be mounted at an address with the parameter `account`. */
export const commandRoutes = (context: CommandContext): Hono => {
  const { accounts, summaries, reset } = context
  const routes = new Hono()

  const command = (name: string, error: ErrorSignal, read: (asked: Asked, currency: string) => Command) =>
    routes.post(`/${name}`, ...commandGuards, (c) =>
      answering(context, c, error, async (asked) => {
        const account = accountOf(c)
        const known = accounts.lastKnown(account)
        const now = known && known.version > 0 ? known : await accounts.current(account)
        assertIsThere(account, now)
        const error = await handled(context, account, asked, () => read(asked, now.account.currency))
        return error === '' ? { error, signals: { _done: name, ...emptied(asked.signals) } } : { error }
      }),
    )

  command('deposit', '_error', ({ signals }, currency) => {
    const source = textIn(signals.note)
    return {
      type: 'deposit',
      amount: moneyIn(signals.amount, currency),
      ...(source !== undefined && { source }),
    }
  })
  command('withdraw', '_error', ({ signals }, currency) => {
    const reason = textIn(signals.note)
    return {
      type: 'withdraw',
      amount: moneyIn(signals.amount, currency),
      ...(reason !== undefined && { reason }),
    }
  })
  command('transfer', '_transferError', ({ key, signals }, currency) => {
    const reason = textIn(signals.why)
    return {
      type: 'transfer',
      transferId: transferIdOf(key),
      to: requiredTextIn(signals.to, 'Choose the account to transfer to.'),
      amount: moneyIn(signals.sum, currency),
      ...(reason !== undefined && { reason }),
    }
  })
  command('freeze', '_standingError', ({ signals }) => ({
    type: 'freeze',
    reason: requiredTextIn(signals.why, 'Say why the account is to be frozen.'),
  }))
  for (const type of ['unfreeze', 'close'] as const) {
    command(type, '_standingError', ({ signals }) => {
      const reason = textIn(signals.why)
      return { type, ...(reason !== undefined && { reason }) }
    })
  }

  if (reset) {
    const done = new LRUCache<string, true>({ max: 1_000 })
    routes.post('/reset', ...commandGuards, (c) =>
      answering(context, c, '_standingError', async ({ key }) => {
        if (!done.has(key)) {
          done.set(key, true)
          await reset()
        }
        return { error: '', signals: { _done: 'reset' } }
      }),
    )
  }

  /** The accounts that money of this one can go to, for the tab that is about to choose. */
  routes.get('/payees', async (c) => {
    const id = accountOf(c)
    const { account, version } = await accounts.current(id)
    assertIsThere(id, { version })
    const payees = await payeesOf(summaries, id, account.currency)
    const events = frame((d) => d.patchElements(String(<Payees payees={payees} />)))
    return c.body(new Uint8Array(events.bytes('identity')), 200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
    })
  })
  return routes
}

/** How many accounts are looked through for those that money can go to, and how many at a time. */
const MAX_LOOKED_THROUGH = 5_000
const PAGE_OF_PAYEES = 500

/** By name: all that are open and in this currency, of as many accounts as are looked through. */
const payeesOf = async (
  summaries: Pick<SummaryTable, 'list'>,
  id: string,
  currency: string,
): Promise<readonly Payee[]> => {
  const payees: Payee[] = []
  let after: Place | undefined
  for (let looked = 0; looked < MAX_LOOKED_THROUGH; looked += PAGE_OF_PAYEES) {
    const page = await summaries.list({ sort: 'name', limit: PAGE_OF_PAYEES, ...(after && { after }) })
    for (const other of page) {
      const isPayee = other.account !== id && other.currency === currency && other.status === 'open'
      if (isPayee) payees.push({ account: other.account, name: accountName(other.account, other) })
    }
    const last = page.at(-1)
    if (!last || page.length < PAGE_OF_PAYEES) return payees
    after = placeOf(last, 'name')
  }
  return [...payees, { account: '', name: 'There are more accounts than can be listed here' }]
}

/** What was written for one command is not meant for the next; an amount may be. */
const emptied = (signals: Signals): Readonly<Record<string, string>> =>
  Object.fromEntries(
    ['note', 'sum', 'why'].filter((name) => !isBlank(signals[name])).map((name) => [name, '']),
  )
