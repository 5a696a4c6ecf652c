/**
 * CQRS with fat morphs in one file. Run it with `npx tsx demo/fat-cqrs.tsx` and open the page in two tabs: the
 * clock ticks in both, and a click in one counts in both.
 *
 * Reads and writes part ways: a tab reads over one stream that stays open, and writes with short POSTs that answer
 * nothing. A write does not say what changed; the whole content is rendered again, once, and morphed into every tab.
 */
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { bundleClient } from '../src/client/bundle.ts'
import { Broadcaster } from '../src/registry/broadcaster.ts'
import { frame } from '../src/registry/frame.ts'
import { openStream, type StreamEnv } from '../src/registry/open-stream.ts'

// The state that everybody shares.

let clicks = 0

// The view: all of it, every time. The morph leaves alone what has not changed, and what is marked so that it must.

const Content = () => (
  <div id="content">
    <button id="click" type="button" data-on:click="@post('/click', {requestCancellation: 'disabled'})">
      Click me
    </button>
    <p>
      Time: <strong id="time">{new Date().toTimeString().slice(0, 8)}</strong>
    </p>
    <p>
      Button clicks: <strong id="clicks">{clicks}</strong>
    </p>
    <hr />
    <p>
      The paragraph below has <code>data-ignore-morph</code>: no patch touches it, so edit it freely.
    </p>
    <div id="note" data-ignore-morph="true">
      <p id="editable" class="paper" contenteditable>
        Edit me: what you write here stays.
      </p>
    </div>
  </div>
)

const STYLE = `:root { color-scheme: light dark; font-family: system-ui }
main { max-width: 40rem; margin: 2rem auto; padding: 0 1rem }
.paper { padding: 0.5em; background: light-dark(#ddd, #333) }`

const Page = () => (
  <html lang="en">
    <head>
      <title>Fat CQRS</title>
      <meta name="viewport" content="width=device-width" />
      <link rel="icon" href="data:," />
      <style>{STYLE}</style>
      <script type="module" src="/datastar.js" />
    </head>
    <body data-init="@get('/sse', {retry: 'always', retryMaxCount: Infinity})">
      <main>
        <h1>Fat CQRS</h1>
        <p>The time comes every second. A click is counted here and pushed to everybody at once.</p>
        <Content />
      </main>
    </body>
  </html>
)

// The query side: a topic that every tab watches. It is rendered once a change, and the same bytes go to all.

const TOPIC = 'content'

const broadcaster = new Broadcaster(() => frame((d) => d.patchElements((<Content />).toString())), {
  onError: console.error,
})

setInterval(() => broadcaster.changed(TOPIC), 1_000)

// The web: one stream for the reading, one route for each command.

const app = new Hono<StreamEnv>()
const client = await bundleClient()

app.get('/', (c) => c.html(`<!doctype html>${<Page />}`, 200, { 'Cache-Control': 'no-store' }))
app.get('/datastar.js', (c) => c.body(client, 200, { 'Content-Type': 'text/javascript' }))
app.get('/sse', (c) => openStream(c, (stream) => broadcaster.watch(TOPIC, stream)))

app.post('/click', (c) => {
  clicks += 1
  broadcaster.changed(TOPIC)
  return c.body(null, 204)
})

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env.PORT ?? 8989) }, ({ port }) =>
  console.log(`Open http://127.0.0.1:${port} in two tabs`),
)
