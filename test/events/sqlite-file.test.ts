import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { StoreUnavailableError } from '../../src/events/event-log.ts'
import { SqliteFile } from '../../src/events/sqlite-file.ts'
import { SqliteFileError, type SqliteFormat } from '../../src/events/sqlite-format.ts'
import { openFile, startProcess, temporaryPath } from '../support/sqlite.ts'
import { oneTo } from './sample-events.ts'

const get = (file: SqliteFile, sql: string): unknown => file.prepare<[], unknown>(sql).pluck().get()

const headOf = (file: SqliteFile): unknown => get(file, 'SELECT position FROM head')

const setHead = (file: SqliteFile, position: number) => () => {
  file.prepare<[number], never>('UPDATE head SET position = ?').run(position)
}

/** Opens it and closes it again, or gives the error. */
const errorOf = (path: string, create: boolean): Promise<unknown> =>
  SqliteFile.open(path, { create }).then(
    (file) => file.close(),
    (error: unknown) => error,
  )

/** Whatever SQLite itself makes of a file, past all of Passbook's checks. */
const alter = (path: string, sql: string): void => {
  const database = new Database(path)
  database.exec(sql)
  database.close()
}

describe('a new file', () => {
  it('is made with its folder, if that is asked for', async () => {
    const path = temporaryPath('a/b/passbook.db')
    const file = await openFile(path)
    expect(statSync(path).isFile()).toBe(true)
    expect(headOf(file)).toBe(0)
  })

  it('is not made otherwise, and one line says what to do', async () => {
    const path = temporaryPath('a/passbook.db')
    const error = await errorOf(path, false)
    expect(error).toBeInstanceOf(SqliteFileError)
    expect(error).toMatchObject({
      name: 'SqliteFileError',
      path,
      message: `There is no log at ${path}. Check the path, or start Passbook there to make one.`,
    })
    expect(existsSync(dirname(path))).toBe(false)
  })

  it('may have been begun before, and be empty', async () => {
    const path = temporaryPath()
    writeFileSync(path, '')
    expect(await errorOf(path, false)).toHaveProperty('message', expect.stringContaining('There is no log'))
    expect(statSync(path).size).toBe(0)
    expect(headOf(await openFile(path))).toBe(0)
  })

  it('cannot be made where there is no place for it, and one line says why', async () => {
    const path = temporaryPath()
    writeFileSync(path, 'a file, not a folder')
    expect(await errorOf(`${path}/passbook.db`, true)).toMatchObject({
      name: 'SqliteFileError',
      message: expect.stringMatching(/passbook\.db cannot be opened: EEXIST: .*\.$/),
    })
  })
})

describe('what was committed stays when the power fails', () => {
  const settingsOf = (file: SqliteFile) => [
    get(file, 'PRAGMA journal_mode'),
    get(file, 'PRAGMA synchronous'),
    get(file, 'PRAGMA secure_delete'),
  ]
  const SAFE = ['wal', 2, 1]

  it('by settings that hold on every open, before and after the first reads and writes', async () => {
    const path = temporaryPath()
    for (const position of oneTo(3)) {
      const file = await openFile(path)
      expect(settingsOf(file)).toEqual(SAFE)
      await file.read(() => headOf(file))
      expect(settingsOf(file)).toEqual(SAFE)
      for (const add of [0, 1]) {
        await file.write(setHead(file, position + add))
        expect(settingsOf(file)).toEqual(SAFE)
      }
      file.close()
    }
  })

  it('so a connection that has lost them writes nothing', async () => {
    const file = await openFile()
    await file.write(setHead(file, 1))
    file.prepare('PRAGMA synchronous = NORMAL').run()
    await expect(file.write(setHead(file, 2))).rejects.toThrow(
      `${file.path} would not survive a power failure: synchronous is "1" and not "2". Keep it on a local disk.`,
    )
    expect(headOf(file)).toBe(1)
  })
})

describe('a file that is something else is refused, and left as it is:', () => {
  const someDatabase = (path: string) =>
    alter(path, 'CREATE TABLE birds (name TEXT); PRAGMA user_version = 1')

  it.each<[string, (path: string) => void]>([
    ['a text', (path) => writeFileSync(path, 'Dear diary, '.repeat(1_000))],
    ['a short text', (path) => writeFileSync(path, 'Dear diary')],
    ['another database', someDatabase],
    [
      'another database, in WAL mode',
      (path) => alter(path, 'PRAGMA journal_mode = WAL; CREATE TABLE birds (name)'),
    ],
    ['another database, without a table yet', (path) => alter(path, 'PRAGMA user_version = 1')],
    ['another database with an id', (path) => alter(path, 'PRAGMA application_id = 252006674')],
  ])('%s', async (_, make) => {
    const path = temporaryPath()
    make(path)
    const before = readFileSync(path)
    for (const create of [true, false]) {
      const error = await errorOf(path, create)
      expect(error).toBeInstanceOf(SqliteFileError)
      expect(error).toHaveProperty(
        'message',
        `${path} is not a Passbook log. It was left as it is; choose another path.`,
      )
    }
    expect(readFileSync(path)).toEqual(before)
  })

  it('a log of a newer Passbook', async () => {
    const path = temporaryPath()
    await errorOf(path, true)
    alter(path, 'PRAGMA user_version = 999')
    const before = readFileSync(path)
    for (const create of [true, false]) {
      const error = await errorOf(path, create)
      expect(error).toBeInstanceOf(SqliteFileError)
      expect(error).toHaveProperty(
        'message',
        `${path} was written by a newer Passbook (format 999, and this one knows 3). It was left as it is; run the newer one.`,
      )
    }
    expect(readFileSync(path)).toEqual(before)
  })

  it('a folder', async () => {
    const path = temporaryPath()
    mkdirSync(path)
    expect(await errorOf(path, true)).toMatchObject({
      name: 'SqliteFileError',
      message: `${path} cannot be opened: unable to open database file.`,
    })
  })
})

describe('migrations', () => {
  /** A format with these migrations, numbered from 1. */
  const formatWith = (...migrations: readonly string[]): SqliteFormat => {
    const folder = temporaryPath('migrations')
    mkdirSync(folder)
    for (const [index, sql] of migrations.entries()) writeFileSync(`${folder}/00000${index + 1}.sql`, sql)
    return {
      name: 'log',
      applicationId: 7,
      migrations: pathToFileURL(`${folder}/`),
      settings: { journal_mode: 'wal', synchronous: 2 },
      tuning: {},
      mode: 0o644,
    }
  }
  const FIRST = 'CREATE TABLE runs (migration); INSERT INTO runs VALUES (1)'
  const SECOND = 'INSERT INTO runs VALUES (2)'
  const runsOf = (file: SqliteFile) => file.prepare<[], unknown>('SELECT migration FROM runs').pluck().all()

  it('run once, in order, also in a file that some have run in before', async () => {
    const path = temporaryPath()
    for (const [format, runs] of [
      [formatWith(FIRST), [1]],
      [formatWith(FIRST), [1]],
      [formatWith(FIRST, SECOND), [1, 2]],
      [formatWith(FIRST, SECOND), [1, 2]],
    ] as const) {
      const file = await openFile(path, { format })
      expect(runsOf(file)).toEqual(runs)
      file.close()
    }
  })

  it('run once when many open the file at once', async () => {
    const path = temporaryPath()
    const format = formatWith(FIRST, SECOND)
    const files = await Promise.all(oneTo(5).map(() => openFile(path, { format })))
    for (const file of files) expect(runsOf(file)).toEqual([1, 2])
  })

  it('run all or not at all', async () => {
    const path = temporaryPath()
    const broken = formatWith(FIRST, SECOND, 'INSERT INTO runs VALUES (3); INSERT INTO nowhere VALUES (3)')
    await expect(openFile(path, { format: broken })).rejects.toThrow('nowhere')
    const file = await openFile(path, { format: formatWith(FIRST) })
    expect(runsOf(file)).toEqual([1])
  })

  it('run once when many processes open the file at once', async () => {
    const path = temporaryPath()
    const processes = oneTo(3).map((number) => startProcess('append', path, `stream ${number}`, '1'))
    for (const { says } of processes) expect(await says()).toBe('ready')
    for (const { goOn } of processes) goOn()
    for (const { says } of processes) expect(await says()).toMatchObject({ ids: [expect.any(String)] })
    const file = await openFile(path)
    expect(get(file, 'SELECT count(*) FROM head')).toBe(1)
    expect(headOf(file)).toBe(3)
  })
})

describe('a transaction', () => {
  it('gives what its work gives', async () => {
    const file = await openFile()
    expect(await file.write(() => 'done')).toBe('done')
  })

  it('changes nothing if its work throws, which is what it rejects with', async () => {
    const file = await openFile()
    const failure = new Error('No.')
    const work = () => {
      setHead(file, 5)()
      throw failure
    }
    await expect(file.write(work)).rejects.toBe(failure)
    expect(headOf(file)).toBe(0)
    await file.write(setHead(file, 6))
    expect(headOf(file)).toBe(6)
  })

  it('is not part of another, however many there are at once', async () => {
    const file = await openFile()
    const one = oneTo(20).map((position) => file.write(setHead(file, position)))
    const bad = file.write(() => {
      setHead(file, 99)()
      throw new Error('No.')
    })
    await expect(bad).rejects.toThrow('No.')
    await Promise.all(one)
    expect(headOf(file)).toBe(20)
  })

  it('is not begun on a file that is closed', async () => {
    const file = await openFile()
    file.close()
    for (const attempt of [file.write(() => 1), file.read(() => 1)]) {
      await expect(attempt).rejects.toThrow(StoreUnavailableError)
    }
  })
})

describe('while another process writes', () => {
  const lock = async (path: string) => {
    const other = startProcess('hold', path)
    expect(await other.says()).toBe('holding')
    return other
  }

  it('writing waits and does not begin its work, while the event loop runs on', async () => {
    const path = temporaryPath()
    const file = await openFile(path)
    const { goOn } = await lock(path)
    let [ticks, begun] = [0, 0]
    const ticking = setInterval(() => {
      ticks += 1
      if (ticks === 40) goOn()
    }, 5)
    const work = () => {
      begun += 1
      setHead(file, Number(headOf(file)) + 1)()
      return ticks
    }
    expect(await file.write(work)).toBeGreaterThanOrEqual(40)
    clearInterval(ticking)
    expect(begun).toBe(1)
    expect(headOf(file)).toBe(1)
  })

  it('reading and opening do not wait', async () => {
    const path = temporaryPath()
    const file = await openFile(path)
    await lock(path)
    expect(await file.read(() => headOf(file))).toBe(0)
    expect(headOf(await openFile(path))).toBe(0)
  })

  it('for too long, the store is unavailable: which file, and why', async () => {
    const path = temporaryPath()
    const file = await openFile(path, { patienceMs: 50 })
    const { goOn } = await lock(path)
    const error = await file.write(setHead(file, 7)).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(StoreUnavailableError)
    expect(error).toHaveProperty(
      'message',
      `The store is not reachable: another process has been writing to ${path} for more than 0.05 s.`,
    )
    expect(headOf(file)).toBe(0)

    goOn()
    const patient = await openFile(path)
    await patient.write(setHead(patient, 8))
    expect(headOf(file)).toBe(8)
  })
})

describe('when the disk fails, the store is unavailable:', () => {
  it('it is full', async () => {
    const file = await openFile()
    file.prepare(`PRAGMA max_page_count = ${get(file, 'PRAGMA page_count')}`).get()
    const work = () => file.prepare('CREATE TABLE large AS SELECT zeroblob(100000)').run()
    const error = await file.write(work).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(StoreUnavailableError)
    expect(error).toMatchObject({
      message: `The store is not reachable: ${file.path}: database or disk is full. Make room on the disk.`,
      cause: { code: 'SQLITE_FULL' },
    })
    await file.write(setHead(file, 1))
    expect(headOf(file)).toBe(1)
  })

  it('it has lost what was written', async () => {
    const path = temporaryPath()
    await errorOf(path, true)
    const bytes = readFileSync(path)
    writeFileSync(path, bytes.fill(0xff, 4_096))
    const file = await openFile(path)
    const error = await file.read(() => headOf(file)).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(StoreUnavailableError)
    expect(error).toMatchObject({ cause: { code: 'SQLITE_CORRUPT' } })
  })
})
