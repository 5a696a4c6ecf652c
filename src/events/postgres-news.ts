/**
 * Tells all servers on one database that there is something new in the log. It is a wake-up and nothing more: what is
 * new everybody reads for themselves, and whoever listens also looks from time to time, lest a wake-up be lost.
 */
import { News } from './news.ts'
import type { PostgresDatabase } from './postgres-database.ts'

const CHANNEL = 'passbook'

export class PostgresNews {
  readonly #database: PostgresDatabase
  readonly #pollMs: number
  readonly #news = new News()
  readonly #listening = new Set<() => void>()
  #stopWaking: (() => void) | undefined
  #isUntold = false
  #telling: Promise<void> | undefined

  constructor(database: PostgresDatabase, pollMs: number) {
    this.#database = database
    this.#pollMs = pollMs
  }

  /** Returns how to stop listening. */
  listen(listener: () => void): () => void {
    const stopListening = this.#news.listen(listener)
    this.#listening.add(stopListening)
    this.#stopWaking ??= this.#startWaking()
    return () => {
      stopListening()
      this.#listening.delete(stopListening)
      if (this.#listening.size === 0) this.#sleep()
    }
  }

  /** Those who listen here at once, other servers soon; what is new until then is told together. */
  tell(): void {
    this.#news.tell()
    this.#isUntold = true
    this.#telling ??= this.#tellOthers()
  }

  /** Resolves when the others have been told. */
  async close(): Promise<void> {
    this.#sleep()
    await this.#telling
  }

  #startWaking(): () => void {
    const wake = () => this.#news.tell()
    const poll = setInterval(wake, this.#pollMs).unref()
    const stopListening = this.#database.listen(CHANNEL, wake)
    return () => {
      clearInterval(poll)
      stopListening()
    }
  }

  #sleep(): void {
    this.#stopWaking?.()
    this.#stopWaking = undefined
  }

  /** Not part of an append: it would make all appends wait for each other, and who is not told finds out by looking. */
  async #tellOthers(): Promise<void> {
    while (this.#isUntold) {
      this.#isUntold = false
      await this.#database.query`SELECT pg_notify(${CHANNEL}, '')`.catch(() => undefined)
    }
    this.#telling = undefined
  }
}
