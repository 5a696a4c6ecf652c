/** The route that opens accounts. */
import { Hono } from 'hono'
import { eventId } from '../../commands/decide-together.ts'
import { accountPath } from '../addresses.ts'
import { type AnsweringContext, answering, commandGuards, handled } from '../answering.ts'
import { currencyIn, isBlank, moneyIn, requiredTextIn } from '../typed.ts'

/** To be mounted where all accounts are. The tab is told where to go: to the account that was opened. */
export const openingRoutes = (context: AnsweringContext): Hono => {
  const routes = new Hono()
  routes.post('/', ...commandGuards, (c) =>
    answering(context, c, '_openError', async (asked) => {
      const { owner, currency: typed, opening } = asked.signals
      const account = newAccount(asked.key)
      const error = await handled(context, account, asked, () => {
        const currency = currencyIn(typed)
        return {
          type: 'open',
          owner: requiredTextIn(owner, 'Say whose account it is.'),
          currency,
          openingBalance: isBlank(opening) ? 0 : moneyIn(opening, currency),
        }
      })
      return error === '' ? { error, signals: { _goto: accountPath(account) } } : { error }
    }),
  )
  return routes
}

/** The address of the account that a command opens: the same for the same key, so that a repeat opens no other. */
const newAccount = (key: string): string => eventId(`account ${key}`).replaceAll('-', '').slice(0, 12)
