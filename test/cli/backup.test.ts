import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { backup } from '../../src/cli/moving.ts'
import { memoryStorage, openStorage, type Storage } from '../../src/storage.ts'
import { deposits, newEvent } from '../events/sample-events.ts'
import { printedBy, run } from './command-line.ts'
import { newPath } from './temporary.ts'

describe('a backup while others write', () => {
  /** A store in which something happens when the end of its log is read for the first time. */
  const busy = (storage: Storage, happen: () => Promise<unknown>): Storage => {
    let isOver = false
    const readAll: Storage['log']['readAll'] = async (options) => {
      const page = await storage.log.readAll(options)
      if (page.length > 0 || isOver) return page
      isOver = true
      await happen()
      return storage.log.readAll(options)
    }
    const log = new Proxy(storage.log, {
      get: (target, name) => (name === 'readAll' ? readAll : Reflect.get(target, name).bind(target)),
    })
    return { ...storage, log }
  }

  const opened = (owner: string) =>
    newEvent({ type: 'opened', data: { owner, currency: 'USD', openingBalance: 0 } })

  it('has the keys of all that is in it', async () => {
    const storage = memoryStorage()
    await storage.events.append('alice', [opened('Ada')], { expected: 'any' })
    const late = busy(storage, () => storage.events.append('bob', [opened('Bob')], { expected: 'any' }))
    const path = newPath('copy.db')
    await printedBy(() => backup(late, path, { keys: true }, openStorage))
    expect(await run('events', 'bob', '--store', `sqlite:${path}`)).toContain('  Bob\n')
  })

  it('does not have the key of an account that is forgotten meanwhile', async () => {
    const storage = memoryStorage()
    await storage.events.append('alice', [opened('Ada')], { expected: 'any' })
    const path = newPath('copy.db')
    const forgetful = busy(storage, () => storage.keys.destroy('alice'))
    await printedBy(() => backup(forgetful, path, { keys: true }, openStorage))
    expect(await run('events', 'alice', '--store', `sqlite:${path}`)).toContain('  [erased]\n')
  })

  it('leaves nothing if the store is lost on the way', async () => {
    const storage = memoryStorage()
    await storage.events.append('alice', deposits(1_000), { expected: 'any' })
    const lost = busy(storage, () => Promise.reject(new Error('The network is down.')))
    const path = newPath('copy.db')
    await expect(backup(lost, path, { keys: true }, openStorage)).rejects.toThrow('The network is down.')
    expect(readdirSync(dirname(path))).toEqual([])
  })
})
