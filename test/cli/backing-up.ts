import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { ImportError } from '../../src/events/whole-log.ts'
import { run } from './command-line.ts'
import { writeSample } from './sample-log.ts'
import type { DurableStore } from './stores.ts'
import { newPath } from './temporary.ts'

export const backingUp = ({ place, sql }: DurableStore) => {
  let store = ''

  const copyTo = (path: string, ...flags: readonly string[]) =>
    run('backup', path, ...flags, '--store', store)

  beforeAll(async () => {
    store = await place()
    await writeSample(store)
  })

  it('copies the whole log to a SQLite file, and the keys to another', async () => {
    const path = newPath('copy.db')
    expect(await copyTo(path)).toBe(`${path} holds 12 events. The keys are in ${path}-keys.\n`)
    expect(await run('export', '--store', `sqlite:${path}`)).toBe(await run('export', '--store', store))
    expect(await run('accounts', '--store', `sqlite:${path}`)).toBe(await run('accounts', '--store', store))
    expect(readdirSync(dirname(path)).sort()).toEqual(['copy.db', 'copy.db-keys'])
  })

  it('leaves the keys out with --no-keys, and so text cannot be read from it', async () => {
    const path = newPath('copy.db')
    expect(await copyTo(path, '--no-keys')).toBe(`${path} holds 12 events.\n`)
    expect(readdirSync(dirname(path))).toEqual(['copy.db'])
    expect(await run('export', '--store', `sqlite:${path}`)).toBe(await run('export', '--store', store))
    expect(await run('events', 'alice', '--store', `sqlite:${path}`)).toContain('[erased]\n')
    expect(await run('events', 'alice', '--store', `sqlite:${path}`)).not.toContain('Ada')
  })

  it.each(['copy.db', 'copy.db-keys'])('overwrites nothing: %s is there already', async (name) => {
    const there = newPath(name)
    writeFileSync(there, 'Something else.')
    const path = there.replace(/-keys$/, '')
    await expect(copyTo(path)).rejects.toThrow(
      `${there} is there already. Choose another name, or remove it.`,
    )
    expect(readdirSync(dirname(path))).toEqual([name])
    expect(readFileSync(there, 'utf8')).toBe('Something else.')
  })

  it('takes no notice of what a backup that was killed has left', async () => {
    const path = newPath('copy.db')
    for (const end of ['', '-wal', '-keys']) writeFileSync(`${path}.part${end}`, 'The beginning of a copy.')
    await copyTo(path)
    expect(readdirSync(dirname(path)).sort()).toEqual(['copy.db', 'copy.db-keys'])
  })

  it('of a log that somebody changed is none, and leaves nothing', async () => {
    const changed = await place()
    await writeSample(changed)
    await sql(changed, `UPDATE events SET data = '{"amount": 1}' WHERE position = 11`)
    const path = newPath('copy.db')
    await expect(run('backup', path, '--store', changed)).rejects.toThrow(
      new ImportError('Event 6 of "alice" (position 11) does not fit its hash: changed, put in, or moved.'),
    )
    expect(readdirSync(dirname(path))).toEqual([])
  })
}
