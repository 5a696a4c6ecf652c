/** The least there is: a loop of writes of one buffer, which is always the same, or a frame made for each broadcast. */
import { createServer, type ServerResponse } from 'node:http'
import { type Frame, GZIP_HEADER } from '../../src/registry/frame.ts'
import { onWire } from '../clients/chunks.ts'
import type { Open } from '../contest.ts'
import { accountView } from './account-view.ts'
import { bareFrame } from './bare-frame.ts'
import { type FanOutOptions, fanOut } from './fan-out.ts'

const TEXT = 'data: signals {"_newest":1}\n\n:'

export const open: Open<FanOutOptions & { readonly rendersAnew: boolean }> = async (options) => {
  const { isGzip, rendersAnew } = options
  const encoding = isGzip ? 'gzip' : 'identity'
  const responses = new Set<ServerResponse>()
  const server = createServer((_, response) => {
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      ...(isGzip && { 'Content-Encoding': 'gzip' }),
    })
    response.flushHeaders()
    if (isGzip) response.write(GZIP_HEADER)
    responses.add(response)
    response.on('close', () => responses.delete(response))
  })
  const write = (bytes: Buffer): number => {
    for (const response of responses) response.write(bytes)
    return onWire(bytes.length)
  }

  const { lengths } = await accountView()
  const same = bareFrame(TEXT, lengths[encoding], isGzip)
  let sent: Frame | undefined
  return fanOut(options, {
    server,
    tabs: () => responses.size,
    greeting: isGzip ? onWire(GZIP_HEADER.length) : 0,
    broadcast: async (view) => {
      if (!rendersAnew) return { bytes: write(same), text: () => TEXT }
      await view.change()
      const frame = await view.frame()
      const last = sent
      // The same frame twice is the one that warms up, and goes to tabs that were not sent anything before.
      if (last && last !== frame) frame.follow(last)
      sent = frame
      return {
        bytes: write(frame.bytes(encoding, last)),
        text: () => frame.bytes('identity').toString(),
      }
    },
  })
}
