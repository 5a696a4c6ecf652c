/** What is sent by those who render nothing: as long as a frame of the product, and right in every stream at any time. */
import { constants, deflateRawSync } from 'node:zlib'

/** What deflate says about a block that it leaves as it is, and the empty one that ends at a byte. */
const OVERHEAD = deflateRawSync('', { finishFlush: constants.Z_SYNC_FLUSH, level: 0 }).length + 5

/** A text, filled up until it is as long as it is to be on the wire. */
export const bareFrame = (text: string, length: number, isGzip: boolean): Buffer => {
  if (!isGzip) return Buffer.from(text.padEnd(length))
  const filled = text.padEnd(length - OVERHEAD)
  return deflateRawSync(filled, { finishFlush: constants.Z_SYNC_FLUSH, level: 0 })
}
