import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { FORMATS, type Format } from '../../src/cli/archive.ts'
import { ImportError } from '../../src/events/whole-log.ts'
import { deposits, newEvent } from '../events/sample-events.ts'
import { run } from './command-line.ts'
import { GOLDEN, writeSample } from './sample-log.ts'
import { type DurableStore, using } from './stores.ts'
import { newFolder, newPath } from './temporary.ts'

export const moving = ({ place }: DurableStore) => {
  const folder = newFolder()
  const keys = join(folder, 'keys')
  const archive = (format: Format): string => join(folder, `log.${format}`)
  const archived = (format: Format): string => readFileSync(archive(format), 'utf8')

  const exported = (store: string, format: Format = 'ndjson') =>
    run('export', '--format', format, '--store', store)
  const imported = (store: string, ...args: readonly string[]) => run('import', ...args, '--store', store)
  const ownersIn = async (store: string) => {
    const accounts = await run('accounts', '--json', '--store', store)
    return [...accounts.matchAll(/"owner":("[^"]*"|null)/g)].map(([, owner = '']) => JSON.parse(owner))
  }

  beforeAll(async () => {
    const store = await place()
    await writeSample(store)
    for (const format of FORMATS) writeFileSync(archive(format), await exported(store, format))
    await run('export', '--keys', keys, '--store', store)
  })

  describe.each(FORMATS)('a log exported as %s', (format) => {
    it('is the same, byte for byte, once it is imported, and holds', async () => {
      const store = await place()
      expect(await imported(store, archive(format))).toBe('Imported 12 events; 0 of 12 were there already.\n')
      for (const format of FORMATS) expect(await exported(store, format)).toBe(archived(format))
      expect(await run('verify', '--store', store)).toContain('12 events of 4 accounts: every hash fits.\n')
    })

    it('is not imported twice', async () => {
      const store = await place()
      await imported(store, archive(format))
      expect(await imported(store, archive(format))).toBe('Imported 0 events; 12 of 12 were there already.\n')
      expect(await exported(store, format)).toBe(archived(format))
    })

    it('is imported into a store that holds its beginning, and is read whatever its file is called', async () => {
      const lines = archived(format).split('\n')
      const part = newPath('part')
      writeFileSync(part, lines.slice(0, format === 'csv' ? 6 : 5).join('\n'))
      const store = await place()
      await imported(store, part, '--format', format)
      expect(await imported(store, archive(format))).toBe('Imported 7 events; 5 of 12 were there already.\n')
      expect(await exported(store, format)).toBe(archived(format))
    })
  })

  it('goes on from an import as if nothing had been', async () => {
    const store = await place()
    await imported(store, archive('ndjson'), '--keys', keys)
    await using(store, async ({ events }) => {
      const [last] = await events.read('club', { direction: 'backward', limit: 1 })
      if (last) await events.append('club', [{ ...last, id: crypto.randomUUID() }], { expected: 1 })
    })
    expect(await run('verify', '--store', store)).toContain('13 events of 4 accounts: every hash fits.\n')
  })

  it('refuses a log that does not begin with the events that are there, and changes nothing', async () => {
    const store = await place()
    const others = newPath('others.ndjson')
    await imported(store, GOLDEN)
    writeFileSync(others, await exported(store))
    await expect(imported(store, archive('csv'), '--keys', keys)).rejects.toThrow(
      new ImportError('The store holds another event at position 1. Import into an empty one.'),
    )
    expect(await exported(store)).toBe(readFileSync(others, 'utf8'))
    expect(await using(store, (storage) => storage.keys.all())).toEqual([])
  })

  describe('keys', () => {
    it('are exported to a file that nobody else may read, and stay out of the archive', async () => {
      expect(statSync(keys).mode & 0o777).toBe(0o600)
      const lines = readFileSync(keys, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
      expect(lines.map(({ stream }) => stream).sort()).toEqual(['Zoë’s jar', 'alice'])
      for (const { secret } of lines) {
        expect(Buffer.from(secret, 'base64')).toHaveLength(32)
        for (const format of FORMATS) expect(archived(format)).not.toContain(secret)
      }
    })

    it('come with an import: text reads as it was', async () => {
      const store = await place()
      await imported(store, archive('ndjson'), '--keys', keys)
      expect(await ownersIn(store)).toEqual(['Zoë 💶', 'Ada Lovelace', '[erased]', null])
      expect(await run('events', 'alice', '--store', store)).toContain('  a bicycle\n')
    })

    it('may come later: until then, text reads as erased', async () => {
      const store = await place()
      const warned = vi.spyOn(console, 'error').mockImplementation(() => {})
      onTestFinished(() => warned.mockRestore())
      await imported(store, archive('ndjson'))
      expect(warned.mock.calls.flat()).toEqual([expect.stringContaining('The text of 3 accounts is sealed')])
      expect(await ownersIn(store)).toEqual(['[erased]', '[erased]', '[erased]', null])
      expect(await run('events', 'alice', '--store', store)).toContain('  [erased]\n')
      await imported(store, archive('ndjson'), '--keys', keys)
      expect(await ownersIn(store)).toEqual(['Zoë 💶', 'Ada Lovelace', '[erased]', null])
      expect(await run('events', 'alice', '--store', store)).not.toContain('[erased]')
    })

    it('may come when there are snapshots already, which are made anew', async () => {
      const [from, to] = [await place(), await place()]
      await using(from, async ({ events }) => {
        const opened = { type: 'opened', data: { owner: 'Ada', currency: 'USD', openingBalance: 0 } } as const
        await events.append('alice', [newEvent(opened), ...deposits(600)], { expected: 'no-stream' })
      })
      const [path, keys] = [newPath('log.ndjson'), newPath('keys')]
      writeFileSync(path, await run('export', '--keys', keys, '--store', from))
      await imported(to, path)
      expect(await run('balance', 'alice', '--json', '--store', to)).toContain('"owner":"[erased]"')
      await imported(to, path, '--keys', keys)
      expect(await run('balance', 'alice', '--json', '--store', to)).toContain('"owner":"Ada"')
    })

    it.each([
      ['is not JSON', 'secret'],
      ['is no key', '{"id":"5eed0000-0000-4000-8000-000000000001"}'],
      ['is too short', `{"id":"5eed0000-0000-4000-8000-000000000001","stream":"alice","secret":"AAAA"}`],
    ])('are refused by their line if one %s, and nothing is imported', async (_, line) => {
      const [first] = readFileSync(keys, 'utf8').split('\n')
      const path = newPath('keys')
      writeFileSync(path, `${first}\n${line}\n`)
      const store = await place()
      await expect(imported(store, archive('ndjson'), '--keys', path)).rejects.toThrow(
        `Line 2 of ${path} is not a key, as "passbook export --keys" writes them.`,
      )
      expect(await using(store, async ({ log, keys }) => [await log.head(), await keys.all()])).toEqual([
        0,
        [],
      ])
    })
  })

  it('imports a log of old events: its balances are what they always were', async () => {
    const store = await place()
    expect(await imported(store, GOLDEN)).toBe('Imported 38 events; 0 of 38 were there already.\n')
    expect(await exported(store)).toBe(readFileSync(GOLDEN, 'utf8'))
    expect(await run('verify', '--store', store)).toContain('38 events of 8 accounts: every hash fits.\n')
    const accounts = (await run('accounts', '--store', store))
      .replaceAll('\u00a0', ' ')
      .split('\n')
      .slice(1, -1)
    expect(accounts.map((line) => line.split(/ {2,}/).slice(0, 4))).toEqual([
      ['alice', 'Alice', 'closed', '$0.00'],
      ['bob', 'u-7', 'closed', '$100.00'],
      ['carol', 'Carol', 'open', '$10.05'],
      ['dave', 'Dave', 'frozen', '$0.01'],
      ['erin', '[erased]', 'closed', '$0.00'],
      ['fay', '[erased]', 'closed', '¥4,999'],
      ['gus', '[erased]', 'open', 'KWD 1.235'],
      ['shared account', '-', 'open', '$1,300.00'],
    ])
  })
}
