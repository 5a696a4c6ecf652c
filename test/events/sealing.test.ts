import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newKey } from '../../src/events/keys.ts'
import {
  keysOf,
  SealError,
  type SealedText,
  seal,
  sealFields,
  unseal,
  unsealFields,
} from '../../src/events/sealing.ts'

const key = newKey('alice')
const PLACE = 'alice/6f1f6a3e-6b0e-4f0a-9a52-2a3a4f5f8d11/reason'

const text = fc.string({ unit: 'binary', maxLength: 100 })

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

const expectSealError = (sealed: SealedText, place = PLACE, withKey = key): void => {
  expect(() => unseal(sealed, withKey, place)).toThrow(SealError)
}

describe('a sealed text', () => {
  it('opens with its key, at its place, whatever it says', () => {
    fc.assert(
      fc.property(text, fc.string(), (text, place) => {
        expect(unseal(seal(text, key, place), key, place)).toBe(text)
      }),
    )
  })

  it('says with which key it was sealed, and nothing of what it says', () => {
    const { key: id, sealed } = seal('a bicycle', key, PLACE)
    expect(id).toBe(key.id)
    expect(sealed).not.toContain('bicycle')
    expect(Buffer.from(sealed, 'base64').toString('latin1')).not.toContain('bicycle')
  })

  it('does not open with another key', () => {
    fc.assert(
      fc.property(text, (text) => {
        expectSealError(seal(text, key, PLACE), PLACE, newKey('alice'))
      }),
    )
  })

  it('does not open at another place', () => {
    fc.assert(
      fc.property(text, fc.string(), fc.string(), (text, place, other) => {
        fc.pre(place !== other)
        expectSealError(seal(text, key, place), other)
      }),
    )
  })

  it('does not open when any byte of it is another', () => {
    fc.assert(
      fc.property(text, fc.nat(), fc.integer({ min: 1, max: 255 }), (text, at, flip) => {
        const { sealed } = seal(text, key, PLACE)
        const bytes = Buffer.from(sealed, 'base64')
        const index = at % bytes.length
        bytes.writeUInt8(bytes.readUInt8(index) ^ flip, index)
        expectSealError({ key: key.id, sealed: bytes.toString('base64') })
      }),
      { numRuns: 500 },
    )
  })

  it('does not open when any character of it is another, also one that stands for the same bytes', () => {
    fc.assert(
      fc.property(text, fc.nat(), fc.constantFrom(...BASE64, '-', '_', '=', ' '), (text, at, other) => {
        const { sealed } = seal(text, key, PLACE)
        const index = at % sealed.length
        fc.pre(sealed[index] !== other)
        expectSealError({ key: key.id, sealed: sealed.slice(0, index) + other + sealed.slice(index + 1) })
      }),
      { numRuns: 2_000 },
    )
  })

  it('does not open when a part of it is missing, or there is more of it', () => {
    const { sealed } = seal('a bicycle', key, PLACE)
    for (let length = 0; length < sealed.length; length++) {
      expectSealError({ key: key.id, sealed: sealed.slice(0, length) })
      expectSealError({ key: key.id, sealed: sealed.slice(length + 1) })
    }
    expectSealError({ key: key.id, sealed: `${sealed}AAAA` })
    expectSealError({ key: key.id, sealed: `${sealed}\n` })
  })

  it('that does not open is told by its place, and what to do', () => {
    const error = (() => {
      try {
        return unseal(seal('a bicycle', key, 'bob'), key, PLACE)
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toMatchObject({
      name: 'SealError',
      message: `The text at ${PLACE} is not what was written there. Run "passbook verify".`,
      cause: expect.any(Error),
    })
  })

  it('reads as erased without its key', () => {
    expect(unseal(seal('a bicycle', key, PLACE), undefined, PLACE)).toBe('[erased]')
  })
})

describe('sealing', () => {
  it('makes the same of the same text in the same place, so that a repetition is known', () => {
    fc.assert(
      fc.property(text, fc.string(), (text, place) => {
        expect(seal(text, key, place)).toEqual(seal(text, key, place))
      }),
    )
  })

  it('makes something else, from the first bytes on, of another text, in another place, with another key', () => {
    const other = newKey('alice')
    const nonces = [
      seal('a bicycle', key, PLACE),
      seal('a tricycle', key, PLACE),
      seal('a bicycle', key, `${PLACE}s`),
      seal('a bicycle', other, PLACE),
      seal('b', key, 'a'),
      seal('', key, 'ab'),
      seal('ab', key, ''),
    ].map(({ sealed }) => Buffer.from(sealed, 'base64').subarray(0, 12).toString('hex'))
    expect(new Set(nonces).size).toBe(nonces.length)
  })
})

describe('the fields of an event', () => {
  const data = { amount: 5, source: 'a birthday', reason: 'a bicycle', list: ['x'], nothing: null }

  it('are sealed if they are named, are there and are text; the others stay as they are', () => {
    const sealed = sealFields(data, ['reason', 'owner', 'amount'], key, 'here')
    expect(sealed).toEqual({ ...data, reason: seal('a bicycle', key, 'here/reason') })
    expect(data.reason).toBe('a bicycle')
  })

  it('are opened if they are sealed, whichever they are, each with its key', () => {
    const other = newKey('bob')
    const keys = new Map([key, other].map((key) => [key.id, key]))
    const sealed = sealFields(sealFields(data, ['reason'], key, 'here'), ['source'], other, 'here')
    expect(keysOf(sealed).sort()).toEqual([key.id, other.id].sort())
    expect(unsealFields(sealed, keys, 'here')).toEqual(data)
    expect(unsealFields(sealed, new Map([[key.id, key]]), 'here')).toEqual({ ...data, source: '[erased]' })
    expect(unsealFields(sealed, new Map(), 'here')).toEqual({
      ...data,
      source: '[erased]',
      reason: '[erased]',
    })
  })

  it('are left alone if nothing is sealed', () => {
    for (const fields of [data, {}, { sealed: 'x', key: 'y' }, { reason: { sealed: 'x' } }]) {
      expect(keysOf(fields)).toEqual([])
      expect(unsealFields(fields, new Map(), 'here')).toBe(fields)
    }
  })

  it('do not open in each other’s place', () => {
    const sealed = sealFields(data, ['source', 'reason'], key, 'here')
    const swapped = { ...sealed, source: sealed.reason, reason: sealed.source }
    expect(() => unsealFields(swapped, new Map([[key.id, key]]), 'here')).toThrow(SealError)
  })
})
