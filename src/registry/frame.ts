/** What is sent to tabs: one or more Datastar events, rendered and encoded once, however many tabs they go to. */
import { constants, deflateRawSync } from 'node:zlib'
import { ServerSentEventGenerator } from '@starfederation/datastar-sdk/abstractServerSentEventGenerator'

export type ContentEncoding = 'gzip' | 'identity'

/** What a frame can be made of; both return nothing of use. */
export type DatastarEvents = Pick<ServerSentEventGenerator, 'patchElements' | 'patchSignals'>

type SendParameters = Parameters<ServerSentEventGenerator['send']>

/** The SDK's generator, which knows the wire format, writing into a string instead of a response. */
class FrameGenerator extends ServerSentEventGenerator {
  text = ''

  constructor(write: (events: FrameGenerator) => void) {
    super()
    write(this)
  }

  /** A lone carriage return would end a line of the stream too early, so none gets through. */
  protected override send(
    event: SendParameters[0],
    dataLines: string[],
    options: SendParameters[2],
  ): string[] {
    const lines = super.send(
      event,
      dataLines.map((line) => line.replaceAll('\r', '')),
      options,
    )
    this.text += lines.join('')
    return lines
  }

  override close(): void {}
}

export class Frame {
  readonly #identity: Buffer
  #gzip: Buffer | undefined
  #previous: Frame | undefined
  #gzipAfterPrevious: Buffer | undefined

  constructor(text: string) {
    this.#identity = Buffer.from(text)
  }

  /** Says which frame most tabs are sent right before this one, and is much like it. Nothing is kept of older ones. */
  follow(previous: Frame): void {
    previous.#previous = undefined
    previous.#gzipAfterPrevious = undefined
    this.#previous = previous
    this.#gzipAfterPrevious = undefined
  }

  /**
   * The bytes to write for a tab of this encoding; `last` is the frame that was written to it right before. A gzip
   * stream is a header and then deflate blocks: each frame is compressed alone and up to a byte boundary, so the same
   * blocks are valid in every tab's stream, in any order. To tabs that have just been sent the frame that it follows,
   * it goes as what differs from that: deflate may refer to the last 32 KB of a stream.
   */
  bytes(encoding: ContentEncoding, last?: Frame): Buffer {
    if (encoding === 'identity') return this.#identity
    if (last === undefined || last !== this.#previous) {
      this.#gzip ??= deflateRawSync(this.#identity, SYNC)
      return this.#gzip
    }
    this.#gzipAfterPrevious ??= deflateRawSync(this.#identity, {
      ...SYNC,
      dictionary: last.#identity.subarray(-WINDOW),
    })
    return this.#gzipAfterPrevious
  }
}

const SYNC = { finishFlush: constants.Z_SYNC_FLUSH }
const WINDOW = 1 << 15

/** What a gzip stream starts with; see {@link Frame.bytes}. */
export const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])

/**
 * @example
 * frame((d) => {
 *   d.patchElements('<output id="count">3</output>')
 *   d.patchSignals('{"_error":""}')
 * })
 */
export const frame = (write: (events: DatastarEvents) => void): Frame =>
  new Frame(new FrameGenerator(write).text)

/** A comment: it keeps proxies from closing a quiet stream, and finds out which tabs are gone. */
export const HEARTBEAT = new Frame(': heartbeat\n\n')
