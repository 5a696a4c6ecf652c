/** HTTP's chunks, and what is in them. A server writes each frame as a chunk. */
import { constants, inflateRawSync } from 'node:zlib'
import { GZIP_HEADER } from '../../src/registry/frame.ts'

const CRLF = '\r\n'

/** How many bytes a chunk of so many takes on the wire. */
export const onWire = (length: number): number => length.toString(16).length + length + 2 * CRLF.length

/** Puts chunks together again, however they were cut on their way. */
export class Chunks {
  readonly #onChunk: (chunk: Buffer) => void
  #rest: Buffer = Buffer.alloc(0)

  /** The chunk is gone when `onChunk` returns. */
  constructor(onChunk: (chunk: Buffer) => void) {
    this.#onChunk = onChunk
  }

  read(bytes: Buffer): void {
    const all = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes
    let at = 0
    while (true) {
      const start = all.indexOf(CRLF, at) + CRLF.length
      if (start < CRLF.length) break
      const end = start + Number.parseInt(all.toString('latin1', at, start), 16)
      if (end + CRLF.length > all.length) break
      this.#onChunk(all.subarray(start, end))
      at = end + CRLF.length
    }
    this.#rest = at < all.length ? Buffer.from(all.subarray(at)) : Buffer.alloc(0)
  }
}

/** The text of a chunk, of whatever a gzip stream is made of. It may refer to the text of the chunk before it. */
export const textOf = (chunk: Buffer, isGzip: boolean, before = ''): string => {
  if (!isGzip) return chunk.toString()
  if (chunk.equals(GZIP_HEADER)) return ''
  const dictionary = Buffer.from(before).subarray(-WINDOW)
  const options = { finishFlush: constants.Z_SYNC_FLUSH, ...(before && { dictionary }) }
  return inflateRawSync(chunk, options).toString()
}

/** How far back deflate may refer. */
const WINDOW = 1 << 15
