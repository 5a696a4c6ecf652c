import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type Key, newKey } from '../../src/events/keys.ts'
import { SqliteFileError } from '../../src/events/sqlite-format.ts'
import { SqliteKeys } from '../../src/events/sqlite-keys.ts'
import { startProcess, temporaryPath } from '../support/sqlite.ts'
import { oneTo } from './sample-events.ts'

const openKeys = async (path: string): Promise<SqliteKeys> => {
  const keys = await SqliteKeys.open(path)
  onTestFinished(() => keys.close())
  return keys
}

it('are in a file of their own, which comes with the first of them and which only its owner may read', async () => {
  const path = temporaryPath()
  const keys = await openKeys(path)
  expect(keys.path).toBe(`${path}-keys`)
  expect((await keys.find([newKey('alice').id])).size).toBe(0)
  expect(await keys.destroy('alice')).toBe(false)
  expect(existsSync(keys.path)).toBe(false)
  await keys.keyFor('alice')
  expect(readdirSync(dirname(path))).toEqual([basename(keys.path)])
  expect(statSync(keys.path).mode & 0o777).toBe(0o600)
})

it('are still there when the file is opened again, and on another connection', async () => {
  const path = temporaryPath()
  const [keys, other] = [await openKeys(path), await openKeys(path)]
  const key = await keys.keyFor('alice')
  expect(await other.keyFor('alice')).toEqual(key)
  expect(await other.destroy('alice')).toBe(true)
  expect((await keys.find([key.id])).size).toBe(0)
  const bobs = await other.keyFor('bob')
  for (const each of [keys, other]) await each.close()
  expect(await (await openKeys(path)).all()).toEqual([bobs])
})

it('are gone from the disk, down to the last byte, when they are destroyed', async () => {
  const keys = await openKeys(temporaryPath())
  const all = await Promise.all(oneTo(1_000).map((number) => keys.keyFor(`account ${number}`)))
  const [destroyed, kept] = [all.slice(0, 100), all.slice(100)]
  for (const { stream } of destroyed) expect(await keys.destroy(stream)).toBe(true)
  await Promise.all(oneTo(100).map((number) => keys.keyFor(`later account ${number}`)))
  await keys.close()

  expect(readdirSync(dirname(keys.path))).toEqual([basename(keys.path)])
  const bytes = readFileSync(keys.path)
  const isThere = ({ secret }: Key) =>
    [secret.subarray(0, 8), secret.subarray(-8)].some((part) => bytes.includes(Buffer.from(part)))
  expect(kept.filter(isThere)).toHaveLength(900)
  expect(destroyed.filter(isThere)).toEqual([])
})

it('that were destroyed do not come back with an old copy of them', async () => {
  const keys = await openKeys(temporaryPath())
  const key = await keys.keyFor('alice')
  await keys.destroy('alice')
  await keys.add([key])
  expect((await keys.find([key.id])).size).toBe(0)
  expect((await keys.keyFor('alice')).id).not.toBe(key.id)
})

it('are the same for all processes that ask at once', async () => {
  const path = temporaryPath()
  const processes = oneTo(3).map(() => startProcess('keys', path, '50'))
  for (const { says } of processes) expect(await says()).toBe('ready')
  for (const { goOn } of processes) goOn()
  const [first, ...others] = await Promise.all(processes.map(({ says }) => says()))
  expect(first).toHaveLength(50)
  for (const other of others) expect(other).toEqual(first)
  expect(await (await openKeys(path)).all()).toHaveLength(50)
})

it('are not looked for in a file that is something else', async () => {
  const path = temporaryPath()
  writeFileSync(`${path}-keys`, 'Dear diary, '.repeat(1_000))
  await expect(SqliteKeys.open(path)).rejects.toThrow(SqliteFileError)
  await expect(SqliteKeys.open(path)).rejects.toThrow(
    `${path}-keys is not a Passbook file of keys. It was left as it is; choose another path.`,
  )
})
