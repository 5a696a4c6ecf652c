import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { withProgress } from '../../src/cli/progress.ts'

/** A terminal that remembers what it was sent, each line after the one before was taken away. */
const fakeTerminal = (isTTY = true) => {
  const written: string[] = []
  const write = (text: string | Uint8Array): boolean => {
    written.push(String(text))
    return true
  }
  return { isTTY, write, written }
}

const AWAY = '\r\x1b[K'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('progress', () => {
  it('is not shown of what takes less than a second', async () => {
    const terminal = fakeTerminal()
    const work = async (onProgress: (position: number) => void) => {
      vi.advanceTimersByTime(999)
      onProgress(500)
      return 'done'
    }
    expect(await withProgress('Verifying', 1_000, work, terminal)).toBe('done')
    expect(terminal.written).toEqual([])
  })

  it('is shown from then on, at most ten times a second, and is taken away at the end', async () => {
    const terminal = fakeTerminal()
    await withProgress(
      'Verifying',
      12_345,
      async (onProgress) => {
        vi.advanceTimersByTime(1_000)
        for (let position = 1_000; position <= 5_000; position += 500) {
          onProgress(position)
          vi.advanceTimersByTime(40)
        }
      },
      terminal,
    )
    expect(terminal.written).toEqual([
      `${AWAY}Verifying: 1,000 events, 8%`,
      `${AWAY}Verifying: 2,500 events, 20%`,
      `${AWAY}Verifying: 4,000 events, 32%`,
      AWAY,
    ])
  })

  it('is taken away when the work fails, and the failure goes on', async () => {
    const terminal = fakeTerminal()
    const failing = withProgress(
      'Importing',
      2,
      async (onProgress) => {
        vi.advanceTimersByTime(2_000)
        onProgress(1)
        throw new Error('The disk is full.')
      },
      terminal,
    )
    await expect(failing).rejects.toThrow('The disk is full.')
    expect(terminal.written).toEqual([`${AWAY}Importing: 1 event, 50%`, AWAY])
  })

  it.each([
    ['nobody knows how much there is', 0, 1_500, '1,500 events'],
    ['there is more than there was at the beginning', 1_000, 1_500, '1,500 events, 100%'],
    ['it is almost done', 1_000, 999, '999 events, 99%'],
  ])('does not say more than is known: %s', async (_, total, position, shown) => {
    const terminal = fakeTerminal()
    await withProgress(
      'Checking',
      total,
      async (onProgress) => {
        vi.advanceTimersByTime(1_000)
        onProgress(position)
      },
      terminal,
    )
    expect(terminal.written).toEqual([`${AWAY}Checking: ${shown}`, AWAY])
  })

  it('is for terminals: nothing is written to anything else', async () => {
    const file = fakeTerminal(false)
    await withProgress(
      'Exporting',
      1,
      async (onProgress) => {
        vi.advanceTimersByTime(60_000)
        onProgress(1)
      },
      file,
    )
    expect(file.written).toEqual([])
  })
})
