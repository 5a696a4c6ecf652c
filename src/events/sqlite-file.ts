/**
 * One SQLite file, opened so that what was committed stays, also when the power fails. Work on it is synchronous, so
 * that no two transactions of this process mingle; while another process has it locked, the event loop runs on.
 */
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { StoreUnavailableError } from './event-log.ts'
import {
  applySettings,
  assertSettings,
  dueMigrations,
  LOG_FORMAT,
  migrate,
  noSuchFile,
  SqliteFileError,
  type SqliteFormat,
} from './sqlite-format.ts'

export interface OpenOptions {
  /** Makes the file, and its folder, if it is not there. */
  readonly create?: boolean
  readonly format?: SqliteFormat
  /** How long another process may keep it locked. */
  readonly patienceMs?: number
}

export class SqliteFile {
  readonly path: string
  readonly #database: Database.Database
  readonly #format: SqliteFormat
  readonly #patienceMs: number

  /**
   * Brings the file up to date if an older Passbook wrote it. Several processes may do so at once.
   *
   * @throws SqliteFileError if it is not there, or is not what it should be; it is left as it is, then
   */
  static async open(where: string, options: OpenOptions = {}): Promise<SqliteFile> {
    const { create = false, format = LOG_FORMAT, patienceMs = 5_000 } = options
    const path = resolve(where)
    if (!create && !existsSync(path)) throw noSuchFile(path, format.name)
    const file = new SqliteFile(path, connect(path, create, format), format, patienceMs)
    try {
      await file.#prepare(create)
      return file
    } catch (error) {
      file.close()
      throw error
    }
  }

  private constructor(path: string, database: Database.Database, format: SqliteFormat, patienceMs: number) {
    this.path = path
    this.#database = database
    this.#format = format
    this.#patienceMs = patienceMs
  }

  prepare<Parameters extends unknown[], Row>(sql: string): Database.Statement<Parameters, Row> {
    return this.#database.prepare<Parameters, Row>(sql)
  }

  /** Does some reading, as soon as the file is free for it. */
  read<T>(work: () => T): Promise<T> {
    return this.#patiently(work)
  }

  /**
   * Does `work` in a transaction of its own and resolves when that is on the disk; changes nothing if `work` throws.
   * It may be done anew if another process gets in between.
   *
   * @throws StoreUnavailableError if another process keeps the file locked for too long, or the disk fails
   */
  write<T>(work: () => T): Promise<T> {
    const transaction = this.#database.transaction(() => {
      assertSettings(this.#database, this.#format)
      return work()
    })
    return this.#patiently(() => transaction.immediate())
  }

  /** Several statements, for within `write`. */
  execute(script: string): void {
    this.#database.exec(script)
  }

  /** Has the write-ahead log hold nothing any more, as soon as nobody reads in it. */
  async emptyWal(): Promise<void> {
    await this.#patiently(() => {
      const isBusy = this.#database.pragma('wal_checkpoint(TRUNCATE)', { simple: true }) === 1
      if (isBusy) throw new Database.SqliteError('the write-ahead log is in use', 'SQLITE_BUSY')
    })
  }

  close(): void {
    this.#database.close()
  }

  async #prepare(create: boolean): Promise<void> {
    const due = () => dueMigrations(this.#database, this.#format, create)
    const isDue = await this.read(() => {
      const isDue = due().length > 0
      applySettings(this.#database, this.#format)
      return isDue
    })
    // Another process may have been faster: what is due is looked up again under the lock.
    if (isDue) await this.write(() => migrate(this.#database, due(), this.#format))
    await this.read(() => assertSettings(this.#database, this.#format))
  }

  async #patiently<T>(work: () => T): Promise<T> {
    const start = performance.now()
    for (;;) {
      if (!this.#database.open) throw new StoreUnavailableError(`${this.path} is closed.`)
      try {
        return work()
      } catch (error) {
        if (!isLocked(error)) throw hasFailed(error) ? failed(this.path, error) : error
        if (performance.now() - start > this.#patienceMs) throw locked(this.path, this.#patienceMs, error)
      }
      await pause(1 + Math.random() * 9)
    }
  }
}

const connect = (path: string, create: boolean, { mode }: SqliteFormat): Database.Database => {
  try {
    if (create && !existsSync(path)) make(path, mode)
    return new Database(path, { fileMustExist: true, timeout: 0 })
  } catch (cause) {
    throw new SqliteFileError(path, `${path} cannot be opened: ${messageOf(cause)}.`, { cause })
  }
}

/** Makes an empty file, unless somebody else just did: to open and close one that SQLite has open drops its locks. */
const make = (path: string, mode: number): void => {
  mkdirSync(dirname(path), { recursive: true })
  try {
    closeSync(openSync(path, 'wx', mode))
  } catch (error) {
    if (!existsSync(path)) throw error
  }
}

const failed = (path: string, cause: unknown): StoreUnavailableError =>
  new StoreUnavailableError(`${path}: ${messageOf(cause)}. ${adviceOn(codeOf(cause))}`, { cause })

const adviceOn = (code: string): string => {
  if (/READONLY|PERM|CANTOPEN/.test(code)) return 'Run this as the user that the server runs as.'
  if (/CORRUPT|NOTADB/.test(code)) return 'The file is damaged: put a backup in its place.'
  return code.startsWith('SQLITE_FULL') ? 'Make room on the disk.' : 'Look after the disk that it is on.'
}

const locked = (path: string, patienceMs: number, cause: unknown): StoreUnavailableError =>
  new StoreUnavailableError(
    `another process has been writing to ${path} for more than ${patienceMs / 1_000} s.`,
    { cause },
  )

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const codeOf = (error: unknown): string => (error instanceof Database.SqliteError ? error.code : '')

/** Another process has the lock, and will give it back. */
const isLocked = (error: unknown): boolean => /^SQLITE_(BUSY|PROTOCOL)/.test(codeOf(error))

/** It is not the statement that is at fault, but the disk, the file or its folder. */
const hasFailed = (error: unknown): boolean =>
  /^SQLITE_(IOERR|FULL|READONLY|CORRUPT|CANTOPEN|NOTADB|PERM|NOMEM|NOLFS)/.test(codeOf(error))
