/** The view of an account with a window full of events, which changes: as the product renders it, and in its parts for others. */

import { CurrentAccounts } from '../../src/projection/current-accounts.ts'
import { noFilter } from '../../src/projection/log-filter.ts'
import { Readings } from '../../src/projection/readings.ts'
import type { ContentEncoding, Frame } from '../../src/registry/frame.ts'
import { showAccount } from '../../src/routes/account/account-shown.ts'
import { Parts } from '../../src/routes/account/account-view.tsx'
import { SightViews } from '../../src/routes/sights.tsx'
import { memoryStorage } from '../../src/storage.ts'
import { eventAt, ACCOUNT as id } from '../account-history.ts'

const EVENTS = 200
const RENDERED = 100

/** What Datastar's two events carry. */
export interface Parted {
  readonly signals: string
  readonly elements: string
}

export interface View {
  /** One more event. */
  readonly change: () => Promise<void>
  /** Rendered by the product, whole. */
  readonly frame: () => Promise<Frame>
  /** The same, rendered to be sent in another way. */
  readonly parts: () => Promise<Parted>
}

export interface AccountView extends View {
  /** How long a frame is on average when it follows another, in bytes. */
  readonly lengths: Readonly<Record<ContentEncoding, number>>
}

export const accountView = async (): Promise<AccountView> => {
  const { events: store, summaries } = memoryStorage()
  const [accounts, readings] = [new CurrentAccounts(store), new Readings(store)]
  const sources = { store, accounts, readings, summaries, inFlight: { of: () => [] } }
  const views = new SightViews(sources)
  const query = { filter: noFilter }

  let version = 0
  const change = async () => {
    await store.append(id, [eventAt(version)], { expected: version })
    version += 1
  }
  const frame = () => views.render('account', { type: 'account', id, query })
  while (version < EVENTS - RENDERED) await change()

  // What renders is compiled by then, as in a server that has run for a while.
  const sent = { gzip: 0, identity: 0 }
  let last = await frame()
  while (version < EVENTS) {
    await change()
    const next = await frame()
    next.follow(last)
    sent.gzip += next.bytes('gzip', last).length
    sent.identity += next.bytes('identity').length
    last = next
  }
  const lengths = {
    gzip: Math.round(sent.gzip / RENDERED),
    identity: Math.round(sent.identity / RENDERED),
  }

  return {
    lengths,
    change,
    frame,
    parts: async () => {
      const shown = await showAccount(sources, id, query)
      const signals = { _past: shown.isPast, _newest: shown.now.version, _status: shown.now.account.status }
      return { signals: JSON.stringify(signals), elements: String(Parts({ shown })) }
    },
  }
}

/** As it is now and stays, rendered once for all. */
export const still = async (view: View): Promise<View> => {
  const [frame, parts] = await Promise.all([view.frame(), view.parts()])
  return { change: async () => {}, frame: async () => frame, parts: async () => parts }
}
