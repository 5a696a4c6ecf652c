/** A channel of better-sse, which broadcasts what was rendered once. Texts are sent as they are, not as JSON. */
import { createServer } from 'node:http'
import { createChannel, createEventBuffer, createSession } from 'better-sse'
import { onWire } from '../clients/chunks.ts'
import type { Open } from '../contest.ts'
import { type FanOutOptions, fanOut } from './fan-out.ts'

const AS_IT_IS = { serializer: String }

export const open: Open<FanOutOptions> = (options) => {
  const channel = createChannel()
  const server = createServer(async (request, response) => {
    channel.register(await createSession(request, response, { ...AS_IT_IS, keepAlive: null, retry: null }))
  })

  return fanOut(options, {
    server,
    tabs: () => channel.sessionCount,
    greeting: 0,
    broadcast: async (view) => {
      await view.change()
      const { signals, elements } = await view.parts()
      const texts = Object.entries({
        'datastar-patch-signals': `signals ${signals}`,
        'datastar-patch-elements': `elements ${elements}`,
      }).map(([name, data], index) => {
        const eventId = String(index)
        channel.broadcast(data, name, { eventId })
        return createEventBuffer(AS_IT_IS).push(data, name, eventId).read()
      })
      const bytes = texts.reduce((sum, text) => sum + onWire(Buffer.byteLength(text)), 0)
      return { bytes, text: () => texts.join('') }
    },
  })
}
