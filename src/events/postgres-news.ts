/**
 * Tells all servers on one database that there is something new in the log. It is a wake-up and nothing more: what is
 * new everybody reads for themselves, and whoever listens also looks from time to time, lest a wake-up be lost.
 */
import { News } from './news.ts'
import type { PostgresDatabase } from './postgres-database.ts'

const CHANNEL = 'passbook'

export class PostgresNews {
  readonly #database: PostgresDatabase
  readonly #news: News
  #isUntold = false
  #telling: Promise<void> | undefined

  constructor(database: PostgresDatabase, pollMs: number) {
    this.#database = database
    this.#news = new News(() => this.#startWaking(pollMs))
  }

  /** Returns how to stop listening. */
  listen(listener: () => void): () => void {
    return this.#news.listen(listener)
  }

  /** Those who listen here at once, other servers soon; what is new until then is told together. */
  tell(): void {
    this.#news.tell()
    this.#isUntold = true
    this.#telling ??= this.#tellOthers()
  }

  /** Resolves when the others have been told. */
  async close(): Promise<void> {
    this.#news.sleep()
    await this.#telling
  }

  #startWaking(pollMs: number): () => void {
    const wake = () => this.#news.tell()
    const poll = setInterval(wake, pollMs).unref()
    const stopListening = this.#database.listen(CHANNEL, wake)
    return () => {
      clearInterval(poll)
      stopListening()
    }
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
