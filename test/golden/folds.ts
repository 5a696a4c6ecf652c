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
const [hal, ida] = [account('USD'), account('USD')]

/** The accounts that never heard of transfers. */
const beforeTransfers = {
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
}

export const FOLDS: Readonly<Record<number, Readonly<Record<string, readonly Account[]>>>> = {
  1: beforeTransfers,
  2: {
    ...beforeTransfers,
    hal: [hal(1000), hal(700), hal(0), hal(700), hal(701)],
    'ida 💶': [ida(300), ida(299)],
  },
}

interface Beside {
  /** What came in and what went out. */
  readonly totals: readonly [bigint, bigint]
  /** The balance after each event: none of these accounts has so many that they are joined. */
  readonly closes: readonly number[]
  /** Each rule with the version of the event that it took notice of. */
  readonly alerts: readonly string[]
}

/** What is read of each account beside its state, at the end of the golden log. The first fold had nothing of that. */
export const BESIDE: Readonly<Record<number, Readonly<Record<string, Beside>>>> = {
  2: {
    alice: { totals: [105000n, 105000n], closes: [100000, 80000, 85000, 75000, 0, 0], alerts: [] },
    bob: { totals: [20000n, 10000n], closes: [0, 20000, 15000, 10000, 10000], alerts: [] },
    carol: { totals: [1269n, 264n], closes: [1234, 1244, 1264, 1000, 1000, 1000, 1005], alerts: [] },
    dave: {
      totals: [1000000000000n, 999999999999n],
      closes: [0, 1000000000000, 1, 1],
      alerts: [],
    },
    erin: { totals: [0n, 0n], closes: [0, 0, 0, 0], alerts: [] },
    'shared account': { totals: [150000n, 20000n], closes: [100000, 150000, 130000], alerts: [] },
    fay: { totals: [5000n, 1n], closes: [5000, 4999, 4999, 4999, 4999], alerts: [] },
    gus: { totals: [1235n, 0n], closes: [0, 1234, 1234, 1235], alerts: [] },
    hal: {
      totals: [1701n, 1000n],
      closes: [1000, 700, 0, 700, 701],
      alerts: ['emptied-after-deposit 3'],
    },
    'ida 💶': { totals: [300n, 1n], closes: [300, 299], alerts: [] },
  },
}
