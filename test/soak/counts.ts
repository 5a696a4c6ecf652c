/** What a server holds: how many there are of the things that come with a tab or a request, and should go with it. */
import { queryObjects } from 'node:v8'
import { SseStream } from '../../src/registry/sse-stream.ts'

/** How many there are of each, by name. */
export type Counts = Readonly<Record<string, number>>

type Class = Parameters<typeof queryObjects>[0]

/** Also those that no list of ours has, if anything refers to them: timers that do not keep the process, for one. */
export const countAll = (): Counts => ({
  ...countActive(),
  ...Object.fromEntries(
    Object.entries(CLASSES).map(([name, type]) => [name, queryObjects(type, { format: 'count' })]),
  ),
  'listener of the process': listeners(),
})

/** Connections, timers and whatever else keeps the process from its end. */
export const countActive = (): Counts => {
  const counts: Record<string, number> = {}
  for (const type of process.getActiveResourcesInfo()) {
    const name = `active ${type}`
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

const listeners = (): number =>
  process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)

/** Node exports neither the class of its timers, nor what it keeps of each listener of an AbortSignal. */
const timerClass = (): Class => {
  const timer = setTimeout(() => {})
  clearTimeout(timer)
  return timer.constructor
}
const listenerClass = (): Class => {
  const target = new EventTarget()
  target.addEventListener('any', () => {})
  const kept = Object.getOwnPropertySymbols(target).find(({ description }) => description === 'kEvents')
  return Reflect.get(target, kept ?? '').get('any').next.constructor
}

const CLASSES: Readonly<Record<string, Class>> = {
  stream: SseStream,
  timer: timerClass(),
  'listener of a signal': listenerClass(),
}
