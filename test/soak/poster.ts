/** Posts what the page would, over connections that are kept open. */
import { Agent, type OutgoingHttpHeaders, request } from 'node:http'

export interface Post {
  readonly path: string
  readonly headers: OutgoingHttpHeaders
  readonly body: string
}

/** So many connections at most; idle ones are closed sooner than the server does that. */
const [CONNECTIONS, IDLE_MS] = [64, 2_000]

export class Poster {
  readonly #url: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, timeout: IDLE_MS })

  constructor(url: string) {
    this.#url = url
  }

  /** The status of the answer, once all of it is there. */
  post({ path, headers, body }: Post): Promise<number> {
    return new Promise((resolve, reject) => {
      request(this.#url + path, { method: 'POST', headers, agent: this.#agent }, (response) => {
        response.resume()
        response.once('end', () => resolve(response.statusCode ?? 0)).once('error', reject)
      })
        .once('error', reject)
        .end(body)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

/** What Datastar sends. */
export const datastarPost = (
  path: string,
  signals: Readonly<Record<string, unknown>>,
  headers: OutgoingHttpHeaders = {},
): Post => ({
  path,
  headers: { 'Content-Type': 'application/json', 'Datastar-Request': 'true', ...headers },
  body: JSON.stringify(signals),
})
