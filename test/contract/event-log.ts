/** What every log promises beneath the event store: the long form of `src/events/event-log.ts`. */
import { describe } from 'vitest'
import type { EventLog } from '../../src/events/event-log.ts'
import { logAppending } from './log-appending.ts'
import { logNews } from './log-news.ts'
import { logRestoring } from './log-restoring.ts'
import { type Opened, withOpened } from './opened.ts'

export interface OpenLog extends Opened {
  readonly log: EventLog
}

/** Makes a test of one log: opened for it, empty, and closed after it. */
export type WithLog = (test: (opened: OpenLog) => Promise<void>) => () => Promise<void>

/** `open` gives an empty log each time; the suite closes it. */
export const eventLogContract = (name: string, open: () => Promise<OpenLog>) =>
  describe(`${name}: an event log`, () => {
    const withLog: WithLog = withOpened(open)
    describe('appends', () => logAppending(withLog))
    describe('restores', () => logRestoring(withLog))
    describe('tells that there is something new', () => logNews(withLog))
  })
