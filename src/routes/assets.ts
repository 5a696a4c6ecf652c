/** The page's own files, made once at start, each with its content's hash in its name and cached for ever. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Hono } from 'hono'
import { bundleClient } from '../client/bundle.ts'

export interface Assets {
  readonly stylesheet: string
  readonly icon: string
  /** Where the browser gets Datastar from. */
  readonly client: string
  /** The origin of the client, if it is not ours. */
  readonly clientOrigin: string | undefined
  readonly routes: Hono
}

/** `datastarUrl` is the address or the file of an official Datastar build, to use instead of the one we make. */
export const loadAssets = async (datastarUrl?: string): Promise<Assets> => {
  const routes = new Hono()
  const serve = (name: string, extension: string, type: string, body: string): string => {
    const hash = createHash('sha256').update(body).digest('hex').slice(0, 12)
    const path = `/assets/${name}-${hash}.${extension}`
    const headers = { 'Content-Type': type, 'Cache-Control': 'public, max-age=31536000, immutable' }
    routes.get(path, (c) => c.body(body, 200, headers))
    return path
  }
  const css = (await Promise.all(STYLES.map(style))).join('\n')
  const remote = datastarUrl && /^https?:/i.test(datastarUrl) ? new URL(datastarUrl) : undefined
  return {
    stylesheet: serve('passbook', 'css', 'text/css; charset=utf-8', css),
    icon: serve('icon', 'svg', 'image/svg+xml', ICON),
    client:
      remote?.href ?? serve('datastar', 'js', 'text/javascript; charset=utf-8', await script(datastarUrl)),
    clientOrigin: remote?.origin,
    routes,
  }
}

/** In the order in which one overrules another. */
const STYLES = ['base', 'account', 'log', 'chart', 'accounts', 'event', 'statement', 'print']

const style = (name: string): Promise<string> =>
  readFile(new URL(`styles/${name}.css`, import.meta.url), 'utf8')

const script = (path?: string): Promise<string> =>
  path === undefined ? bundleClient() : readFile(path, 'utf8')

/** An open passbook. */
const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect x="4" y="3" width="24" height="26" rx="3" fill="#1c6b50"/>
<path d="M9 10h14M9 16h14M9 22h8" stroke="#fffdf8" stroke-width="2.5" stroke-linecap="round"/>
</svg>`
