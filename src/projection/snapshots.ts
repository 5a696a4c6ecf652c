/** Snapshots that outlive the process, so that no reading, now or in the past, is far from one. Always disposable. */
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { ERASED } from '../events/event.ts'
import type { KeyStore } from '../events/keys.ts'
import { keysOf, sealFields, unsealFields } from '../events/sealing.ts'
import type { EventStore } from '../events/store.ts'
import { type Account, FOLD_VERSION } from './account.ts'
import { watch } from './alerts.ts'
import type { Bucket } from './outline.ts'
import type { Reading } from './reading.ts'
import { readingUntil, type Snapshot } from './snapshot.ts'

/** How many events lie between two snapshots of a stream, by default. */
export const SNAPSHOT_EVERY = 500

const total = z.string().regex(/^\d+$/).transform(BigInt)

const bucket = z
  .tuple([z.int(), z.int(), z.int()])
  .transform(([low, high, close]): Bucket => ({ low, high, close }))

/** What a row holds once its owner is open: the account, and beside its fields all else that is read of it. */
const openReading = z
  .strictObject({
    currency: z.string(),
    balance: z.int(),
    status: z.enum(['open', 'frozen', 'closed']),
    owner: z.exactOptional(z.string()),
    totals: z.strictObject({ credited: total, debited: total }),
    outline: z.strictObject({ width: z.int().positive(), buckets: z.array(bucket) }),
    watch,
  })
  .transform(({ totals, outline, watch, ...account }) => ({ account, totals, outline, watch }))

/** As JSON can have it, in few bytes: there is one of these for every so many events. */
const atRest = ({ totals, outline: { width, buckets }, watch }: Reading) => ({
  totals: { credited: String(totals.credited), debited: String(totals.debited) },
  outline: { width, buckets: buckets.map(({ low, high, close }) => [low, high, close]) },
  watch,
})

/** A snapshot at rest, with its personal text sealed. It counts for one version of the fold only. */
export interface SnapshotRow {
  readonly stream: string
  readonly foldVersion: number
  readonly version: number
  /** The account's fields, and all else that is read of it beside them. */
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
  async nearest(stream: string, version: number): Promise<Reading | undefined> {
    const row = await this.#table.nearest(stream, this.#foldVersion, version)
    return row && this.#open(row)
  }

  /**
   * Keeps these states of the accounts of a log, and all else that is read of them: that is made of the snapshot before,
   * and so they come in the order of their versions. One that the log does not reach (any more) is not kept.
   */
  async save(snapshots: readonly StreamSnapshot[], events: Pick<EventStore, 'read'>): Promise<void> {
    for (const snapshot of snapshots) {
      const row = await this.#seal(snapshot, events)
      if (row) await this.#table.save([row])
    }
  }

  async clear(): Promise<void> {
    await this.#table.clear()
  }

  /** Undefined if it is not what was kept there. */
  async #open(row: SnapshotRow): Promise<Reading | undefined> {
    const keys = await this.#keys.find(keysOf(row.account))
    try {
      return {
        ...openReading.parse(unsealFields(row.account, keys, placeOf(row))),
        version: row.version,
      }
    } catch {
      return undefined
    }
  }

  /**
   * What the log says is kept. Where the snapshot before it leads elsewhere than to the state given, one of the two is
   * wrong, and all is folded from the first event. The owner is the one that is read once the key is at hand, so that
   * one who was forgotten meanwhile is not sealed with a new key. Who can be read without a key lies open in the log.
   */
  async #seal(
    { stream, version, account }: StreamSnapshot,
    events: Pick<EventStore, 'read'>,
  ): Promise<SnapshotRow | undefined> {
    const key = await this.#keys.existingFor(stream)
    const before = await this.nearest(stream, version - this.every)
    const next = await readingUntil(events, stream, { version }, before)
    const isSame = isDeepStrictEqual(nameless(next.account), nameless(account))
    const reading = isSame ? next : await readingUntil(events, stream, { version })
    if (reading.version !== version) return undefined
    const { owner } = reading.account
    const fields = { ...nameless(reading.account), ...(owner !== undefined && { owner }), ...atRest(reading) }
    const row = { stream, foldVersion: this.#foldVersion, version, account: fields }
    if (owner === undefined || owner === ERASED) return row
    const sealed = sealFields(fields, ['owner'], key ?? (await this.#keys.keyFor(stream)), placeOf(row))
    return { ...row, account: sealed }
  }
}

/** Without the owner, who may have been forgotten in between. */
export const nameless = ({ owner: _owner, ...account }: Account): Account => account

/** Where a snapshot's sealed text belongs, and opens. */
const placeOf = ({ stream, version }: { readonly stream: string; readonly version: number }): string =>
  `${stream}/snapshot/${version}`
