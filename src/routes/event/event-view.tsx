/** What one event looks like, how it is stored, and what it belongs to. */
import type { Child, FC } from 'hono/jsx'
import type { RecordedEvent } from '../../events/event.ts'
import { formatChange, formatMoney } from '../../events/money.ts'
import type { StoredEvent } from '../../events/stored-event.ts'
import type { Account } from '../../projection/account.ts'
import { noteOf, wordsFor } from '../../projection/event-words.ts'
import { NoteText, unbroken } from '../account/event-log.tsx'
import { accountPath } from '../addresses.ts'
import type { Assets } from '../assets.ts'
import { Layout } from '../layout.tsx'
import { called, type Names } from '../names.ts'
import { timeOf } from '../times.ts'
import { Trail } from '../trail.tsx'

export type Verdict = { readonly isGenuine: true } | { readonly isGenuine: false; readonly because: string }

/** The event as it reads today, and the account right after it. */
export type Said =
  | {
      readonly isReadable: true
      readonly event: RecordedEvent
      readonly change: number
      readonly account: Account
    }
  | { readonly isReadable: false; readonly because: string }

/** Other events, by their ids. */
export type Reached = ReadonlyMap<string, StoredEvent>

export interface Transfer {
  /** What settled the transfer, or, seen from there, what began it. */
  readonly otherSide: StoredEvent | undefined
  /** Whether this event is the one that began it. */
  readonly isBegun: boolean
}

interface EventPageProps {
  readonly stored: StoredEvent
  readonly previous: StoredEvent | undefined
  readonly next: StoredEvent | undefined
  readonly verdict: Verdict
  readonly said: Said
  readonly reached: Reached
  readonly transfer: Transfer | undefined
  /** What the accounts are called that it is of, or names. */
  readonly names: Names
  readonly assets: Assets
}

export const EventPage: FC<EventPageProps> = (props) => {
  const { stored, previous, next, verdict, said, reached, transfer, names, assets } = props
  const { stream, version, type, occurredAt, metadata } = stored
  const name = called(stream, names)
  return (
    <Layout
      title={`Event ${version} of ${name}`}
      trail={
        <Trail id={stream} name={name}>
          Event {version}
        </Trail>
      }
      assets={assets}
    >
      <article class="one-event">
        <h1>
          Event {version}: {wordsFor(said.isReadable ? said.event.type : type)}
        </h1>
        {said.isReadable ? (
          <Saying said={said} names={names} />
        ) : (
          <p class="wrong">Cannot be read: {said.because}</p>
        )}
        <p>
          <a href={`${accountPath(stream)}?version=${version}`}>See the account as it was then</a>
        </p>

        <section aria-labelledby="facts">
          <h2 id="facts">About it</h2>
          <dl>
            <Fact term="Time">
              <time datetime={occurredAt}>{timeOf(occurredAt)}</time>
            </Fact>
            <Fact term="Position in the log">{stored.position}</Fact>
            {transfer && (
              <Fact term="Transfer">
                <TransferState transfer={transfer} names={names} />
              </Fact>
            )}
            <Fact term="Actor">{metadata.actor}</Fact>
            <Fact term="Event id">{stored.id}</Fact>
            <Fact term="Command">{metadata.commandId}</Fact>
            <Fact term="Caused by (causation)">
              <Origin id={metadata.causationId} stored={stored} reached={reached} names={names} />
            </Fact>
            <Fact term="Part of (correlation)">
              <Origin id={metadata.correlationId} stored={stored} reached={reached} names={names} />
            </Fact>
          </dl>
        </section>

        <section aria-labelledby="chain">
          <h2 id="chain">Hash chain</h2>
          <p class={verdict.isGenuine ? 'genuine' : 'wrong'}>
            {verdict.isGenuine
              ? `Verified: fits its hash${version === 1 ? '' : ' and the one before it'}.`
              : `NOT verified: ${verdict.because}.`}
          </p>
          <dl>
            <Fact term="Hash">
              <code>{stored.hash}</code>
            </Fact>
            <Fact term="Hash before it">
              {previous ? (
                <code>{previous.hash}</code>
              ) : version === 1 ? (
                'none: this is the first'
              ) : (
                'missing'
              )}
            </Fact>
          </dl>
        </section>

        <section aria-labelledby="stored">
          <h2 id="stored">As stored</h2>
          <Json of={stored} />
        </section>
        {said.isReadable && (
          <section aria-labelledby="read">
            <h2 id="read">As read</h2>
            <Json of={said.event} />
          </section>
        )}

        <nav class="pages" aria-label="Events of the account">
          {previous && (
            <a rel="prev" href={pathOf(previous)}>
              Event {previous.version}
            </a>
          )}
          {next && (
            <a rel="next" href={pathOf(next)}>
              Event {next.version}
            </a>
          )}
          <a href={`${accountPath(stream)}?before=${version + 1}`}>In the log</a>
        </nav>
      </article>
    </Layout>
  )
}

/** What it says in words: what moved and why, and what was there then. */
const Saying: FC<{ readonly said: Extract<Said, { isReadable: true }>; readonly names: Names }> = ({
  said,
  names,
}) => {
  const { event, change, account } = said
  const { balance, currency } = account
  const note = noteOf(event)
  return (
    <>
      {change !== 0 && (
        <p class={change > 0 ? 'amount in' : 'amount'}>{unbroken(formatChange(change, currency))}</p>
      )}
      {note && (
        <p>
          <NoteText note={note} names={names} />
        </p>
      )}
      <p class="quiet">Balance after: {unbroken(formatMoney(balance, currency))}</p>
    </>
  )
}

const Fact: FC<{ readonly term: string; readonly children: Child }> = ({ term, children }) => (
  <div>
    <dt>{term}</dt>
    <dd>{children}</dd>
  </div>
)

const TransferState: FC<{ readonly transfer: Transfer; readonly names: Names }> = ({ transfer, names }) => {
  const { otherSide, isBegun } = transfer
  if (otherSide) return <EventLink to={otherSide} names={names} />
  return <>{isBegun ? 'in flight' : 'its beginning is not in this log'}</>
}

interface OriginProps {
  readonly id: string
  readonly stored: StoredEvent
  readonly reached: Reached
  readonly names: Names
}

/** An event of the log, this one, or an id that says nothing here, such as that of a command. */
const Origin: FC<OriginProps> = ({ id, stored, reached, names }) => {
  const event = reached.get(id)
  if (event) return <EventLink to={event} names={names} />
  return <>{id === stored.id ? 'this event' : id}</>
}

const EventLink: FC<{ readonly to: StoredEvent; readonly names: Names }> = ({ to, names }) => (
  <a href={pathOf(to)}>
    {wordsFor(to.type)}, event {to.version} of {called(to.stream, names)}
  </a>
)

const pathOf = ({ stream, version }: StoredEvent): string => accountPath(stream, 'events', version)

const Json: FC<{ readonly of: object }> = ({ of }) => <pre>{JSON.stringify(of, null, 2)}</pre>
