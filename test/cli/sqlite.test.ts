import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { carrying } from './carrying.ts'
import { run } from './command-line.ts'
import { commandsOn } from './commands.ts'
import { writeSample } from './sample-log.ts'
import { pathOf, sqlite } from './stores.ts'

commandsOn('SQLite', sqlite)

describe('a log that goes from SQLite to SQLite, and back', () => carrying(sqlite, sqlite))

describe('a log in SQLite', () => {
  it('that holds what is not even JSON is told by its event', async () => {
    const store = await sqlite.place()
    await writeSample(store)
    await sqlite.sql(store, `UPDATE events SET data = '{' WHERE position = 6`)
    await expect(run('verify', '--store', store)).rejects.toThrow(
      /^Event 3 of stream "alice" is not what was/,
    )
  })
})

describe('what was forgotten', () => {
  const everything = (store: string): string => {
    const folder = dirname(pathOf(store))
    return readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), 'latin1'))
      .join('')
  }

  it('is in no file of the store, without anybody reading it again', async () => {
    const store = await sqlite.place()
    await writeSample(store)
    await run('accounts', '--store', store)
    expect(everything(store)).toMatch(/ada lovelace/i)
    await run('forget', 'alice', '--store', store)
    expect(everything(store)).not.toMatch(/lovelace|wages|bicycle|lost card|moved away/i)
  })
})
