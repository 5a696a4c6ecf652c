// Headless Chromium for tests: the system's own where there is one, else the one that @sparticuz/chromium brings for
// Linux. It cannot reach anything but this machine, which it also knows as till.test, a name that no browser trusts.

import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sparticuz from '@sparticuz/chromium'
import { type Browser, chromium, type LaunchOptions } from 'playwright-core'

const cache = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url))

const SYSTEM = [
  process.env.CHROMIUM_PATH ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]

/** Runs with these variables set, and sets them back. */
const withEnv = async (
  variables: Readonly<Record<string, string>>,
  run: () => Promise<unknown>,
): Promise<void> => {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, variables)
  await run()
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
}

/**
 * Unpacked with the libraries that a bare machine may lack (the package brings those only where it thinks that it is
 * on its home ground); aside, and then moved into place whole, for test files that start at once.
 */
const unpack = async (): Promise<LaunchOptions> => {
  const home = join(cache, 'chromium')
  if (!existsSync(home)) {
    await mkdir(cache, { recursive: true })
    const aside = await mkdtemp(`${home}-`)
    await withEnv({ TMPDIR: aside, AWS_LAMBDA_JS_RUNTIME: 'nodejs20.x' }, () => sparticuz.executablePath())
    await rename(aside, home).catch(() => rm(aside, { recursive: true }))
  }
  const env = { ...process.env, LD_LIBRARY_PATH: join(home, 'al2023', 'lib') }
  return { executablePath: join(home, 'chromium'), env }
}

const whichBrowser = async (): Promise<LaunchOptions> => {
  const executablePath = SYSTEM.find((path) => existsSync(path))
  if (executablePath) return { executablePath }
  return process.platform === 'linux' ? unpack() : { channel: 'chrome' }
}

export const launchBrowser = async (): Promise<Browser> =>
  chromium.launch({
    ...(await whichBrowser()),
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--host-resolver-rules=MAP till.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
    ],
  })
