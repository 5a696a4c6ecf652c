/** The server of the soak with the faults in it that SOAK_FAULTS names, so that one sees that they are found out. */
import { setMaxListeners } from 'node:events'
import { createServer } from 'node:net'
import { readConfig } from '../../src/config.ts'
import { StoreUnavailableError } from '../../src/events/event-log.ts'
import type { EventStore } from '../../src/events/store.ts'
import { Frame } from '../../src/registry/frame.ts'
import { SseStream } from '../../src/registry/sse-stream.ts'
import { serve } from '../../src/serve.ts'
import { openStorage } from '../../src/storage.ts'
import { storeWith } from '../commands/store-with.ts'
import { answerQuestions } from './answers.ts'

const { PASSBOOK_STORE: store, SOAK_FAULTS = '' } = process.env

const kept: unknown[] = []
const leaving = new AbortController()
setMaxListeners(0, leaving.signal, process)

/** Every stream that opens is asked at once to tell of its end. */
const atEachStream = (work: (stream: SseStream) => void): void => {
  const { onClose } = SseStream.prototype
  SseStream.prototype.onClose = function (listener) {
    work(this)
    onClose.call(this, listener)
  }
}

const FAULTS: Readonly<Record<string, () => void>> = {
  'keeps streams': () => atEachStream((stream) => kept.push(stream)),
  'leaves listeners': () => atEachStream(() => process.on('SIGUSR2', () => {})),
  'leaves listeners of signals': () => atEachStream(() => leaving.signal.addEventListener('abort', () => {})),
  'leaves timers': () => atEachStream(() => setInterval(() => {}, 60_000).unref()),
  'leaves sockets': () => atEachStream(() => createServer().listen(0, '127.0.0.1')),
  grows: () => setInterval(() => kept.push(new Array(500_000).fill(0.5)), 50),
  /** What differs from a view is sent to tabs that were shown another. */
  'spoils differences': () => {
    const { bytes, follow } = Frame.prototype
    const previous = new WeakMap<Frame, Frame>()
    Frame.prototype.follow = function (frame) {
      previous.set(this, frame)
      follow.call(this, frame)
    }
    Frame.prototype.bytes = function (encoding, last) {
      return bytes.call(this, encoding, last && (previous.get(this) ?? last))
    }
  },
  'loses frames': () => {
    const { sendNewest } = SseStream.prototype
    let frames = 0
    SseStream.prototype.sendNewest = function (kind, frame) {
      frames += 1
      if (frames % 2 === 0) sendNewest.call(this, kind, frame)
    }
  },
}

/** Every tenth append. */
const failing = (events: EventStore): EventStore => {
  let appends = 0
  return storeWith(events, {
    append: async (...appended) => {
      appends += 1
      if (appends % 10 === 0) throw new StoreUnavailableError('The tenth append fails.')
      return events.append(...appended)
    },
  })
}

for (const fault of SOAK_FAULTS.split(', ')) FAULTS[fault]?.()
const config = readConfig({ store, port: '0', host: '127.0.0.1' })
const storage = await openStorage(config.store, { create: true })
answerQuestions()
await serve(SOAK_FAULTS.includes('fails') ? { ...storage, events: failing(storage.events) } : storage, config)
