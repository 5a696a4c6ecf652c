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
  /** Destroys an account's key, for good. Whether there was one. */
  destroy(stream: string): Promise<boolean>
  /** For moving to another store, in the order of their ids. */
  all(): Promise<readonly Key[]>
  /**
   * Adds keys that come from another store. One that is there already stays, and so does another of its account; one
   * that was destroyed here does not come back.
   */
  add(keys: readonly Key[]): Promise<void>
  close(): Promise<void>
}

export const newKey = (stream: string): Key => ({ id: randomUUID(), stream, secret: randomBytes(32) })

export class MemoryKeys implements KeyStore {
  readonly #byId = new Map<string, Key>()
  readonly #byStream = new Map<string, Key>()
  readonly #destroyed = new Set<string>()

  async existingFor(stream: string): Promise<Key | undefined> {
    return this.#byStream.get(stream)
  }

  async keyFor(stream: string): Promise<Key> {
    const known = this.#byStream.get(stream)
    if (known) return known
    const key = newKey(stream)
    await this.add([key])
    return key
  }

  async find(ids: readonly string[]): Promise<ReadonlyMap<string, Key>> {
    return new Map(ids.flatMap((id) => this.#byId.get(id) ?? []).map((key) => [key.id, key]))
  }

  async destroy(stream: string): Promise<boolean> {
    const key = this.#byStream.get(stream)
    if (key) {
      this.#byId.delete(key.id)
      this.#destroyed.add(key.id)
    }
    return this.#byStream.delete(stream)
  }

  async all(): Promise<readonly Key[]> {
    return [...this.#byId.values()].sort((one, other) => (one.id < other.id ? -1 : 1))
  }

  async add(keys: readonly Key[]): Promise<void> {
    for (const key of keys) {
      if (this.#destroyed.has(key.id) || this.#byId.has(key.id) || this.#byStream.has(key.stream)) continue
      this.#byId.set(key.id, key)
      this.#byStream.set(key.stream, key)
    }
  }

  async close(): Promise<void> {}
}
