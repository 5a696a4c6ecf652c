/**
 * Who is listening: a set of streams, each under a key or none, for telling all of them or those of one key.
 * Make one registry for each subject; a stream may be in several. A key may have several streams (a tab that was
 * duplicated, a connection that overlaps with the one it replaces): each gets what is sent to the key.
 */
import { HEARTBEAT } from './frame.ts'
import type { SseStream } from './sse-stream.ts'

/** A stream that could not be told something. It is closed and no longer registered. */
export interface Dead {
  readonly stream: SseStream
  readonly error: unknown
}

export class SseRegistry {
  readonly name: string
  readonly #heartbeatMs: number
  readonly #onKeyLeft: (key: string) => void
  readonly #keys = new Map<SseStream, string | undefined>()
  readonly #byKey = new Map<string, Set<SseStream>>()
  /** Streams whose closing is awaited, once each, however often they come and go. */
  readonly #awaited = new WeakSet<SseStream>()
  #heartbeat: NodeJS.Timeout | undefined

  /**
   * One timer sends every stream a comment each `heartbeatMs`; 0 leaves that to another registry. `onKeyLeft` hears
   * of each key that the last of its streams has left, for whoever keeps something for it.
   */
  constructor(name: string, { heartbeatMs = 30_000, onKeyLeft = (_key: string): void => {} } = {}) {
    this.name = name
    this.#heartbeatMs = heartbeatMs
    this.#onKeyLeft = onKeyLeft
  }

  /** How many streams there are, in all or under one key. */
  count(key?: string): number {
    return key === undefined ? this.#keys.size : (this.#byKey.get(key)?.size ?? 0)
  }

  /** Adds a stream until it closes. One that is registered already moves to the new key, if it is another. */
  register(stream: SseStream, key?: string): void {
    if (this.#keys.has(stream) && this.#keys.get(stream) === key) return
    this.unregister(stream)
    if (stream.isClosed) return
    if (!this.#awaited.has(stream)) {
      this.#awaited.add(stream)
      stream.onClose(() => this.unregister(stream))
    }
    this.#keys.set(stream, key)
    if (key !== undefined) {
      const streams = this.#byKey.get(key) ?? new Set()
      this.#byKey.set(key, streams.add(stream))
    }
    if (this.#heartbeatMs > 0) this.#heartbeat ??= setInterval(() => this.#beat(), this.#heartbeatMs).unref()
  }

  /** Says whether the stream was registered. */
  unregister(stream: SseStream): boolean {
    const key = this.#keys.get(stream)
    const wasRegistered = this.#keys.delete(stream)
    if (key !== undefined) {
      const streams = this.#byKey.get(key)
      streams?.delete(stream)
      if (streams?.size === 0) {
        this.#byKey.delete(key)
        this.#onKeyLeft(key)
      }
    }
    if (this.#keys.size === 0) {
      clearInterval(this.#heartbeat)
      this.#heartbeat = undefined
    }
    return wasRegistered
  }

  /** Tells every stream that is registered when the call begins. One that fails stops none of the others. */
  notifySubscribers(tell: (stream: SseStream) => void): Dead[] {
    return this.#notify(this.snapshot(), tell)
  }

  /** Tells the streams of one key, with the same care; there may be none. */
  notifySubscriber(key: string, tell: (stream: SseStream) => void): Dead[] {
    return this.#notify(this.findByKey(key), tell)
  }

  findByKey(key: string): SseStream[] {
    return [...(this.#byKey.get(key) ?? [])]
  }

  /** The streams as they are now, in the order in which they registered. */
  snapshot(): SseStream[] {
    return [...this.#keys.keys()]
  }

  #notify(streams: readonly SseStream[], tell: (stream: SseStream) => void): Dead[] {
    const dead: Dead[] = []
    for (const stream of streams) {
      try {
        tell(stream)
      } catch (error) {
        this.unregister(stream)
        stream.close()
        dead.push({ stream, error })
      }
    }
    return dead
  }

  /** A socket that is full has no need of it: more than a comment waits there. One that is closed is found out. */
  #beat(): void {
    this.notifySubscribers((stream) => {
      if (stream.isClosed || !stream.isFull) stream.send(HEARTBEAT)
    })
  }
}
