import { expect, it } from 'vitest'
import { PostgresKeys } from '../../src/events/postgres-keys.ts'
import { freshDatabase, openDatabase, rawConnection } from '../support/postgres.ts'
import { oneTo } from './sample-events.ts'

/** The keys of this many accounts, and whether a secret is anywhere in the file that they are in. */
const keysOf = async (count: number) => {
  const url = await freshDatabase()
  const keys = new PostgresKeys(await openDatabase(url))
  const sql = rawConnection(url)
  for (const number of oneTo(count)) await keys.keyFor(`account ${number}`)
  const isInFile = async (secret: Uint8Array): Promise<boolean> => {
    await sql`CHECKPOINT`
    const [file] = await sql`SELECT pg_read_binary_file(pg_relation_filepath('keys')) AS bytes`
    return Buffer.from(file?.bytes).includes(Buffer.from(secret))
  }
  return { url, keys, sql, isInFile }
}

it('leaves nothing of a destroyed key in the table’s file, wherever in it the key was', async () => {
  const { keys, isInFile } = await keysOf(300)
  const spared = await keys.keyFor('account 2')
  for (const name of ['account 1', 'account 150', 'account 300']) {
    const { secret } = await keys.keyFor(name)
    expect(await isInFile(secret)).toBe(true)
    expect(await keys.destroy(name)).toBe(true)
    await keys.scrub()
    expect(await isInFile(secret)).toBe(false)
  }
  expect(await keys.all()).toHaveLength(297)
  expect(await isInFile(spared.secret)).toBe(true)
})

it('says so if what remains of a key cannot be cleared', async () => {
  const { url, keys, sql } = await keysOf(1)
  await sql`CREATE ROLE clerk LOGIN PASSWORD 'clerk'`
  await sql`GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO clerk`
  const address = new URL(url)
  address.username = 'clerk'
  address.password = 'clerk'
  const clerk = new PostgresKeys(await openDatabase(address.href))
  await expect(clerk.scrub()).rejects.toThrow('could not be written anew')
  await keys.scrub()
})

it('gives two servers the same key, whoever asks first', async () => {
  const url = await freshDatabase()
  const servers = await Promise.all(oneTo(2).map(async () => new PostgresKeys(await openDatabase(url))))
  const streams = oneTo(100).map((number) => `account ${number}`)
  const [ones, others] = await Promise.all(
    servers.map((keys) => Promise.all(streams.map((stream) => keys.keyFor(stream)))),
  )
  expect(ones).toEqual(others)
  expect(await servers[0]?.all()).toHaveLength(100)
})
