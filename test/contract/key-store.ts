/** What every key store promises: `src/events/keys.ts` in its long form. */
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type Key, type KeyStore, newKey } from '../../src/events/keys.ts'
import { idsOf, oneTo } from '../events/sample-events.ts'
import { type Opened, withOpened } from './opened.ts'

export interface OpenKeys extends Opened {
  readonly keys: KeyStore
}

/** A key as a value: whichever class of bytes holds the secret. */
const plain = (key: Key | undefined) =>
  key && { id: key.id, stream: key.stream, secret: Buffer.from(key.secret).toString('hex') }

/** `open` gives an empty key store each time; the suite closes it. */
export const keyStoreContract = (name: string, open: () => Promise<OpenKeys>) =>
  describe(`${name}: a key store`, () => {
    const withKeys = withOpened(open)

    it(
      'makes an account’s key when it is first asked for, and gives the same from then on',
      withKeys(async ({ keys }) => {
        expect(await keys.all()).toEqual([])
        const key = await keys.keyFor('alice')
        expect(key.stream).toBe('alice')
        expect(key.secret).toHaveLength(32)
        expect(plain(await keys.keyFor('alice'))).toEqual(plain(key))
        expect(await keys.all()).toHaveLength(1)
      }),
    )

    it(
      'gives everybody the same key, however many ask for the first time at once',
      withKeys(async ({ keys }) => {
        const given = await Promise.all(oneTo(50).map(() => keys.keyFor('alice')))
        const kept = await keys.keyFor('alice')
        expect(given.map(plain)).toEqual(given.map(() => plain(kept)))
        expect((await keys.all()).map(plain)).toEqual([plain(kept)])
      }),
    )

    it(
      'gives each account a key of its own',
      withKeys(async ({ keys }) => {
        const names = ['alice', 'Alice', '__proto__', 'Zoë 💶', 'a/b', 'it\'s "quoted"; --']
        const given = await Promise.all(names.map((name) => keys.keyFor(name)))
        expect(given.map(({ stream }) => stream)).toEqual(names)
        expect(new Set(idsOf(given)).size).toBe(names.length)
        expect(new Set(given.map(({ secret }) => Buffer.from(secret).toString('hex'))).size).toBe(
          names.length,
        )
      }),
    )

    it(
      'finds those of the keys that there are, by their ids',
      withKeys(async ({ keys }) => {
        const [alice, bob] = [await keys.keyFor('alice'), await keys.keyFor('bob')]
        await keys.keyFor('carol')
        const found = await keys.find([bob.id, randomUUID(), alice.id, bob.id])
        expect([...found.keys()].sort()).toEqual([alice.id, bob.id].sort())
        expect(plain(found.get(alice.id))).toEqual(plain(alice))
        expect(plain(found.get(bob.id))).toEqual(plain(bob))
        expect((await keys.find([])).size).toBe(0)
        expect((await keys.find([randomUUID()])).size).toBe(0)
      }),
    )

    it(
      'finds a page of five hundred at once',
      withKeys(async ({ keys }) => {
        const many = oneTo(500).map((number) => newKey(`account ${number}`))
        await keys.add(many)
        expect((await keys.find(idsOf(many))).size).toBe(500)
      }),
    )

    it(
      'destroys an account’s key for good, and no other, and says whether there was one',
      withKeys(async ({ keys }) => {
        const [alice, bob] = [await keys.keyFor('alice'), await keys.keyFor('bob')]
        expect(await keys.destroy('carol')).toBe(false)
        expect(await keys.destroy('alice')).toBe(true)
        expect(await keys.destroy('alice')).toBe(false)
        expect(idsOf([...(await keys.find([alice.id, bob.id])).values()])).toEqual([bob.id])
        expect((await keys.all()).map(plain)).toEqual([plain(bob)])
        expect(plain(await keys.keyFor('bob'))).toEqual(plain(bob))
      }),
    )

    it(
      'makes a new key for an account whose key was destroyed, and does not find the old one again',
      withKeys(async ({ keys }) => {
        const old = await keys.keyFor('alice')
        await keys.destroy('alice')
        const key = await keys.keyFor('alice')
        expect(key.id).not.toBe(old.id)
        expect(Buffer.from(key.secret)).not.toEqual(Buffer.from(old.secret))
        expect([...(await keys.find([old.id, key.id])).keys()]).toEqual([key.id])
        expect(plain(await keys.keyFor('alice'))).toEqual(plain(key))
      }),
    )

    it(
      'lists all keys in the order of their ids',
      withKeys(async ({ keys }) => {
        const given = await Promise.all(oneTo(20).map((number) => keys.keyFor(`account ${number}`)))
        const all = await keys.all()
        expect(idsOf(all)).toEqual(idsOf(given).sort())
        expect(new Set(all.map(({ stream }) => stream)).size).toBe(20)
      }),
    )

    it(
      'takes in a key from elsewhere, which is the account’s from then on',
      withKeys(async ({ keys }) => {
        const key = newKey('alice')
        await keys.add([key])
        expect(plain(await keys.keyFor('alice'))).toEqual(plain(key))
        expect(plain((await keys.find([key.id])).get(key.id))).toEqual(plain(key))
        expect(await keys.destroy('alice')).toBe(true)
        expect((await keys.find([key.id])).size).toBe(0)
      }),
    )

    it(
      'keeps a key that is there already, when it comes again',
      withKeys(async ({ keys }) => {
        const key = await keys.keyFor('alice')
        await keys.add([key])
        await keys.add([{ ...newKey('alice'), id: key.id }])
        expect((await keys.all()).map(plain)).toEqual([plain(key)])
      }),
    )

    it(
      'takes in a key for what came sealed with it, and the account goes on with the one that it had',
      withKeys(async ({ keys }) => {
        const key = await keys.keyFor('alice')
        const late = newKey('alice')
        await keys.add([late])
        expect(plain(await keys.keyFor('alice'))).toEqual(plain(key))
        expect((await keys.find([key.id, late.id])).size).toBe(2)
        expect(await keys.destroy('alice')).toBe(true)
        expect(await keys.all()).toEqual([])
        expect((await keys.find([key.id, late.id])).size).toBe(0)
      }),
    )

    it(
      'takes in several keys of one account at once',
      withKeys(async ({ keys }) => {
        const several = [newKey('alice'), newKey('alice'), newKey('bob')]
        await keys.add(several)
        await keys.add(several)
        expect(idsOf(await keys.all())).toEqual(idsOf(several).sort())
        expect(idsOf(several)).toContain((await keys.keyFor('alice')).id)
      }),
    )

    it(
      'never takes in a key that was to be destroyed before it came',
      withKeys(async ({ keys }) => {
        const [late, other] = [newKey('alice'), newKey('alice')]
        expect(await keys.destroy('alice', [late.id])).toBe(false)
        await keys.add([late, other])
        expect(idsOf(await keys.all())).toEqual([other.id])
      }),
    )

    it(
      'has what it had after scrubbing',
      withKeys(async ({ keys }) => {
        const [, bob] = [await keys.keyFor('alice'), await keys.keyFor('bob')]
        await keys.destroy('alice')
        await keys.scrub()
        expect((await keys.all()).map(plain)).toEqual([plain(bob)])
      }),
    )

    it(
      'never takes back a key that was destroyed',
      withKeys(async ({ keys }) => {
        const key = await keys.keyFor('alice')
        await keys.destroy('alice')
        await keys.add([key])
        expect((await keys.find([key.id])).size).toBe(0)
        expect(await keys.all()).toEqual([])
        expect((await keys.keyFor('alice')).id).not.toBe(key.id)
      }),
    )

    it(
      'tells of a key only if there is one, and makes none',
      withKeys(async ({ keys }) => {
        expect(await keys.existingFor('alice')).toBeUndefined()
        expect(await keys.all()).toEqual([])
        const key = await keys.keyFor('alice')
        const existing = await keys.existingFor('alice')
        expect(existing && plain(existing)).toEqual(plain(key))
        await keys.destroy('alice')
        expect(await keys.existingFor('alice')).toBeUndefined()
      }),
    )
  })
