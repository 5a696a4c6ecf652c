/**
 * An event-sourced bank account in one file. Run it with `npx tsx demo/event-sourcing.tsx` and open the page in
 * several tabs: every deposit and withdrawal shows in all of them at once.
 *
 * Nothing here holds a balance. What is kept is what happened; the balance is a fold over it, on every read.
 */
import { randomUUID } from 'node:crypto'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { bundleClient } from '../src/client/bundle.ts'
import { frame } from '../src/registry/frame.ts'
import { openStream, type StreamEnv } from '../src/registry/open-stream.ts'
import { SseRegistry } from '../src/registry/sse-registry.ts'

// The event store: an array that only ever grows at its end.

type BankEvent = { id: number; type: 'deposited' | 'withdrawn'; amount: number; time: Date }

let events: readonly BankEvent[] = []

const append = (type: BankEvent['type'], amount: number) => {
  events = [...events, { id: events.length + 1, type, amount, time: new Date() }]
}

// The projection: state is a left fold over the events. `satisfies never` makes it complete: with a third type of
// event, this does not compile until it says what the event does.

const evolve = (balance: number, event: BankEvent): number => {
  switch (event.type) {
    case 'deposited':
      return balance + event.amount
    case 'withdrawn':
      return balance - event.amount
    default:
      throw new Error(`unknown event type ${event.type satisfies never}`)
  }
}

const balanceOf = (log: readonly BankEvent[]): number => log.reduce(evolve, 0)

// The commands: check a rule against the projected state, then append. Nothing can come between the check and the
// append, because neither waits for anything; with a database in place of the array this would need a lock.

const deposit = (amount: number): string => {
  if (!Number.isSafeInteger(amount) || amount <= 0) return 'Invalid amount'
  append('deposited', amount)
  return ''
}

const withdraw = (amount: number): string => {
  if (!Number.isSafeInteger(amount) || amount <= 0) return 'Invalid amount'
  if (balanceOf(events) < amount) return 'Insufficient funds'
  append('withdrawn', amount)
  return ''
}

const reset = (): string => {
  events = []
  return ''
}

// The views. "Balance after" is time travel: the same fold as the balance, stopped at each event. Each click is a
// POST of its own: a second one does not call off the first.

const Balance = () => (
  <h2 id="balance">
    Balance: <code>${balanceOf(events)}</code>
  </h2>
)

const EventLog = () => {
  let running = 0
  return (
    <table id="event-log">
      <caption>Event log: the source of truth</caption>
      <thead>
        <tr>
          {['#', 'Event', 'Amount', 'Balance after', 'Time'].map((heading) => (
            <th>{heading}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {events.map((event) => {
          running = evolve(running, event)
          return (
            <tr id={`event-${event.id}`}>
              <td>{event.id}</td>
              <td>{event.type}</td>
              <td>{event.amount}</td>
              <td>${running}</td>
              <td>{event.time.toTimeString().slice(0, 8)}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

const STYLE = `:root { color-scheme: light dark; font-family: system-ui }
main { max-width: 40rem; margin: 2rem auto; padding: 0 1rem } input, button { margin: 0.2rem }
table { width: 100%; font-size: 0.9em } td, th { text-align: right }`

const post = (name: string) => `@post('/${name.toLowerCase()}', {requestCancellation: 'disabled'})`

const Page = ({ sid }: { sid: string }) => (
  <html lang="en">
    <head>
      <title>Event-sourced bank account</title>
      <meta name="viewport" content="width=device-width" />
      <link rel="icon" href="data:," />
      <style>{STYLE}</style>
      <script type="module" src="/datastar.js" />
    </head>
    <body data-signals={JSON.stringify({ sid, amount: 10, error: '' })}>
      <main data-init="@get('/sse', {retry: 'always', retryMaxCount: Infinity})">
        <h1>Event-sourced bank account</h1>
        <p>The balance is not stored: it is worked out from the log below, again on every read.</p>
        <Balance />
        <label for="amount">Amount</label> <input id="amount" type="number" min="1" data-bind="amount" />
        {['Deposit', 'Withdraw', 'Reset'].map((name) => (
          <button type="button" data-on:click={post(name)}>
            {name}
          </button>
        ))}
        <p role="alert" data-text="$error"></p>
        <EventLog />
      </main>
    </body>
  </html>
)

// The push: one stream a tab, in a registry under the tab's session id. A change is rendered once and goes to all;
// an error goes to the tab that caused it and to no other.

const clients = new SseRegistry('event-sourcing')

const state = () =>
  frame((d) => {
    d.patchElements((<Balance />).toString())
    d.patchElements((<EventLog />).toString())
  })

const broadcast = () => {
  const current = state()
  clients.notifySubscribers((stream) => stream.sendNewest('state', current))
}

const replyTo = (sid: string, error: string) => {
  const reply = frame((d) => d.patchSignals(JSON.stringify({ error })))
  clients.notifySubscriber(sid, (stream) => stream.send(reply))
}

// The web. The server mints the session id, so that the page also works where the browser would not.

const app = new Hono<StreamEnv>()
const client = await bundleClient()

app.onError((error, c) => c.text(`${error.message}\n`, error instanceof SyntaxError ? 400 : 500))
app.get('/', (c) =>
  c.html(`<!doctype html>${<Page sid={randomUUID()} />}`, 200, { 'Cache-Control': 'no-store' }),
)
app.get('/datastar.js', (c) => c.body(client, 200, { 'Content-Type': 'text/javascript' }))

// Registered first and shown the state then: a change in between is shown twice rather than lost.
app.get('/sse', (c) => {
  const { sid } = JSON.parse(c.req.query('datastar') ?? '{}')
  return openStream(c, (stream) => {
    clients.register(stream, String(sid))
    stream.sendNewest('state', state())
  })
})

// A command answers 204 at once: do this if you can. What came of it arrives over the stream.
for (const [path, command] of Object.entries({
  '/deposit': deposit,
  '/withdraw': withdraw,
  '/reset': reset,
})) {
  app.post(path, async (c) => {
    const { sid, amount } = await c.req.json()
    const error = command(Math.round(Number(amount)))
    if (error === '') broadcast()
    replyTo(String(sid), error)
    return c.body(null, 204)
  })
}

// Three events to begin with, so that the log is not empty.
deposit(1000)
deposit(500)
withdraw(200)

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env.PORT ?? 8989) }, ({ port }) =>
  console.log(`Open http://127.0.0.1:${port} in several tabs`),
)
