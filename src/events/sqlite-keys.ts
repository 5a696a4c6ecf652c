/**
 * The keys in a SQLite file of their own, beside the log's, so that a backup of the log can do without them. The file
 * comes into being with the first key. When a key is destroyed, its bytes are no longer in the file.
 */
import { existsSync } from 'node:fs'
import { StoreUnavailableError } from './event-log.ts'
import { GroupCommit } from './group-commit.ts'
import { type Key, type KeyStore, newKey } from './keys.ts'
import { SqliteFile } from './sqlite-file.ts'
import { KEYS_FORMAT } from './sqlite-format.ts'

export class SqliteKeys implements KeyStore {
  readonly path: string
  readonly #asked = new GroupCommit((streams: readonly string[]) => this.#make(streams))
  #table: Promise<Table> | undefined
  #isClosed = false

  private constructor(path: string) {
    this.path = path
  }

  /**
   * The keys of the log at this path.
   *
   * @throws SqliteFileError if what lies in their place is something else
   */
  static async open(logPath: string): Promise<SqliteKeys> {
    const keys = new SqliteKeys(`${logPath}-keys`)
    await keys.#ifThere()
    return keys
  }

  async existingFor(stream: string): Promise<Key | undefined> {
    const table = await this.#ifThere()
    return table?.file.read(() => table.ofStream.get(stream))
  }

  async keyFor(stream: string): Promise<Key> {
    return (await this.existingFor(stream)) ?? this.#asked.add(stream)
  }

  async find(ids: readonly string[]): Promise<ReadonlyMap<string, Key>> {
    const table = await this.#ifThere()
    const keys = await table?.file.read(() => table.find.all(JSON.stringify(ids)))
    return new Map(keys?.map((key) => [key.id, key]))
  }

  async destroy(stream: string, ids: readonly string[] = []): Promise<boolean> {
    const table = ids.length > 0 ? await this.#opened() : await this.#ifThere()
    const destroyed = await table?.file.write(() => {
      const { changes } = table.destroy.run(stream)
      for (const id of ids) table.refuse.run(id, stream)
      return changes
    })
    return destroyed !== undefined && destroyed > 0
  }

  async all(): Promise<readonly Key[]> {
    const table = await this.#ifThere()
    return (await table?.file.read(() => table.all.all())) ?? []
  }

  async add(keys: readonly Key[]): Promise<void> {
    if (keys.length === 0) return
    const table = await this.#opened()
    await table.file.write(() => {
      for (const key of keys) table.add.run(key)
    })
  }

  /** There is nothing to do: a secret is overwritten where it lies. */
  async scrub(): Promise<void> {}

  async close(): Promise<void> {
    await this.#asked.idle()
    this.#isClosed = true
    const table = await this.#table?.catch(() => undefined)
    table?.file.close()
  }

  /** Also where two ask at once, in this process or another: the second finds the key of the first. */
  async #make(streams: readonly string[]): Promise<readonly Key[]> {
    const table = await this.#opened()
    return table.file.write(() =>
      streams.map((stream) => {
        const known = table.ofStream.get(stream)
        if (known) return known
        const key = newKey(stream)
        table.add.run(key)
        return key
      }),
    )
  }

  async #ifThere(): Promise<Table | undefined> {
    return this.#table || existsSync(this.path) ? this.#opened() : undefined
  }

  async #opened(): Promise<Table> {
    if (this.#isClosed) throw new StoreUnavailableError(`${this.path} is closed.`)
    this.#table ??= openTable(this.path)
    try {
      return await this.#table
    } catch (error) {
      this.#table = undefined
      throw error
    }
  }
}

type Table = Awaited<ReturnType<typeof openTable>>

const openTable = async (path: string) => {
  const file = await SqliteFile.open(path, { create: true, format: KEYS_FORMAT })
  const select = 'SELECT id, stream, secret FROM keys WHERE is_destroyed = 0'
  return {
    file,
    ofStream: file.prepare<[string], Key>(`${select} AND stream = ? ORDER BY number LIMIT 1`),
    find: file.prepare<[string], Key>(`${select} AND id IN (SELECT value FROM json_each(?))`),
    all: file.prepare<[], Key>(`${select} ORDER BY id`),
    add: file.prepare<[Key], never>(
      'INSERT INTO keys (id, stream, secret) VALUES (@id, @stream, @secret) ON CONFLICT DO NOTHING',
    ),
    refuse: file.prepare<[string, string], never>(
      `INSERT INTO keys (id, stream, secret, is_destroyed) VALUES (?, ?, zeroblob(32), 1) ON CONFLICT DO NOTHING`,
    ),
    destroy: file.prepare<[string], never>(
      `UPDATE keys SET is_destroyed = 1, secret = zeroblob(length(secret))
      WHERE stream = ? AND is_destroyed = 0`,
    ),
  }
}
