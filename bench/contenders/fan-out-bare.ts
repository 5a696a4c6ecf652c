/** The least there is: a loop of writes of one buffer, which is always the same, or made once for each broadcast. */
import { createServer, type ServerResponse } from 'node:http'
import { type Frame, GZIP_HEADER } from '../../src/registry/frame.ts'
import { onWire } from '../clients/chunks.ts'
import type { Open } from '../contest.ts'
import { type FanOutOptions, fanOut } from './fan-out.ts'

export const open: Open<FanOutOptions & { readonly rendersAnew: boolean }> = (options) => {
  const { isGzip, rendersAnew } = options
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

  let kept: Frame | undefined
  return fanOut(options, {
    server,
    tabs: () => responses.size,
    greeting: isGzip ? onWire(GZIP_HEADER.length) : 0,
    broadcast: async (view) => {
      if (rendersAnew) await view.change()
      if (rendersAnew || !kept) kept = await view.frame()
      const frame = kept
      const bytes = frame.bytes(isGzip ? 'gzip' : 'identity')
      for (const response of responses) response.write(bytes)
      return { bytes: onWire(bytes.length), text: () => frame.bytes('identity').toString() }
    },
  })
}
