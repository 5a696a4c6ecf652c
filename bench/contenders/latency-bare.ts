/**
 * A loop of writes of one buffer, made beforehand and as long as the product's: at every commit, or like the product
 * at the first and then at most once an interval. A tab whose socket is full is left out.
 */

import { createServer, type ServerResponse } from 'node:http'
import { GZIP_HEADER } from '../../src/registry/frame.ts'
import { now } from '../clients/client.ts'
import type { Open } from '../contest.ts'
import { accountView } from './account-view.ts'
import { bareFrame } from './bare-frame.ts'
import { type Commit, type LatencyOptions, latency } from './latency.ts'
import { closed, listening } from './listening.ts'

/** As many commits as one round has, and more. */
const MADE = 1_000

export const open: Open<LatencyOptions & { readonly intervalMs: number }> = async ({
  intervalMs,
  ...options
}) => {
  const frames = await framesOf(MADE)
  const responses = new Set<ServerResponse>()
  const commits: Commit[] = []
  let version = 0
  let isWaiting = false
  let isBehind = false

  const show = (): void => {
    isBehind = isWaiting
    if (isWaiting) return
    const frame = frames[version] ?? GZIP_HEADER
    for (const response of responses) {
      if (!response.writableNeedDrain) response.write(frame)
    }
    if (intervalMs === 0) return
    isWaiting = true
    setTimeout(() => {
      isWaiting = false
      if (isBehind) show()
    }, intervalMs)
  }

  const server = createServer((request, response) => {
    if (request.method === 'POST') {
      request.resume().on('end', () => {
        version += 1
        commits.push([version, now()])
        show()
        response.writeHead(204).end()
      })
      return
    }
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Content-Encoding': 'gzip' })
    response.write(GZIP_HEADER)
    responses.add(response)
    response.on('close', () => responses.delete(response))
  })
  const port = await listening(server)
  return latency(options, {
    server,
    port,
    streamPath: '/{tab}',
    depositPath: '/',
    version,
    commits,
    close: () => closed(server),
  })
}

/** A frame for each of so many versions, which says which it is. */
const framesOf = async (count: number): Promise<readonly Buffer[]> => {
  const { lengths } = await accountView()
  return Array.from({ length: count }, (_, version) =>
    bareFrame(`data: signals {"_newest":${version}}\n\n:`, lengths.gzip, true),
  )
}
