/**
 * The keys in PostgreSQL, beside the log. When a key is destroyed, its bytes leave the table's file, unless a
 * transaction that is older still goes on; the database's write-ahead log and its backups keep them for their time.
 */
import { type Key, type KeyStore, newKey } from './keys.ts'
import type { PostgresDatabase } from './postgres-database.ts'

export class PostgresKeys implements KeyStore {
  readonly #database: PostgresDatabase

  /** The database stays its owner's. */
  constructor(database: PostgresDatabase) {
    this.#database = database
  }

  async existingFor(stream: string): Promise<Key | undefined> {
    const [key] = await this.#database.query<Key>`
      SELECT id, stream, secret FROM keys WHERE stream = ${stream} AND secret IS NOT NULL`
    return key
  }

  async keyFor(stream: string): Promise<Key> {
    for (;;) {
      const key = await this.existingFor(stream)
      if (key) return key
      await this.add([newKey(stream)])
    }
  }

  async find(ids: readonly string[]): Promise<ReadonlyMap<string, Key>> {
    const keys = await this.#database.query<Key>`
      SELECT id, stream, secret FROM keys
      WHERE id IN (SELECT jsonb_array_elements_text(${JSON.stringify(ids)}::text::jsonb)::uuid) AND secret IS NOT NULL`
    return new Map(keys.map((key) => [key.id, key]))
  }

  /**
   * Destroying it again ends what was broken off: the key is gone with the first statement, its remains with the second.
   * A plain VACUUM would leave them in the page, as free space.
   */
  async destroy(stream: string): Promise<boolean> {
    const destroyed = await this.#database.query`
      UPDATE keys SET secret = NULL WHERE stream = ${stream} AND secret IS NOT NULL RETURNING id`
    await this.#database.run('VACUUM (FULL) keys')
    return destroyed.length > 0
  }

  async all(): Promise<readonly Key[]> {
    return this.#database.query<Key>`SELECT id, stream, secret FROM keys WHERE secret IS NOT NULL ORDER BY id`
  }

  async add(keys: readonly Key[]): Promise<void> {
    const rows = keys.map(({ secret, ...key }) => ({
      ...key,
      secret: Buffer.from(secret).toString('base64'),
    }))
    await this.#database.query`
      INSERT INTO keys (id, stream, secret)
      SELECT id, stream, decode(secret, 'base64')
      FROM jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) AS key (id uuid, stream text, secret text)
      ON CONFLICT DO NOTHING`
  }

  async close(): Promise<void> {}
}
