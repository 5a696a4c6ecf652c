import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { StoreUnavailableError } from '../../src/events/event-log.ts'
import { PostgresDatabase } from '../../src/events/postgres-database.ts'
import { openPostgres, PostgresDatabaseError } from '../../src/events/postgres-migrations.ts'
import { freshDatabase, openDatabase, PASSWORD, rawConnection } from '../support/postgres.ts'
import { oneTo } from './sample-events.ts'

const changed = (
  url: string,
  parts: Partial<Pick<URL, 'port' | 'pathname' | 'username' | 'password'>>,
): string => Object.assign(new URL(url), parts).href

const errorOf = async (work: Promise<unknown>): Promise<unknown> => {
  try {
    await work
  } catch (error) {
    return error
  }
  throw new Error('It succeeded.')
}

/** Everything that printing an error could show, and the errors that caused it. */
const shownBy = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return `${error.stack} ${JSON.stringify(error)} ${error.cause === undefined ? '' : shownBy(error.cause)}`
}

describe('opening', () => {
  const tablesOf = (url: string) =>
    rawConnection(
      url,
    )`SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`

  it('makes the tables, and leaves them as they are when it is done again', async () => {
    const url = await freshDatabase()
    const sql = rawConnection(url)
    await openDatabase(url)
    const tables = await tablesOf(url)
    expect(tables).toContainEqual({ table_name: 'events' })
    const migrations = await sql`SELECT * FROM migrations ORDER BY version`
    expect(migrations.map(({ version }) => version)).toEqual(oneTo(migrations.length))
    await openDatabase(url)
    expect(await sql`SELECT * FROM migrations ORDER BY version`).toEqual(migrations)
    expect(await tablesOf(url)).toEqual(tables)
  })

  it('may be done by many servers at once', async () => {
    const url = await freshDatabase()
    await Promise.all(oneTo(6).map(() => openDatabase(url)))
    const rows = await rawConnection(url)`SELECT count(*)::integer AS count FROM head`
    expect(rows).toEqual([{ count: 1 }])
  })

  it('waits for who is appending just now, or making tables', async () => {
    const url = await freshDatabase()
    const other = rawConnection(url)
    const observer = rawConnection(url)
    await openDatabase(url)
    await other`DELETE FROM migrations WHERE version = (SELECT max(version) FROM migrations)`
    const [last] = await other`SELECT max(version) + 1 AS version FROM migrations`
    await other`BEGIN`
    await other`SELECT lock_log()`
    const opened = openDatabase(url)
    await expect
      .poll(() => observer`SELECT pid FROM pg_stat_activity WHERE wait_event = 'advisory'`)
      .toHaveLength(1)
    await other`INSERT INTO migrations (version) VALUES (${last?.version})`
    await other`COMMIT`
    await opened
  })

  it('goes on where another version left off', async () => {
    const url = await freshDatabase()
    const sql = rawConnection(url)
    await sql`CREATE TABLE migrations (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`
    await sql.unsafe(
      readFileSync(new URL('../../src/events/sql/postgres/000001.sql', import.meta.url), 'utf8'),
    )
    await sql`INSERT INTO migrations (version) VALUES (1)`
    const database = await openDatabase(url)
    expect(await database.query`SELECT * FROM stored_events`).toEqual([])
  })

  it('makes them in the first schema of the search path, so that several logs find room', async () => {
    const url = await freshDatabase()
    const sql = rawConnection(url)
    await sql`CREATE SCHEMA club`
    await openDatabase(url)
    const database = await openDatabase(`${url}?search_path=club,public`)
    await database.query`UPDATE head SET position = 7`
    expect(await sql`SELECT position FROM club.head`).toEqual([{ position: '7' }])
    expect(await sql`SELECT position FROM public.head`).toEqual([{ position: '0' }])
  })

  it('makes nothing if it is not asked to', async () => {
    const url = await freshDatabase()
    const error = await errorOf(openPostgres(url, { create: false }))
    expect(error).toBeInstanceOf(PostgresDatabaseError)
    expect(error).toHaveProperty(
      'message',
      expect.stringMatching(/^There is no log in the database "test_\d+" at /),
    )
    expect(await tablesOf(url)).toEqual([])

    await openDatabase(url)
    const database = await openPostgres(url, { create: false })
    await database.close()
  })

  it('refuses a database that a newer version has made, in one line, and leaves it as it is', async () => {
    const url = await freshDatabase()
    const sql = rawConnection(url)
    await openDatabase(url)
    await sql`INSERT INTO migrations (version) VALUES (999)`
    const error = await errorOf(openPostgres(url))
    expect(error).toBeInstanceOf(PostgresDatabaseError)
    expect(error).toHaveProperty(
      'message',
      expect.stringMatching(/^A newer Passbook made .*999.*Run the newer one\.$/),
    )
  })

  it('says in one line if it may not make tables', async () => {
    const url = await freshDatabase()
    const sql = rawConnection(url)
    const name = `guest_${new URL(url).pathname.slice(1)}`
    await sql.unsafe(
      `CREATE ROLE ${name} LOGIN PASSWORD '${PASSWORD}'; REVOKE CREATE ON SCHEMA public FROM PUBLIC`,
    )
    const error = await errorOf(openPostgres(changed(url, { username: name })))
    expect(error).toBeInstanceOf(PostgresDatabaseError)
    expect(error).toHaveProperty('message', expect.stringContaining('permission denied for schema public'))
  })
})

describe('a database that cannot be reached', () => {
  const cases: readonly (readonly [string, Parameters<typeof changed>[1], RegExp])[] = [
    ['since nobody listens there', { port: '1' }, /at 127\.0\.0\.1:1: .*ECONNREFUSED/],
    ['since it is not there', { pathname: 'nowhere' }, /database "nowhere" at .* does not exist/],
    ['since the password is another', { password: 'hunter2' }, /password authentication failed/],
  ]

  it.each(cases)('%s: that is said in one line, without the password', async (_, change, reason) => {
    const url = changed(await freshDatabase(), change)
    const error = await errorOf(openPostgres(url))
    expect(error).toBeInstanceOf(StoreUnavailableError)
    expect(error).toHaveProperty('message', expect.stringMatching(/^The store is not reachable: [^\n]+\.$/))
    expect(error).toHaveProperty('message', expect.stringMatching(reason))
    expect(shownBy(error)).not.toContain(new URL(url).password)
  })

  it.each([
    'postgres://passbook:correct-horse@127.0.0.1:99999/x',
    'postgres://a:correct-horse%ZZ@b/c',
  ])('since its address is none: %s', async (url) => {
    const error = await errorOf(openPostgres(url))
    expect(error).toBeInstanceOf(StoreUnavailableError)
    expect(shownBy(error)).not.toContain('correct-horse')
  })

  it('is known by its name and place, not by its password', async () => {
    const url = await freshDatabase()
    const { place } = await openDatabase(url)
    expect(place).toBe(`the database "${new URL(url).pathname.slice(1)}" at ${new URL(url).host}`)
  })
})

describe('a question', () => {
  it('that is wrong gets its own error, and the next is answered', async () => {
    const database = await openDatabase(await freshDatabase())
    const error = await errorOf(database.query`SELECT nonsense`)
    expect(error).not.toBeInstanceOf(StoreUnavailableError)
    expect(error).toHaveProperty('message', 'column "nonsense" does not exist')
    expect(await database.query`SELECT 1 AS one`).toEqual([{ one: 1 }])
  })

  it('is answered with whole numbers that are exact, or not at all', async () => {
    const database = await openDatabase(await freshDatabase())
    const largest = Number.MAX_SAFE_INTEGER
    expect(await database.query`SELECT ${largest}::bigint AS largest`).toEqual([{ largest }])
    await expect(database.query`SELECT ${'9007199254740993'}::text::bigint AS more`).rejects.toThrow(
      RangeError,
    )
    expect(await database.query`SELECT 1::bigint AS one`).toEqual([{ one: 1 }])
  })

  it('that takes the database too long is given up', async () => {
    const url = await freshDatabase()
    const database = await openPostgres(url, { patienceMs: 300 })
    onTestFinished(() => database.close())
    const other = rawConnection(url)
    await other`BEGIN`
    await other`LOCK TABLE head`
    const error = await errorOf(database.query`SELECT * FROM head`)
    expect(error).toBeInstanceOf(StoreUnavailableError)
    expect(error).toHaveProperty('message', expect.stringContaining('statement timeout'))
    await other`ROLLBACK`
    expect(await database.query`SELECT position FROM head`).toEqual([{ position: 0 }])
  })

  it('that gets no answer at all is given up, and the next one finds a way that is open again', async () => {
    const url = await freshDatabase()
    const line = await startLine(Number(new URL(url).port))
    const far = changed(url, { port: String(line.port) })
    const database = await openPostgres(far, { patienceMs: 500 })
    onTestFinished(() => database.close())
    line.goDead()
    const errors = await Promise.all(oneTo(10).map(() => errorOf(database.query`SELECT 1`)))
    for (const error of errors) expect(error).toBeInstanceOf(StoreUnavailableError)
    expect(errors[0]).toHaveProperty('message', expect.stringContaining('no answer within 0.6 s'))
    line.restore()
    expect(await database.query`SELECT 1 AS one`).toEqual([{ one: 1 }])
  })

  it('is answered soon after all connections were cut at once, also if it is asked in that moment', async () => {
    const url = await freshDatabase()
    const line = await startLine(Number(new URL(url).port))
    const database = await openDatabase(changed(url, { port: String(line.port) }))
    const askUntilAnswered = async (): Promise<void> => {
      for (;;) {
        try {
          await database.query`SELECT pg_sleep(0.02)`
          return
        } catch (error) {
          if (!(error instanceof StoreUnavailableError)) throw error
        }
      }
    }
    for (const _ of oneTo(3)) {
      await Promise.all(oneTo(20).map(askUntilAnswered))
      const answered = askUntilAnswered()
      await line.untilBusy()
      line.cut()
      const start = performance.now()
      await answered
      await Promise.all(oneTo(20).map(askUntilAnswered))
      expect(performance.now() - start).toBeLessThan(4_000)
    }
  })

  it('is refused once it is closed', async () => {
    const database = new PostgresDatabase(await freshDatabase())
    expect(await database.query`SELECT 1 AS one`).toEqual([{ one: 1 }])
    await database.close()
    expect(await errorOf(database.query`SELECT 1`)).toBeInstanceOf(StoreUnavailableError)
  })
})

/** A telephone line to a server, which can go dead (nothing arrives, and nobody hangs up) or be cut. */
const startLine = async (to: number) => {
  let isDead = false
  let heard = () => {}
  const ends = new Set<Socket>()
  const line = createServer((near) => {
    ends.add(near.on('error', () => {}))
    if (isDead) return
    const far = connect(to, '127.0.0.1').on('error', () => {})
    ends.add(far)
    near.on('data', (bytes) => {
      if (!isDead) far.write(bytes)
      heard()
    })
    far.on('data', (bytes) => isDead || near.write(bytes))
    near.on('close', () => far.destroy())
    far.on('close', () => isDead || near.destroy())
  }).listen(0, '127.0.0.1')
  await once(line, 'listening')
  const cut = () => {
    for (const end of ends) end.destroy()
    ends.clear()
  }
  onTestFinished(() => {
    cut()
    line.close()
  })
  const address = line.address()
  return {
    port: typeof address === 'object' ? address?.port : undefined,
    goDead: () => {
      isDead = true
    },
    restore: () => {
      isDead = false
    },
    cut,
    /** Resolves when somebody asks the server something. */
    untilBusy: () =>
      new Promise<void>((resolve) => {
        heard = resolve
      }),
  }
}
