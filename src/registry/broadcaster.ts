/**
 * Keeps every tab that watches a topic up to date. A change marks the topic dirty; its view is then rendered once
 * and the same bytes go to all. The first change is shown at once, the following at most once an interval,
 * however many there are; and to send a topic's views takes no more than a third of the time, however many watch it.
 * Views are whole, so a tab that misses one is right again with the next.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Frame } from './frame.ts'
import { SseRegistry } from './sse-registry.ts'
import { type SseStream, StreamClosedError } from './sse-stream.ts'

export interface BroadcasterOptions {
  readonly intervalMs?: number
  /** How long after a view that could not be rendered it is tried again. */
  readonly retryMs?: number
  readonly onError: (error: unknown, topic: string) => void
  /** Told of each topic that the last of its tabs has left, for whoever keeps something for it. */
  readonly onLeft?: (topic: string) => void
}

interface Topic {
  isDirty: boolean
  isRunning: boolean
  /** The newest view, while nothing has changed since; what a tab that joins is shown. */
  frame: Frame | undefined
  /** The last that was sent. */
  sent: Frame | undefined
}

export class Broadcaster {
  readonly #render: (topic: string) => Frame | Promise<Frame>
  readonly #options: Required<BroadcasterOptions>
  readonly #topics = new Map<string, Topic>()
  readonly #rendering = new Set<Promise<Frame>>()
  #isClosed = false
  readonly #watchers = new SseRegistry('watchers', {
    heartbeatMs: 0,
    onKeyLeft: (topic) => {
      this.#topics.delete(topic)
      this.#options.onLeft(topic)
    },
  })

  constructor(render: (topic: string) => Frame | Promise<Frame>, options: BroadcasterOptions) {
    this.#render = render
    this.#options = { intervalMs: 33, retryMs: 1_000, onLeft: () => {}, ...options }
  }

  /** Shows a tab the topic's whole view, as soon as it is rendered, and every change until it watches another. */
  watch(topic: string, stream: SseStream): void {
    if (stream.isClosed) return
    this.#watchers.register(stream, topic)
    const state = this.#topics.get(topic)
    if (!state) this.changed(topic)
    else if (state.frame) stream.sendNewest(topic, state.frame)
  }

  /** Says that a topic's view is no longer what it was. Costs nothing for a topic that nobody watches. */
  changed(topic: string): void {
    if (this.#watchers.count(topic) === 0) return
    const state = this.#topics.get(topic) ?? {
      isDirty: false,
      isRunning: false,
      frame: undefined,
      sent: undefined,
    }
    this.#topics.set(topic, state)
    state.isDirty = true
    state.frame = undefined
    if (!state.isRunning) void this.#run(topic, state)
  }

  /** Shows nothing any more; resolves when no view is being rendered. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled(this.#rendering)
  }

  async #rendered(topic: string): Promise<Frame> {
    const rendering = Promise.resolve(this.#render(topic))
    this.#rendering.add(rendering)
    try {
      return await rendering
    } finally {
      this.#rendering.delete(rendering)
    }
  }

  async #run(topic: string, state: Topic): Promise<void> {
    state.isRunning = true
    while (state.isDirty && this.#topics.get(topic) === state && !this.#isClosed) {
      state.isDirty = false
      try {
        const frame = await this.#rendered(topic)
        if (this.#topics.get(topic) !== state || this.#isClosed) break
        if (!state.isDirty) state.frame = frame
        if (state.sent && state.sent !== frame) frame.follow(state.sent)
        state.sent = frame
        const begun = performance.now()
        const dead = this.#watchers.notifySubscriber(topic, (stream) => stream.sendNewest(topic, frame))
        for (const { error } of dead) {
          if (!(error instanceof StreamClosedError)) this.#options.onError(error, topic)
        }
        const spentMs = performance.now() - begun
        const restMs = Math.max(this.#options.intervalMs - spentMs, 2 * spentMs)
        await delay(restMs, undefined, { ref: false })
      } catch (error) {
        this.#options.onError(error, topic)
        state.isDirty = true
        await delay(this.#options.retryMs, undefined, { ref: false })
      }
    }
    state.isRunning = false
  }
}
