// Headless Chromium for tests: the system's own where there is one, else the one that @sparticuz/chromium brings.
// It cannot reach anything but this machine, which it also knows as till.test, a name that no browser trusts.

import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sparticuz from '@sparticuz/chromium'
import { type Browser, chromium } from 'playwright-core'

const cache = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url))

/** Unpacked aside and moved into place whole: test files that start at once must not see half a browser. */
const unpack = async (): Promise<string> => {
  const home = join(cache, 'chromium')
  if (!existsSync(home)) {
    await mkdir(cache, { recursive: true })
    const aside = await mkdtemp(`${home}-`)
    const before = process.env.TMPDIR
    process.env.TMPDIR = aside
    await sparticuz.executablePath()
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
    await rename(aside, home).catch(() => rm(aside, { recursive: true }))
  }
  return join(home, 'chromium')
}

const system = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path && existsSync(path))

export const launchBrowser = async (): Promise<Browser> =>
  chromium.launch({
    executablePath: system ?? (await unpack()),
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--host-resolver-rules=MAP till.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
    ],
  })
