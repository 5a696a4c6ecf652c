/** Snapshots that outlive the process, so that no state, now or in the past, is far from one. Always disposable. */
import { z } from 'zod'
import { ERASED } from '../events/event.ts'
import type { KeyStore } from '../events/keys.ts'
import { keysOf, sealFields, unsealFields } from '../events/sealing.ts'
import type { EventStore } from '../events/store.ts'
import { type Account, FOLD_VERSION } from './account.ts'
import { accountUntil, type Snapshot } from './snapshot.ts'

/** How many events lie between two snapshots of a stream, by default. */
export const SNAPSHOT_EVERY = 500

const openAccount: z.ZodType<Account> = z.strictObject({
  currency: z.string(),
  balance: z.int(),
  status: z.enum(['open', 'frozen', 'closed']),
  owner: z.exactOptional(z.string()),
})

/** A snapshot at rest, with its personal text sealed. It counts for one version of the fold only. */
export interface SnapshotRow {
  readonly stream: string
  readonly foldVersion: number
  readonly version: number
  readonly account: Readonly<Record<string, unknown>>
}

/** Where snapshots are kept. Every store has one. */
export interface SnapshotTable {
  /** Of this fold's snapshots the newest that is not beyond `version`. */
  nearest(stream: string, foldVersion: number, version: number): Promise<SnapshotRow | undefined>
  /** Keeps them all, in one transaction, in place of those that are there already. */
  save(rows: readonly SnapshotRow[]): Promise<void>
  clear(): Promise<void>
}

export interface StreamSnapshot extends Snapshot {
  readonly stream: string
}

export class Snapshots {
  /** A snapshot is kept of every so manieth version of a stream. */
  readonly every: number
  readonly #table: SnapshotTable
  readonly #keys: KeyStore
  readonly #foldVersion: number

  constructor(
    table: SnapshotTable,
    keys: KeyStore,
    { every = SNAPSHOT_EVERY, foldVersion = FOLD_VERSION } = {},
  ) {
    this.every = every
    this.#table = table
    this.#keys = keys
    this.#foldVersion = foldVersion
  }

  /**
   * The newest that is not beyond `version`; one that is not what was kept counts as missing. Its owner reads as erased
   * once the account's key is no more.
   */
  async nearest(stream: string, version: number): Promise<Snapshot | undefined> {
    const row = await this.#table.nearest(stream, this.#foldVersion, version)
    const account = row && (await this.#open(row))
    return account && { account, version: row.version }
  }

  /** `events` is the log that they are of. */
  async save(snapshots: readonly StreamSnapshot[], events: Pick<EventStore, 'read'>): Promise<void> {
    const rows = await Promise.all(snapshots.map((snapshot) => this.#seal(snapshot, events)))
    if (rows.length > 0) await this.#table.save(rows)
  }

  async clear(): Promise<void> {
    await this.#table.clear()
  }

  /** Undefined if it is not what was kept there. */
  async #open(row: SnapshotRow): Promise<Account | undefined> {
    const keys = await this.#keys.find(keysOf(row.account))
    try {
      return openAccount.parse(unsealFields(row.account, keys, placeOf(row)))
    } catch {
      return undefined
    }
  }

  /**
   * An owner is read again once the key is at hand, so that one who was forgotten meanwhile is not sealed with a new
   * key. Who can be read without a key lies open in the log.
   */
  async #seal(
    { stream, version, account }: StreamSnapshot,
    events: Pick<EventStore, 'read'>,
  ): Promise<SnapshotRow> {
    const row = { stream, foldVersion: this.#foldVersion, version }
    if ((account.owner ?? ERASED) === ERASED) return { ...row, account: { ...account } }
    const key = await this.#keys.existingFor(stream)
    const before = await this.nearest(stream, version - 1)
    const { owner } = (await accountUntil(events, stream, { version }, before)).account
    const again = { ...account, ...(owner !== undefined && { owner }) }
    if (owner === ERASED) return { ...row, account: again }
    const fields = sealFields(again, ['owner'], key ?? (await this.#keys.keyFor(stream)), placeOf(row))
    return { ...row, account: fields }
  }
}

/** Where a snapshot's sealed text belongs, and opens. */
const placeOf = ({ stream, version }: { readonly stream: string; readonly version: number }): string =>
  `${stream}/snapshot/${version}`
