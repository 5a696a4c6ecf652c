/**
 * The keys in PostgreSQL, beside the log. When a key was destroyed and the table scrubbed, its bytes are gone from the
 * table's file; the database's write-ahead log and its backups keep them for their time.
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
      SELECT id, stream, secret FROM keys WHERE stream = ${stream} AND is_current`
    return key
  }

  /** Of several servers that make one at once, one succeeds; the others find it when they look again. */
  async keyFor(stream: string): Promise<Key> {
    for (;;) {
      const key = await this.existingFor(stream)
      if (key) return key
      const { id, secret } = newKey(stream)
      await this.#database.query`
        INSERT INTO keys (id, stream, secret, is_current) VALUES (${id}, ${stream}, ${secret}, true)
        ON CONFLICT DO NOTHING`
    }
  }

  async find(ids: readonly string[]): Promise<ReadonlyMap<string, Key>> {
    const keys = await this.#database.query<Key>`
      SELECT id, stream, secret FROM keys
      WHERE id IN (SELECT jsonb_array_elements_text(${JSON.stringify(ids)}::text::jsonb)::uuid) AND secret IS NOT NULL`
    return new Map(keys.map((key) => [key.id, key]))
  }

  async destroy(stream: string, ids: readonly string[] = []): Promise<boolean> {
    const destroyed = await this.#database.query`
      WITH refused AS (
        INSERT INTO keys (id, stream)
        SELECT id::uuid, ${stream} FROM jsonb_array_elements_text(${JSON.stringify(ids)}::text::jsonb) AS id
        ON CONFLICT DO NOTHING
      )
      UPDATE keys SET secret = NULL, is_current = false
      WHERE stream = ${stream} AND secret IS NOT NULL RETURNING id`
    return destroyed.length > 0
  }

  async all(): Promise<readonly Key[]> {
    return this.#database.query<Key>`SELECT id, stream, secret FROM keys WHERE secret IS NOT NULL ORDER BY id`
  }

  /** What came in between from another server, about the same account, has it tried again. */
  async add(keys: readonly Key[]): Promise<void> {
    const rows = keys.map(({ secret, ...key }) => ({
      ...key,
      secret: Buffer.from(secret).toString('base64'),
    }))
    for (let missing = rows; missing.length > 0; ) {
      const known = await this.#database.query<{ id: string }>`
        WITH given AS (
          SELECT * FROM jsonb_to_recordset(${JSON.stringify(missing)}::text::jsonb)
            AS key (id uuid, stream text, secret text)
        ), added AS (
          INSERT INTO keys (id, stream, secret, is_current)
          SELECT id, stream, decode(secret, 'base64'),
            row_number() OVER (PARTITION BY stream) = 1
              AND NOT EXISTS (SELECT FROM keys WHERE keys.stream = given.stream AND is_current)
          FROM given ON CONFLICT DO NOTHING RETURNING id
        )
        SELECT id FROM added UNION SELECT id FROM keys JOIN given USING (id)`
      const isKnown = new Set(known.map(({ id }) => id))
      missing = missing.filter(({ id }) => !isKnown.has(id))
    }
  }

  /** A plain VACUUM would leave the secrets in their pages, as free space. */
  async scrub(): Promise<void> {
    await this.#database.vacuum('keys')
  }

  async close(): Promise<void> {}
}
