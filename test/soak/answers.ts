/**
 * What a server tells the soak of itself, over IPC. Passbook knows nothing of this: it is looked at from outside, as far
 * as that goes within one process.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { countActive, countAll } from './counts.ts'

export type Question = 'state' | 'counts'

export interface State {
  /** In bytes, once garbage was collected: of V8's heap, and of what its objects keep outside, such as what is to be sent. */
  readonly heap: number
  readonly external: number
  readonly rss: number
  /**
   * Of the event loop since it was last asked: the 99th percentile, in milliseconds. That garbage was collected then is
   * one late turn of hundreds, if it is not asked too often.
   */
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
    const { heapUsed: heap, external, rss } = process.memoryUsage()
    return { heap, external, rss, delay, connections: countActive()['active TCPSocketWrap'] ?? 0 }
  }
  process.on('message', (question: Question) => {
    process.send?.(question === 'state' ? state() : countAll())
  })
  process.once('disconnect', () => process.exit(1))
}
