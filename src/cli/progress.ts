/** Says on a terminal how far something has come, once it takes longer than a second. Never on stdout. */
import { count } from './answers.ts'

const PATIENCE_MS = 1_000
const EVERY_MS = 100

/** Does `work`, which tells how many of `total` events it has come by; a `total` of 0 is not known yet. */
export const withProgress = async <T>(
  what: string,
  total: number,
  work: (onProgress: (position: number) => void) => Promise<T>,
  terminal: Pick<NodeJS.WriteStream, 'isTTY' | 'write'> = process.stderr,
): Promise<T> => {
  let next = Date.now() + PATIENCE_MS
  let isShown = false
  try {
    return await work((position) => {
      if (!terminal.isTTY || Date.now() < next) return
      const percent = total > 0 ? `, ${Math.min(Math.floor((position / total) * 100), 100)}%` : ''
      terminal.write(`\r\x1b[K${what}: ${count(position, 'event')}${percent}`)
      isShown = true
      next = Date.now() + EVERY_MS
    })
  } finally {
    if (isShown) terminal.write('\r\x1b[K')
  }
}
