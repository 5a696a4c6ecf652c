import { expect, it } from 'vitest'
import { newKey } from '../../src/events/keys.ts'
import { oneTo } from './sample-events.ts'

it('a new key is 32 random bytes for one account, with an id of its own', () => {
  const keys = oneTo(50).map(() => newKey('alice'))
  for (const { id, stream, secret } of keys) {
    expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    expect(stream).toBe('alice')
    expect(secret).toHaveLength(32)
  }
  expect(new Set(keys.map(({ id }) => id)).size).toBe(50)
  expect(new Set(keys.map(({ secret }) => Buffer.from(secret).toString('hex'))).size).toBe(50)
})
