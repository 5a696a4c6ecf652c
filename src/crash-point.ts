/**
 * For the crash test alone: `before-commit:17` has the process killed, as if the power had failed, when it comes to that
 * point of an append for the 17th time.
 */
import type { CommitPoint } from './events/event-log.ts'

export const crashAt = (setting: string | undefined): ((point: CommitPoint) => void) => {
  const [fatal, count] = setting?.split(':') ?? []
  let left = Number(count)
  return (point) => {
    if (point !== fatal) return
    left -= 1
    if (left === 0) process.kill(process.pid, 'SIGKILL')
  }
}
