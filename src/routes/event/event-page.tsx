/** One event on a page of its own: what it says, how it is stored, whether that is genuine, and what it belongs to. */
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { z } from 'zod'
import { settlementId } from '../../commands/transfer-ids.ts'
import type { EventLog } from '../../events/event-log.ts'
import { EMPTY_STREAM, isLinked, type StreamHead } from '../../events/hash-chain.ts'
import type { EventStore } from '../../events/store.ts'
import type { StoredEvent } from '../../events/stored-event.ts'
import { changeOf } from '../../projection/account.ts'
import type { Readings } from '../../projection/readings.ts'
import { accountOf, accountPath, assertIsThere } from '../addresses.ts'
import type { Assets } from '../assets.ts'
import { isUnreadable, namesOf, othersIn } from '../names.ts'
import { EventPage, type Reached, type Said, type Transfer, type Verdict } from './event-view.tsx'

export interface EventContext {
  readonly store: EventStore
  /** The same events, as they are stored. */
  readonly log: EventLog
  readonly readings: Readings
  readonly assets: Assets
}

const eventNumber = z
  .string()
  .regex(/^[1-9]\d{0,14}$/)
  .transform(Number)

export const eventRoutes = ({ store, log, readings, assets }: EventContext): Hono => {
  const routes = new Hono()

  routes.get('/events/:version', async (c) => {
    const account = accountOf(c)
    const version = eventNumber.safeParse(c.req.param('version'))
    if (!version.success) {
      throw new HTTPException(400, { message: 'In the address, an event goes by its number, such as 51.' })
    }
    const { event, previous, next } = await storedAround(log, account, version.data)
    if (!event) {
      const [first] = await log.read(account, { limit: 1 })
      assertIsThere(account, first ?? EMPTY_STREAM)
      throw new HTTPException(404, {
        message: `There is no event ${version.data} in ${accountPath(account)}.`,
      })
    }
    const [said, links] = await Promise.all([whatItSays(store, readings, event), linksOf(log, event)])
    const others = [...links.reached.values()].map(({ stream }) => stream)
    if (said.isReadable) others.push(...othersIn([said.event]))
    c.header('Cache-Control', 'no-store')
    return c.html(
      <EventPage
        stored={event}
        previous={previous}
        next={next}
        verdict={verdictOf(event, previous)}
        said={said}
        {...links}
        names={await namesOf(readings, [account, ...others])}
        assets={assets}
      />,
    )
  })
  return routes
}

/** The event, if there is one, and those right before and after it. */
const storedAround = async (log: EventLog, stream: string, version: number) => {
  const events = await log.read(stream, { from: Math.max(version - 1, 1), to: version + 1, limit: 3 })
  const at = (place: number) => events.find((event) => event.version === place)
  return { event: at(version), previous: at(version - 1), next: at(version + 1) }
}

/** Whether the event is linked to the one before it, as the walk through the whole log has it for every event. */
const verdictOf = (event: StoredEvent, previous: StoredEvent | undefined): Verdict => {
  const head: StreamHead | undefined = event.version === 1 ? EMPTY_STREAM : previous
  if (!head) return { isGenuine: false, because: `event ${event.version - 1}, before it, is missing` }
  if (!isLinked(event, head)) {
    return {
      isGenuine: false,
      because: 'it does not fit its hash and the one before it: changed, put in, or moved',
    }
  }
  if (event.occurredAt < head.occurredAt) {
    return { isGenuine: false, because: 'it is earlier than the one before it' }
  }
  return { isGenuine: true }
}

/** An event that somebody changed may be impossible to read; its page is then all the more of use. */
const whatItSays = async (
  store: EventStore,
  readings: Readings,
  { stream, version }: StoredEvent,
): Promise<Said> => {
  try {
    const [[event], { account }] = await Promise.all([
      store.read(stream, { from: version, to: version }),
      readings.past(stream, { version }),
    ])
    if (event) return { isReadable: true, event, change: changeOf(event), account }
    return { isReadable: false, because: 'The log was cleared meanwhile.' }
  } catch (error) {
    if (!isUnreadable(error)) throw error
    return { isReadable: false, because: error.message }
  }
}

/** The events of the log that this one names, and how far the transfer has come that it belongs to. */
const linksOf = async (
  log: EventLog,
  { id, type, data, metadata }: StoredEvent,
): Promise<{ readonly reached: Reached; readonly transfer: Transfer | undefined }> => {
  const transferId = uuid.safeParse(data.transferId).data
  const ids = [metadata.correlationId, metadata.causationId].filter((name) => uuid.safeParse(name).success)
  const transferIds = transferId === undefined ? [] : [transferId, settlementId(transferId)]
  const asked = new Set([...ids, ...transferIds])
  const found = asked.size > 0 ? await log.find([...asked]) : []
  const reached = new Map(found.filter((event) => event.id !== id).map((event) => [event.id, event]))
  if (transferId === undefined) return { reached, transfer: undefined }
  const otherSide = type === 'transferredOut' ? settlementId(transferId) : transferId
  return { reached, transfer: { otherSide: reached.get(otherSide), isBegun: type === 'transferredOut' } }
}

const uuid = z.uuid().lowercase()
