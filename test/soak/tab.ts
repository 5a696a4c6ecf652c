/**
 * A tab without a browser: it holds a stream as Datastar does, which comes back when it is lost, and hangs up while the
 * tab is hidden. It keeps what its page shows, and no more.
 */
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { constants, createGunzip, type Gunzip } from 'node:zlib'
import { accountPath } from '../../src/routes/addresses.ts'
import { type Fault, fault } from './fault.ts'
import { Page } from './page.ts'
import { datastarPost, type Poster } from './poster.ts'

/** What it looks at: a version of the past, if there is one. */
export type Sight =
  | { readonly type: 'account'; readonly account: string; readonly version: number | undefined }
  | { readonly type: 'accounts' }

export interface TabOptions {
  readonly id: string
  readonly sight: Sight
  readonly encoding: 'gzip' | 'identity'
}

/** How long after its stream was lost it asks for another. */
const BACK_MS = 100

export class Tab {
  readonly id: string
  readonly page = new Page()
  /** What it got that no tab may get. */
  readonly faults: Fault[] = []
  /** How many of its streams were ended by the server. */
  dropped = 0
  readonly #url: string
  readonly #poster: Poster
  readonly #encoding: TabOptions['encoding']
  #sight: Sight
  #looks = 0
  #isShown = false
  #request: ClientRequest | undefined
  #response: IncomingMessage | undefined
  #comingBack: NodeJS.Timeout | undefined
  /** Whether something was pushed over the stream that there is. */
  #isLive = false

  constructor(url: string, poster: Poster, { id, sight, encoding }: TabOptions) {
    this.#url = url
    this.#poster = poster
    this.id = id
    this.#sight = sight
    this.#encoding = encoding
  }

  get sight(): Sight {
    return this.#sight
  }

  get isLive(): boolean {
    return this.#isLive
  }

  show(): void {
    if (this.#isShown) return
    this.#isShown = true
    this.#connect()
  }

  hide(): void {
    this.#isShown = false
    clearTimeout(this.#comingBack)
    this.#lose()?.destroy()
  }

  /** As a network does that fails. */
  cut(): void {
    this.#lose()?.socket?.resetAndDestroy()
  }

  /** Reads nothing, until it reads on. */
  stall(): void {
    this.#response?.pause()
  }

  readOn(): void {
    this.#response?.resume()
  }

  /** At a version of the past, or at the newest again. Resolves when it is shown, if the tab has a stream. */
  async look(version: number | undefined): Promise<void> {
    if (this.#sight.type !== 'account') return
    this.#sight = { ...this.#sight, version }
    this.#looks += 1
    const path = accountPath(this.#sight.account, 'look')
    const answer = await this.#poster.post(datastarPost(path, this.#signals)).catch(String)
    if (answer !== 204) this.#refused(`a look at version ${version} was answered ${answer}`)
  }

  get #signals(): Readonly<Record<string, unknown>> {
    const { id: tab } = this
    if (this.#sight.type === 'accounts') return { tab }
    return { tab, version: this.#sight.version ?? '', looks: this.#looks }
  }

  #connect(): void {
    const path = this.#sight.type === 'accounts' ? '/stream' : accountPath(this.#sight.account, 'stream')
    const address = `${this.#url}${path}?datastar=${encodeURIComponent(JSON.stringify(this.#signals))}`
    const headers = { 'Accept-Encoding': this.#encoding, 'Datastar-Request': 'true' }
    const asked = request(address, { agent: false, headers })
    this.#request = asked
    asked.once('response', (response) => this.#opened(asked, response))
    asked.once('error', () => {})
    asked.once('close', () => {
      if (this.#request !== asked) return
      this.dropped += 1
      this.#lose()
    })
    asked.end()
  }

  #opened(asked: ClientRequest, response: IncomingMessage): void {
    if (response.statusCode !== 200) this.#refused(`its stream was answered ${response.statusCode}`)
    this.#response = response
    let rest = ''
    const read = (text: string) => {
      const events = (rest + text).split('\n\n')
      rest = events.pop() ?? ''
      if (this.#request !== asked) return
      for (const event of events) this.#apply(event)
      if (events.length > 0) this.#isLive = true
    }
    response.on('error', () => {})
    const fail = (error: NodeJS.ErrnoException) => {
      if (this.#request === asked && error.code === 'Z_DATA_ERROR') this.#unreadable(error.message)
    }
    if (response.headers['content-encoding'] === 'gzip') unzip(response, read, fail)
    else response.setEncoding('utf8').on('data', read)
  }

  /** Its stream, which it has no more. It asks for another, unless it is hidden. */
  #lose(): ClientRequest | undefined {
    const lost = this.#request
    this.#request = undefined
    this.#response = undefined
    this.#isLive = false
    if (lost && this.#isShown) this.#comingBack = setTimeout(() => this.#connect(), BACK_MS)
    return lost
  }

  #apply(event: string): void {
    if (!/^(event: datastar-patch-|:)/.test(event)) this.#unreadable(`it was sent "${event.slice(0, 80)}"`)
    try {
      this.page.apply(event)
    } catch (error) {
      this.#unreadable(String(error))
    }
  }

  #unreadable(message: string): void {
    this.faults.push(fault('wrong', `tab ${this.id}: its stream cannot be read: ${message}`))
  }

  #refused(message: string): void {
    this.faults.push(fault('refused', `tab ${this.id}: ${message}`))
  }
}

/** A stream that is read as it comes, and may be cut anywhere; pausing the response pauses it. */
const unzip = (
  response: IncomingMessage,
  read: (text: string) => void,
  fail: (error: Error) => void,
): void => {
  const gunzip: Gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH })
  gunzip.setEncoding('utf8').on('data', read).on('error', fail)
  response.on('data', (chunk: Buffer) => gunzip.write(chunk))
  response.once('close', () => gunzip.destroy())
}
