// The projector in a process of its own that is killed, again and again, without a chance to put things in order.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { FOLD_VERSION } from '../../src/projection/account.ts'
import { openStorage } from '../../src/storage.ts'
import { at, deposits, newEvent, newEvents, oneTo, opened, withdrawn } from '../events/sample-events.ts'
import { temporaryPath } from '../support/sqlite.ts'
import { listed, logOf, summariesOf } from './ledger.ts'

const script = fileURLToPath(new URL('projecting-process.ts', import.meta.url))

/** Kills the process after so many steps, at whatever it is doing then; resolves with how it ended. */
const live = async (path: string, steps: number): Promise<unknown> => {
  const child = fork(script, [path], { execArgv: ['--import', 'tsx'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const exit = once(child, 'exit')
  let taken = 0
  child.on('message', () => {
    taken += 1
    if (taken === steps) child.kill('SIGKILL')
  })
  const [code, signal] = await exit
  return code ?? signal
}

it('counts each event once, however often it is killed', { timeout: 120_000 }, async () => {
  const path = temporaryPath()
  const open = () => openStorage({ type: 'sqlite', path }, { create: true })

  const { events, summaries, close } = await open()
  for (const part of oneTo(200)) {
    for (const account of ['alice', 'bob']) {
      const move = newEvent(withdrawn(part), { occurredAt: at(part) })
      await events.append(account, [...newEvents(opened(part)), ...deposits(3), move], { expected: 'any' })
    }
  }
  const log = await logOf(events)
  await summaries.activate((await summaries.begin(FOLD_VERSION)).generation)
  await close()

  /** The summaries and their position say the same. Resolves with the position. */
  const look = async (): Promise<number> => {
    const { summaries, close } = await open()
    const position = (await summaries.active())?.position ?? 0
    expect(await listed(summaries)).toEqual(summariesOf(log.slice(0, position)))
    await close()
    return position
  }

  const positions: number[] = []
  const endings: unknown[] = []
  for (const steps of [1, 7, 20, 33, 51, 40]) {
    endings.push(await live(path, steps))
    positions.push(await look())
  }
  expect(endings.filter((ending) => ending === 'SIGKILL').length).toBeGreaterThan(2)
  expect(positions).toEqual([...positions].sort((one, other) => one - other))

  expect(await live(path, Number.POSITIVE_INFINITY)).toBe(0)
  expect(await look()).toBe(log.length)
})
