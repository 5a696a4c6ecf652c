/**
 * A PostgreSQL database as the stores see it. Whatever happens to it, a question is answered or fails with a
 * StoreUnavailableError within some seconds, and the next one is asked on connections that work.
 */
import postgres from 'postgres'
import { StoreUnavailableError } from './event-log.ts'

type Value = string | number | Uint8Array
type Pool = postgres.Sql<{ int8: number }>

export interface PostgresOptions {
  /** How long the database may take for a statement, in milliseconds. It gives up then, and we on it a little later. */
  readonly patienceMs?: number
}

interface Listening {
  readonly channel: string
  readonly listener: () => void
  stop: () => void
}

export class PostgresDatabase {
  readonly #url: string
  readonly #patienceMs: number
  #pool: Pool
  readonly #listening = new Set<Listening>()
  #isClosed = false

  /** Connects when it is first asked something. Throws a {@link StoreUnavailableError} if this is no address. */
  constructor(url: string, { patienceMs = 10_000 }: PostgresOptions = {}) {
    this.#url = url
    this.#patienceMs = patienceMs
    this.#pool = connect(url, { patienceMs })
  }

  /** For people: where it is, without the password. */
  get place(): string {
    const { path, host, port, database } = this.#pool.options
    const address = path || host.map((name, index) => `${name}:${port[index]}`).join(', ')
    return `the database "${database}" at ${address}`
  }

  /** One statement, which is a transaction of its own. */
  async query<Row extends object>(text: TemplateStringsArray, ...values: readonly Value[]): Promise<Row[]> {
    return this.#ask(async (pool) => [...(await this.#inTime(pool<Row[]>(text, ...values)))])
  }

  /** Writes a table anew, without what was deleted or overwritten in it. It takes its time, and locks the table. */
  async vacuum(table: string): Promise<void> {
    const warnings: string[] = []
    const onnotice = ({ severity, message }: postgres.Notice) => {
      if (severity === 'WARNING') warnings.push(String(message))
    }
    const alone = connect(this.#url, { patienceMs: 0, max: 1, onnotice })
    try {
      await this.#ask(() => alone.unsafe(`VACUUM (FULL) ${table}`))
    } finally {
      await alone.end({ timeout: 1 })
    }
    if (warnings.length > 0)
      throw new Error(`The table ${table} could not be written anew: ${warnings.join(' ')}`)
  }

  /** Several statements in one transaction, which may take all the time in the world. */
  async runPatiently(script: string): Promise<void> {
    await this.#ask((pool) => pool.unsafe(`SET LOCAL statement_timeout = 0; ${script}`))
  }

  /**
   * Calls `listener` when the channel is notified, and when that may have been missed. It does its best, which may not
   * be enough: look from time to time as well. Returns how to stop listening.
   */
  listen(channel: string, listener: () => void): () => void {
    const listening = { channel, listener, stop: () => {} }
    this.#listening.add(listening)
    listen(this.#pool, listening)
    return () => {
      this.#listening.delete(listening)
      listening.stop()
    }
  }

  /** Waits some seconds for what is under way. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#pool.end({ timeout: 2 })
  }

  async #ask<Answer>(question: (pool: Pool) => Promise<Answer>): Promise<Answer> {
    const pool = this.#pool
    try {
      return await question(pool)
    } catch (error) {
      if (!isUnavailable(error)) throw error
      if (!isAnswer(error) && !isRefusal(error)) this.#replace(pool)
      throw new StoreUnavailableError(`${this.place}: ${reasonOf(error)}. ${adviceOn(codeOf(error))}`, {
        cause: error,
      })
    }
  }

  async #inTime<Answer>(answer: Promise<Answer>): Promise<Answer> {
    let timer: NodeJS.Timeout | undefined
    const deadlineMs = this.#patienceMs * 1.2
    const late = new Promise<never>((_, reject) => {
      const error = new Error(`no answer within ${deadlineMs / 1_000} s`)
      timer = setTimeout(() => reject(Object.assign(error, { code: 'ETIMEDOUT' })), deadlineMs)
    })
    try {
      return await Promise.race([answer, late])
    } finally {
      clearTimeout(timer)
    }
  }

  /**
   * Begins anew with a new pool. The old one would go on, but a connection of it that breaks while something is being
   * written never works again.
   */
  #replace(pool: Pool): void {
    if (pool !== this.#pool || this.#isClosed) return
    this.#pool = connect(this.#url, { patienceMs: this.#patienceMs })
    for (const listening of this.#listening) listen(this.#pool, listening)
    pool.end({ timeout: 0 }).catch(ignore)
  }
}

interface ConnectOptions {
  /** How long a statement may take; as long as it likes, if 0. */
  readonly patienceMs: number
  readonly max?: number
  readonly onnotice?: (notice: postgres.Notice) => void
}

const connect = (url: string, { patienceMs, max = 5, onnotice = ignore }: ConnectOptions): Pool => {
  try {
    return postgres(url, {
      max,
      connect_timeout: 5,
      backoff: () => 0.2,
      onnotice,
      // It would ask for the types of arrays on each new connection, and nobody could catch what fails then.
      fetch_types: false,
      types: { int8: { to: 20, from: [20], serialize: String, parse: safeInteger } },
      connection: {
        application_name: 'passbook',
        default_transaction_isolation: 'read committed',
        statement_timeout: patienceMs,
        // Plans are made while tables are small, and kept while they grow: such a plan must not read all of a table.
        enable_seqscan: 'off',
        jit: 'off',
      },
    })
  } catch {
    // The error is not passed on: it would show the password.
    throw new StoreUnavailableError(
      'this is not the address of a database. Write it as postgres://USER:PASSWORD@HOST:5432/DATABASE.',
    )
  }
}

const safeInteger = (text: string): number => {
  const number = Number(text)
  if (!Number.isSafeInteger(number)) throw new RangeError(`${text} is more than a number can hold.`)
  return number
}

const listen = (pool: Pool, listening: Listening): void => {
  const request = pool.listen(listening.channel, listening.listener, listening.listener)
  listening.stop = () => void request.then(({ unlisten }) => unlisten()).catch(ignore)
  request.catch(ignore)
}

const ignore = (): void => {}

/** The connection held: the database itself said why it did not do this one thing. */
const isAnswer = (error: unknown): error is postgres.PostgresError =>
  error instanceof postgres.PostgresError && error.severity === 'ERROR'

const adviceOn = (code: string): string => {
  if (code.startsWith('28')) return 'Check the user and the password.'
  if (code.startsWith('3D')) return 'Make it first, with createdb.'
  return 'Check that it runs and that this is its address; to try again is safe.'
}

/** No new connection was let in. Those there are hold. */
const isRefusal = (error: unknown): boolean => /^(28|3D|53|57P03)/.test(codeOf(error))

/** It is not the statement that is at fault, but the database, or the way to it. */
const isUnavailable = (error: unknown): boolean => {
  const code = codeOf(error)
  if (isAnswer(error)) return /^(08|25006|53|57|58)/.test(code)
  return (
    error instanceof postgres.PostgresError || /^(CONNECT|E[A-Z]+$|EAI_)|CERT|TLS|SSL|SASL|VERIFY/.test(code)
  )
}

/** A PostgreSQL error code, or one of Node. */
const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''

const reasonOf = (error: unknown): string => (error instanceof Error && error.message) || codeOf(error)
