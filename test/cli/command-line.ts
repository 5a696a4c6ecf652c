/** Runs commands as people do, in a process of their own; or in this one, which is faster and leaves errors to the test. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, vi } from 'vitest'
import { createProgram } from '../../src/cli/program.ts'
import { openStorage } from '../../src/storage.ts'

export const BIN = fileURLToPath(new URL('../../bin/passbook.js', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Started {
  readonly process: ChildProcess
  readonly ended: Promise<Ended>
}

const running = new Set<ChildProcess>()

afterAll(async () => {
  const exits = [...running].map((child) => once(child, 'exit'))
  for (const child of running) child.kill('SIGKILL')
  await Promise.all(exits)
})

/** `passbook ...`, which is not waited for. */
export const start = (args: readonly string[], { cwd = process.cwd() } = {}): Started => {
  const { PORT: _port, HOST: _host, PASSBOOK_STORE: _store, ...env } = process.env
  const child = spawn(process.execPath, [BIN, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  child.once('exit', () => running.delete(child))
  const [closed, stdout, stderr] = [once(child, 'close'), text(child.stdout), text(child.stderr)]
  const ended = async (): Promise<Ended> => {
    const [code] = await closed
    return { code, stdout: await stdout, stderr: await stderr }
  }
  return { process: child, ended: ended() }
}

/** `passbook ...`, to its end. */
export const passbook = (...args: readonly string[]): Promise<Ended> => start(args).ended

/** What is printed while something is done in this process. Rejects as that does. */
export const printedBy = async (work: () => Promise<unknown>): Promise<string> => {
  const printed: string[] = []
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed.push(String(text))
    return true
  })
  try {
    await work()
  } finally {
    write.mockRestore()
  }
  return printed.join('')
}

const serve = () => Promise.reject(new Error('The tests of commands start no server.'))

/** A command in this process, with its own output. */
export const command = (...args: readonly string[]): Promise<unknown> =>
  createProgram({ openStorage, serve }).parseAsync(args, { from: 'user' })

/** What a command prints. Rejects with its error. */
export const run = (...args: readonly string[]): Promise<string> => printedBy(() => command(...args))
