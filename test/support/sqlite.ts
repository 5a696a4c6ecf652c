// SQLite files for tests, each in a folder of its own that goes when its test ends, and other processes that use them.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { CommitPoint } from '../../src/events/event-log.ts'
import { LogEventStore } from '../../src/events/log-event-store.ts'
import { type OpenOptions, SqliteFile } from '../../src/events/sqlite-file.ts'
import { SqliteKeys } from '../../src/events/sqlite-keys.ts'
import { SqliteLog } from '../../src/events/sqlite-log.ts'

/** Where nothing is yet. */
export const temporaryPath = (name = 'passbook.db'): string => {
  const folder = mkdtempSync(join(tmpdir(), 'passbook-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, name)
}

/** Made if it is not there; closed when the test ends. */
export const openFile = async (path = temporaryPath(), options: OpenOptions = {}): Promise<SqliteFile> => {
  const file = await SqliteFile.open(path, { create: true, ...options })
  onTestFinished(() => file.close())
  return file
}

/** A log on a connection of its own. */
export const openLog = async (
  path?: string,
  options?: { readonly reached?: (point: CommitPoint) => void; readonly pollMs?: number },
): Promise<{ readonly file: SqliteFile; readonly log: SqliteLog }> => {
  const file = await openFile(path)
  return { file, log: new SqliteLog(file, options) }
}

/** All of a store, which closes all that it has opened. */
export class SqliteEventStore extends LogEventStore {
  readonly #file: SqliteFile

  static async open(path: string): Promise<SqliteEventStore> {
    const file = await SqliteFile.open(path, { create: true })
    return new SqliteEventStore(file, await SqliteKeys.open(path))
  }

  private constructor(file: SqliteFile, keys: SqliteKeys) {
    super(new SqliteLog(file), keys)
    this.#file = file
  }

  override async close(): Promise<void> {
    await super.close()
    this.#file.close()
  }
}

/** Another process that does one of the tasks in `sqlite-process.ts`. It waits to be told before each step. */
export interface OtherProcess {
  /** What it says next. */
  readonly says: () => Promise<unknown>
  readonly goOn: () => void
}

export const startProcess = (task: string, ...args: readonly string[]): OtherProcess => {
  const script = fileURLToPath(new URL('sqlite-process.ts', import.meta.url))
  const child = fork(script, [task, ...args], { execArgv: ['--import', 'tsx'] })
  onTestFinished(() => ended(child))
  const said: unknown[] = []
  child.on('message', (message) => said.push(message))
  return {
    says: async () => {
      while (said.length === 0) {
        if (isOver(child)) throw new Error(`"${task}" ended with ${child.exitCode} and said nothing`)
        await Promise.race([once(child, 'message'), once(child, 'exit')])
      }
      return said.shift()
    },
    goOn: () => child.send('go on'),
  }
}

const isOver = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null

const ended = async (child: ChildProcess): Promise<void> => {
  if (isOver(child)) return
  const exit = once(child, 'exit')
  child.kill()
  await exit
}
