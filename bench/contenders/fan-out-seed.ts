/** The seed's way: the SDK's own stream for each tab, and the view rendered again for each. */
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { ServerSentEventGenerator } from '@starfederation/datastar-sdk/web'
import { Hono } from 'hono'
import { onWire } from '../clients/chunks.ts'
import type { Open } from '../contest.ts'
import { type FanOutOptions, fanOut } from './fan-out.ts'

export const open: Open<FanOutOptions> = (options) => {
  const generators = new Set<ServerSentEventGenerator>()
  const app = new Hono()
  app.get('/', () => {
    let own: ServerSentEventGenerator | undefined
    const start = (generator: ServerSentEventGenerator) => {
      own = generator
      generators.add(generator)
    }
    const onAbort = () => {
      if (own) generators.delete(own)
    }
    return ServerSentEventGenerator.stream(start, { keepalive: true, onAbort })
  })

  return fanOut(options, {
    server: createServer(getRequestListener(app.fetch)),
    tabs: () => generators.size,
    greeting: 0,
    broadcast: async (view) => {
      await view.change()
      let texts: readonly string[] = []
      for (const generator of generators) {
        const { signals, elements } = await view.parts()
        texts = [generator.patchSignals(signals).join(''), generator.patchElements(elements).join('')]
      }
      const bytes = texts.reduce((sum, text) => sum + onWire(Buffer.byteLength(text)), 0)
      return { bytes, text: () => texts.join('') }
    },
  })
}
