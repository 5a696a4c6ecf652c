/**
 * What a server tells the soak of itself, over IPC. Passbook knows nothing of this: it is looked at from outside, as far
 * as that goes within one process.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { countActive, countAll } from './counts.ts'

export type Question = 'state' | 'counts'

export interface State {
  /** In bytes, once garbage was collected, with what its objects keep outside of it, such as the bytes of frames. */
  readonly heap: number
  readonly rss: number
  /** Of the event loop since it was last asked: the 99th percentile, in milliseconds. */
  readonly delay: number
  readonly connections: number
}

/** The loop is looked at so often; if it is never late the monitor says just that. */
const RESOLUTION_MS = 10

/** From now on, until whoever asks is gone: it ends then. */
export const answerQuestions = (): void => {
  const monitor = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  monitor.enable()
  const state = (): State => {
    if (!globalThis.gc) throw new Error('Start it with --expose-gc.')
    const delay = Math.max(monitor.percentile(99) / 1e6 - RESOLUTION_MS, 0)
    monitor.reset()
    globalThis.gc()
    const { heapUsed, external, rss } = process.memoryUsage()
    return { heap: heapUsed + external, rss, delay, connections: countActive()['active TCPSocketWrap'] ?? 0 }
  }
  process.on('message', (question: Question) => {
    process.send?.(question === 'state' ? state() : countAll())
  })
  process.once('disconnect', () => process.exit(1))
}
