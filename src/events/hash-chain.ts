/**
 * The hash chain of a stream: each event's hash covers its content and the hash before it, so that nothing in a stream
 * can be changed, removed, inserted or moved without every later hash of it being wrong.
 */
import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { ChainedEvent, Draft, StoredEvent } from './stored-event.ts'

/** The end of a stream, where the next event is linked on. */
export interface StreamHead {
  readonly version: number
  readonly hash: string
  readonly occurredAt: string
}

export const EMPTY_STREAM: StreamHead = { version: 0, hash: '', occurredAt: '' }

/** SHA-256 in hexadecimal, over the event as canonical JSON (RFC 8785) with `previousHash` beside its own fields. */
export const hashOf = (event: Omit<ChainedEvent, 'hash'>, previousHash: string): string =>
  createHash('sha256').update(canonical(event, previousHash)).digest('hex')

/**
 * JSON.stringify writes texts and numbers as canonical JSON does; what is left to see to is the order of the names, and
 * of all but `data` these are known.
 */
const canonical = (event: Omit<ChainedEvent, 'hash'>, previousHash: string): string => {
  const { stream, version, id, type, schemaVersion, data, occurredAt } = event
  // As many as METADATA_FIELDS.
  const { actor, causationId, commandId, correlationId } = event.metadata
  const metadata = { actor, causationId, commandId, correlationId }
  const others = { id, metadata, occurredAt, previousHash, schemaVersion, stream, type, version }
  return `{"data":${canonicalize(data)},${JSON.stringify(others).slice(1)}`
}

/** One more that was put in would not be covered by the hash, and so must not be there. */
const METADATA_FIELDS = 4

/** Links events on to the end of a stream. A time that is earlier than its predecessor's is raised to it. */
export const chain = (stream: string, head: StreamHead, drafts: readonly Draft[]): ChainedEvent[] => {
  let { version, hash, occurredAt } = head
  return drafts.map((draft) => {
    version += 1
    if (draft.occurredAt > occurredAt) occurredAt = draft.occurredAt
    const event = { stream, version, ...draft, occurredAt }
    hash = hashOf(event, hash)
    return { hash, ...event }
  })
}

/** The first place where the log is not what was written. */
export interface Fault {
  readonly position: number
  /** One line for people; names the event by its stream and version, or, if nothing else is known, by its position. */
  readonly message: string
}

/** Walks a whole log in the order of its positions. It remembers one hash a stream. */
export class ChainWalk {
  readonly #heads = new Map<string, StreamHead>()
  #position = 0
  #events = 0
  #missing = 0
  #hole: Fault | undefined
  readonly #digest = createHash('sha256')

  get events(): number {
    return this.#events
  }

  /** Where the walk has come to. */
  get position(): number {
    return this.#position
  }

  /** SHA-256 over the positions and hashes of all events so far, in hexadecimal. */
  get digest(): string {
    return this.#digest.copy().digest('hex')
  }

  get streams(): number {
    return this.#heads.size
  }

  headOf(stream: string): StreamHead {
    return this.#heads.get(stream) ?? EMPTY_STREAM
  }

  /** What is wrong before or with the next event, if anything is. The walk is over then. */
  next(event: StoredEvent): Fault | undefined {
    const { stream, version, position, hash, occurredAt } = event
    const head = this.headOf(stream)
    const expected = this.#position + 1
    if (position < expected) {
      const message = `${nameOf(event)} comes after position ${this.#position}: put in, or moved.`
      return this.#hole ?? { position, message }
    }
    if (position > expected) this.#hole ??= missing(expected, `the next is at ${position}`)
    this.#missing += position - expected
    this.#position = position
    this.#events += 1

    const gap = version - head.version - 1
    if (gap > 0) {
      if (this.#hole && this.#missing !== gap) return this.#hole
      const message = `Event ${head.version + 1} of "${stream}" is missing: after event ${head.version} comes ${version}.`
      return { position: this.#hole?.position ?? position, message }
    }
    const wrong = whatIsWrong(event, head)
    if (wrong) return this.#hole ?? { position, message: `${nameOf(event)} ${wrong}.` }
    this.#heads.set(stream, { version, hash, occurredAt })
    this.#digest.update(`${position} ${hash}\n`)
    return undefined
  }

  /** What is wrong with a log that ends here, when `head` events were written to it. */
  end(head: number): Fault | undefined {
    if (this.#hole || head === this.#position) return this.#hole
    return head > this.#position
      ? missing(this.#position + 1, `${head} events were written`)
      : { position: head + 1, message: `The event at position ${head + 1} was put in: ${head} were written.` }
  }
}

const nameOf = ({ stream, version, position }: StoredEvent): string =>
  `Event ${version} of "${stream}" (position ${position})`

const missing = (position: number, because: string): Fault => ({
  position,
  message: `The event at position ${position} is missing: ${because}.`,
})

const whatIsWrong = (event: StoredEvent, head: StreamHead): string | undefined => {
  if (event.version <= head.version) return `comes after event ${head.version}: put in, or moved`
  if (!isLinked(event, head)) return 'does not fit its hash: changed, put in, or moved'
  return event.occurredAt < head.occurredAt ? 'is earlier than the one before it' : undefined
}

/**
 * Whether an event's hash is that of its content and of the one before. What has no canonical form, such as half of a surrogate pair,
 * was never hashed.
 */
export const isLinked = (event: StoredEvent, head: StreamHead): boolean => {
  try {
    return Object.keys(event.metadata).length === METADATA_FIELDS && hashOf(event, head.hash) === event.hash
  } catch {
    return false
  }
}
