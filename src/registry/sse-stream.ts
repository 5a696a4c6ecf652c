/**
 * One tab's open connection, over Node's response. It knows when the socket is full, keeps no more for a tab
 * that does not read than the newest frame of each kind, and drops a tab that has not read for too long.
 */
import type { ServerResponse } from 'node:http'
import { type ContentEncoding, type Frame, GZIP_HEADER } from './frame.ts'

export interface SseStreamOptions {
  readonly encoding?: ContentEncoding
  /** A socket that stays full for this long belongs to a tab that is gone or stuck. */
  readonly writeDeadlineMs?: number
  /** How much may wait for a tab that does not read. */
  readonly maxBufferedBytes?: number
}

export class StreamClosedError extends Error {
  override readonly name = 'StreamClosedError'
  constructor(reason: string) {
    super(`This stream is closed: ${reason}. Its client reconnects if it is still there.`)
  }
}

export class SseStream {
  readonly encoding: ContentEncoding
  readonly #response: ServerResponse
  readonly #writeDeadlineMs: number
  readonly #maxBufferedBytes: number
  readonly #newest = new Map<string, Frame>()
  #last: Frame | undefined
  #deadline: NodeJS.Timeout | undefined

  /** Sends the response's head at once. */
  constructor(
    response: ServerResponse,
    { encoding = 'identity', writeDeadlineMs = 15_000, maxBufferedBytes = 1 << 20 }: SseStreamOptions = {},
  ) {
    this.encoding = encoding
    this.#response = response
    this.#writeDeadlineMs = writeDeadlineMs
    this.#maxBufferedBytes = maxBufferedBytes

    response.on('drain', () => this.#drained())
    response.on('error', () => response.destroy())
    this.onClose(() => clearTimeout(this.#deadline))
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
      'X-Content-Type-Options': 'nosniff',
      Vary: 'Accept-Encoding',
      ...(encoding === 'gzip' && { 'Content-Encoding': 'gzip' }),
    })
    response.flushHeaders()
    if (encoding === 'gzip' && !this.isClosed) this.#writeBytes(GZIP_HEADER)
  }

  get isClosed(): boolean {
    return this.#response.closed || this.#response.writableEnded || this.#response.destroyed
  }

  /** True from a write that found the socket full until the tab has read everything. */
  get isFull(): boolean {
    return this.#deadline !== undefined
  }

  /**
   * Sends a frame that must arrive, after all that was sent before.
   * @throws StreamClosedError if the tab has left, or now has to: too much waits for it to be read
   */
  send(frame: Frame): void {
    if (this.isClosed) throw new StreamClosedError('the tab has left')
    if (this.#response.writableLength > this.#maxBufferedBytes) {
      this.drop()
      throw new StreamClosedError('the tab does not read')
    }
    this.#write(frame)
  }

  /**
   * Sends a frame that replaces every earlier one of its kind, such as a whole view. While the socket is full only
   * the newest is kept, to be sent when there is room.
   * @throws StreamClosedError if the tab has left
   */
  sendNewest(kind: string, frame: Frame): void {
    if (!this.isFull || this.isClosed) {
      this.send(frame)
      return
    }
    // What is sent last is shown last: a kind that waits already goes to the end.
    this.#newest.delete(kind)
    this.#newest.set(kind, frame)
  }

  /** Runs when the connection has ended, whoever ended it; at once if it has already. */
  onClose(listener: () => void): void {
    if (this.#response.closed) listener()
    else this.#response.once('close', listener)
  }

  /** Ends the response in good order. A client that wants a stream that never ends comes back. */
  close(): void {
    this.#response.end()
  }

  /** Cuts the connection, with whatever was not sent yet. */
  drop(): void {
    this.#response.destroy()
  }

  #write(frame: Frame): void {
    this.#writeBytes(frame.bytes(this.encoding, this.#last))
    this.#last = frame
  }

  #writeBytes(bytes: Buffer): void {
    const hasRoom = this.#response.write(bytes)
    if (!hasRoom) this.#deadline ??= setTimeout(() => this.drop(), this.#writeDeadlineMs).unref()
  }

  /** Sends the frames that waited, until the socket is full again. */
  #drained(): void {
    clearTimeout(this.#deadline)
    this.#deadline = undefined
    for (const [kind, frame] of this.#newest) {
      if (this.isFull) return
      this.#newest.delete(kind)
      this.#write(frame)
    }
  }
}
