/** Installs what the benchmarks need, once for each lockfile: the peers, some of which are compiled. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const stamp = `${here}node_modules/.installed`

const installed = (): string => {
  try {
    return readFileSync(stamp, 'utf8')
  } catch {
    return ''
  }
}

export const install = (): void => {
  const wanted = createHash('sha256')
    .update(readFileSync(`${here}package-lock.json`))
    .digest('hex')
  if (installed() === wanted) return
  console.error("Installing the peers' packages; one of them is compiled, which takes a minute or two.")
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: here,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  writeFileSync(stamp, wanted)
}
