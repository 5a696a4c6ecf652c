import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { bundleClient } from '../src/client/bundle.ts'
import { frame } from '../src/registry/frame.ts'
import { openStream, type StreamEnv } from '../src/registry/open-stream.ts'
import { SseRegistry } from '../src/registry/sse-registry.ts'

let count = 0
const output = () => `<output id="count">${count}</output>`
const view = () => frame((events) => events.patchElements(output()))

const clients = new SseRegistry('counter')
const datastar = await bundleClient()
const app = new Hono<StreamEnv>()

app.get('/datastar.js', (c) => c.body(datastar, 200, { 'Content-Type': 'text/javascript' }))
app.get('/', (c) =>
  c.html(`<!doctype html><title>Counter</title><script type="module" src="/datastar.js"></script>
<body data-init="@get('/stream', {retry: 'always', retryMaxCount: Infinity})">
${output()} <button data-on:click="@post('/add', {requestCancellation: 'disabled'})">Add one</button>`),
)

app.get('/stream', (c) =>
  openStream(c, (stream) => {
    clients.register(stream)
    stream.sendNewest('count', view())
  }),
)

app.post('/add', (c) => {
  count += 1
  const now = view()
  clients.notifySubscribers((stream) => stream.sendNewest('count', now))
  return c.body(null, 204)
})

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env.PORT ?? 8989) }, ({ port }) =>
  console.log(`Open http://127.0.0.1:${port} in several tabs`),
)
