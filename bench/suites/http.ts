/** A deposit over HTTP, from the browser's request to the durable answer. */
import type { Contender, Contest, Suite } from '../contest.ts'

const FIGURES = { requests: { unit: 'requests/s', better: 'more' } } as const

const passbook = (store: string, tabs: number): Contender => ({
  name: `passbook, ${tabs === 1 ? '1 tab' : `${tabs.toLocaleString('en-US')} tabs`}`,
  module: new URL('../contenders/http-passbook.ts', import.meta.url),
  options: { store, tabs },
})

const bare: Contender = {
  name: 'bare node:http',
  module: new URL('../contenders/http-bare.ts', import.meta.url),
}

const contestsOn = (store: string): readonly Contest[] => [
  { name: store, figures: FIGURES, ours: passbook(store, 1), peers: [bare] },
  { name: `${store}/1000-tabs`, figures: FIGURES, ours: passbook(store, 1_000), peers: [passbook(store, 1)] },
]

export const http: Suite = {
  name: 'http',
  description:
    'POST deposit, 64 keep-alive connections, against a bare node:http server that parses the same JSON and answers ' +
    '204; and with 1,000 tabs watching, against the same with one',
  contests: async () => ({ all: [...contestsOn('memory'), ...contestsOn('sqlite')] }),
}
