/**
 * The keys with which personal text is sealed, one for each account, kept apart from the events: destroying a key is
 * how something is forgotten that stands in a log which is never rewritten.
 */
import { randomBytes, randomUUID } from 'node:crypto'

export interface Key {
  readonly id: string
  readonly stream: string
  /** 32 bytes, for AES-256. */
  readonly secret: Uint8Array
}

export interface KeyStore {
  /** The account's key; a new one, durable when this resolves, if it has none. Everybody gets the same. */
  keyFor(stream: string): Promise<Key>
  /** The account's key, if it has one. */
  existingFor(stream: string): Promise<Key | undefined>
  /** Those of these keys that were not destroyed. */
  find(ids: readonly string[]): Promise<ReadonlyMap<string, Key>>
  /**
   * Destroys an account's keys, for good. Whether there were any. Those with the `ids` given are never taken in, if they
   * should come from elsewhere later.
   */
  destroy(stream: string, ids?: readonly string[]): Promise<boolean>
  /** For moving to another store, in the order of their ids. */
  all(): Promise<readonly Key[]>
  /**
   * Adds keys that come from another store, for what was sealed with them. One that is there already stays, and one that
   * was destroyed here does not come back. The account goes on sealing with the key that it had, if it had one.
   */
  add(keys: readonly Key[]): Promise<void>
  /** Leaves nothing behind of the keys that were destroyed, as far as the store can. */
  scrub(): Promise<void>
  close(): Promise<void>
}

export const newKey = (stream: string): Key => ({ id: randomUUID(), stream, secret: randomBytes(32) })

export class MemoryKeys implements KeyStore {
  readonly #byId = new Map<string, Key>()
  readonly #destroyed = new Set<string>()

  async existingFor(stream: string): Promise<Key | undefined> {
    return this.#of(stream)[0]
  }

  async keyFor(stream: string): Promise<Key> {
    const known = this.#of(stream)[0]
    if (known) return known
    const key = newKey(stream)
    this.#byId.set(key.id, key)
    return key
  }

  async find(ids: readonly string[]): Promise<ReadonlyMap<string, Key>> {
    return new Map(ids.flatMap((id) => this.#byId.get(id) ?? []).map((key) => [key.id, key]))
  }

  async destroy(stream: string, ids: readonly string[] = []): Promise<boolean> {
    const keys = this.#of(stream)
    for (const { id } of keys) this.#byId.delete(id)
    for (const id of [...ids, ...keys.map(({ id }) => id)]) this.#destroyed.add(id)
    return keys.length > 0
  }

  async all(): Promise<readonly Key[]> {
    return [...this.#byId.values()].sort((one, other) => (one.id < other.id ? -1 : 1))
  }

  async add(keys: readonly Key[]): Promise<void> {
    for (const key of keys) {
      if (!this.#destroyed.has(key.id) && !this.#byId.has(key.id)) this.#byId.set(key.id, key)
    }
  }

  async scrub(): Promise<void> {}

  async close(): Promise<void> {}

  /** The one that it seals with comes first. */
  #of(stream: string): readonly Key[] {
    return [...this.#byId.values()].filter((key) => key.stream === stream)
  }
}
