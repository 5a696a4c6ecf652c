/**
 * Ours: a registry of streams, and one frame for all, rendered and encoded once; in gzip, as what differs from the one
 * before. Without the broadcaster, which would wait for the next 33 ms, and rest for twice the time that sending takes.
 */
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { type Frame, GZIP_HEADER } from '../../src/registry/frame.ts'
import { openStream, type StreamEnv } from '../../src/registry/open-stream.ts'
import { SseRegistry } from '../../src/registry/sse-registry.ts'
import { onWire } from '../clients/chunks.ts'
import type { Open } from '../contest.ts'
import { type FanOutOptions, fanOut } from './fan-out.ts'

export const open: Open<FanOutOptions> = (options) => {
  const registry = new SseRegistry('tabs', { heartbeatMs: 0 })
  const app = new Hono<StreamEnv>()
  app.get('/', (c) => openStream(c, (stream) => registry.register(stream)))

  let previous: Frame | undefined
  /** Whether every tab was sent the previous frame last. */
  let isFollowed = false
  let count = 0

  return fanOut(options, {
    server: createServer(getRequestListener(app.fetch)),
    tabs: () => registry.count(),
    greeting: options.isGzip ? onWire(GZIP_HEADER.length) : 0,
    broadcast: async (view) => {
      await view.change()
      const frame = await view.frame()
      isFollowed = frame !== previous && count === registry.count()
      if (previous && isFollowed) frame.follow(previous)
      const [dead] = registry.notifySubscribers((stream) => stream.sendNewest('account', frame))
      if (dead) throw dead.error
      const bytes = frame.bytes(options.isGzip ? 'gzip' : 'identity', isFollowed ? previous : undefined)
      previous = frame
      count = registry.count()
      return { bytes: onWire(bytes.length), text: () => frame.bytes('identity').toString() }
    },
  })
}
