/** Folds over and over, and looks at each result. */
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import type { RecordedEvent } from '../src/events/event.ts'
import { PAGE } from '../src/events/store.ts'
import { openStorage, type Storage } from '../src/storage.ts'
import { ACCOUNT, balanceAfter } from './account-history.ts'
import type { Opened } from './contest.ts'
import { copyLog } from './long-log.ts'

/** A copy of the log, opened. */
export const openCopy = async (log: string, folder: string): Promise<Storage> => {
  const path = join(await mkdtemp(join(folder, 'copy-')), 'log.db')
  await copyLog(log, path)
  return openStorage({ type: 'sqlite', path }, { create: false })
}

/** All events of the account, as the store gives them. */
export const readEvents = async ({ events }: Storage): Promise<readonly RecordedEvent[]> => {
  const all: RecordedEvent[] = []
  for (;;) {
    const page = await events.read(ACCOUNT, { from: all.length + 1, limit: PAGE })
    all.push(...page)
    if (page.length < PAGE) return all
  }
}

const ROUND_MS = 300

/** Has `balanceOf` done over and over for a while, at least once, and warms it up before. Checked each time. */
export const folding = async (
  events: number,
  balanceOf: () => number | Promise<number>,
  close: () => Promise<void>,
): Promise<Opened> => {
  const expected = balanceAfter(events)
  const round = async () => {
    const begun = performance.now()
    let [passes, ms] = [0, 0]
    while (ms < ROUND_MS) {
      const balance = await balanceOf()
      if (balance !== expected) throw new Error(`The balance should be ${expected}, not ${balance}.`)
      passes += 1
      ms = performance.now() - begun
    }
    return { events: (passes * events) / (ms / 1_000) }
  }
  await round()
  return { round, close }
}
