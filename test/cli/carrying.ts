import { writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { FORMATS } from '../../src/cli/archive.ts'
import { run } from './command-line.ts'
import { writeSample } from './sample-log.ts'
import type { DurableStore } from './stores.ts'
import { newPath } from './temporary.ts'

/** Of a log that goes from one kind of store to another, and back. */
export const carrying = (from: DurableStore, to: DurableStore) => {
  it.each(FORMATS)('is the same, byte for byte, as %s', async (format) => {
    const [origin, there, back] = [await from.place(), await to.place(), await from.place()]
    const [path, keys] = [newPath(`log.${format}`), newPath('keys')]
    await writeSample(origin)
    const exported = (store: string) => run('export', '--format', format, '--store', store)
    const archive = await run('export', '--format', format, '--keys', keys, '--store', origin)
    const answers = await run('accounts', '--store', origin)
    for (const store of [there, back]) {
      writeFileSync(path, await exported(store === there ? origin : there))
      await run('import', path, '--keys', keys, '--store', store)
      expect(await exported(store)).toBe(archive)
      expect(await run('verify', '--store', store)).toContain('12 events of 4 accounts: every hash fits.\n')
      expect(await run('accounts', '--store', store)).toBe(answers)
    }
  })
}
