import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { beforeAll, describe, expect, it } from 'vitest'
import { deposits } from '../events/sample-events.ts'
import { runToExit } from '../support/server.ts'
import { BIN, passbook, run, start } from './command-line.ts'
import { writeSample } from './sample-log.ts'
import { using } from './stores.ts'
import { newFolder } from './temporary.ts'

/** Another folder than the project's, with a store where one is looked for, and a configuration of its own. */
const folder = newFolder()
const store = `sqlite:${join(folder, 'data', 'passbook.db')}`

beforeAll(async () => {
  await writeSample(store)
  await using(store, ({ events }) => events.append('long', deposits(3_000), { expected: 'no-stream' }))
  writeFileSync(join(folder, 'tsconfig.json'), '{ "compilerOptions": { "jsx": "react" } }')
})

describe('the command line, as people use it', () => {
  it('works in the folder where they are', async () => {
    const expected = await run('accounts', '--store', store)
    const ended = await start(['accounts'], { cwd: folder }).ended
    expect(ended).toEqual({ code: 0, stdout: expected, stderr: '' })
  })

  it('serves in the folder where they are', async () => {
    const { process: server, ended } = start(['--port', '0', '--store', store], { cwd: folder })
    const [line] = await once(server.stdout ?? server, 'data')
    const [url = ''] = /http:\S+/.exec(String(line)) ?? []
    const page = await fetch(`${url}/accounts/shared`)
    expect(await page.text()).toContain('<h1')
    server.kill()
    expect((await ended).code).toBe(0)
  })

  it('works without bin, on a store that the environment names', async () => {
    const { code, output } = await runToExit('src/main.ts', ['balance', 'alice'], { PASSBOOK_STORE: store })
    expect([code, output]).toEqual([0, '$80.00\n'])
  })

  it('explains itself', async () => {
    const { code, stdout } = await passbook('--help')
    expect(code).toBe(0)
    const commands = [...stdout.matchAll(/^ {2}([a-z]+) \[options\]/gm)].map(([, name]) => name)
    expect(commands).toEqual([
      'serve',
      'accounts',
      'events',
      'balance',
      'export',
      'import',
      'verify',
      'rebuild',
      'snapshot',
      'forget',
      'backup',
    ])
  })

  it.each([
    'events',
    'export',
  ])('%s ends quietly when its reader has seen enough, as "head" has', async (command) => {
    const args = command === 'events' ? ['events', 'long', '--json'] : [command]
    const child = spawn(process.execPath, [BIN, ...args, '--store', store], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [ended, complaints] = [once(child, 'close'), text(child.stderr)]
    await once(child.stdout, 'data')
    child.stdout.destroy()
    expect([await ended, await complaints]).toEqual([[0, null], ''])
  })
})
