/**
 * What the fold makes of the golden log: of each account the state at each of its versions, for each version of the
 * fold. A table is written once, when its fold is, and never changed: another fold is another FOLD_VERSION.
 */
import type { Account } from '../../src/projection/account.ts'

const account =
  (currency: string, owner?: string) =>
  (balance: number, status: Account['status'] = 'open'): Account => ({
    currency,
    balance,
    status,
    ...(owner !== undefined && { owner }),
  })

const [alice, bob, carol] = [account('USD', 'Alice'), account('USD', 'u-7'), account('USD', 'Carol')]
const [dave, erin, erased] = [account('USD', 'Dave'), account('USD', 'unknown'), account('USD', '[erased]')]
const [shared, fay, gus] = [account('USD'), account('JPY', 'Fay'), account('KWD', '[erased]')]

export const FOLDS: Readonly<Record<number, Readonly<Record<string, readonly Account[]>>>> = {
  1: {
    alice: [alice(100000), alice(80000), alice(85000), alice(75000), alice(0), alice(0, 'closed')],
    bob: [bob(0), bob(20000), bob(15000), bob(10000), bob(10000, 'closed')],
    carol: [
      carol(1234),
      carol(1244),
      carol(1264),
      carol(1000),
      carol(1000, 'frozen'),
      carol(1000),
      carol(1005),
    ],
    dave: [dave(0), dave(1000000000000), dave(1), dave(1, 'frozen')],
    erin: [erin(0), erin(0, 'frozen'), erin(0, 'closed'), erased(0, 'closed')],
    'shared account': [shared(100000), shared(150000), shared(130000)],
    fay: [fay(5000), fay(4999), fay(4999, 'frozen'), fay(4999), fay(4999, 'closed')],
    gus: [gus(0), gus(1234), gus(1234), gus(1235)],
  },
}
