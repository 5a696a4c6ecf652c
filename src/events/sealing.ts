/** Seals what people wrote, so that it can be forgotten: AES-256-GCM, with the key of its account. */
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import { z } from 'zod'
import { ERASED } from './event.ts'
import type { Key } from './keys.ts'

/** What stands in the place of a text: the key's id, and nonce, text and tag in base64. */
const sealedText = z.strictObject({ key: z.string(), sealed: z.string() }).readonly()

export type SealedText = z.infer<typeof sealedText>

/** Whoever reads a sealed text with its key, but not where it belongs or not as it was written. */
export class SealError extends Error {
  override readonly name = 'SealError'
}

const CIPHER = 'aes-256-gcm'
const NONCE = 12
const TAG = 16

/**
 * `place` says where the text belongs, and it opens nowhere else. The nonce derives from the key, the place and the
 * text: it differs for what differs, and the same text in the same place seals to the same bytes.
 */
export const seal = (text: string, key: Key, place: string): SealedText => {
  const nonce = createHmac('sha256', key.secret)
    .update(JSON.stringify([place, text]))
    .digest()
    .subarray(0, NONCE)
  const cipher = createCipheriv(CIPHER, key.secret, nonce).setAAD(Buffer.from(place))
  const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return { key: key.id, sealed: sealed.toString('base64') }
}

/** The text, or {@link ERASED} if its key is no more. Throws {@link SealError} if it is not what was sealed there. */
export const unseal = ({ sealed }: SealedText, key: Key | undefined, place: string): string => {
  if (!key) return ERASED
  const bytes = Buffer.from(sealed, 'base64')
  try {
    if (bytes.toString('base64') !== sealed) throw new Error('Not base64 as it was written.')
    const decipher = createDecipheriv(CIPHER, key.secret, bytes.subarray(0, NONCE), { authTagLength: TAG })
      .setAAD(Buffer.from(place))
      .setAuthTag(bytes.subarray(-TAG))
    return Buffer.concat([decipher.update(bytes.subarray(NONCE, -TAG)), decipher.final()]).toString('utf8')
  } catch (cause) {
    throw new SealError(`The text at ${place} is not what was written there. Run "passbook verify".`, {
      cause,
    })
  }
}

type Fields = Readonly<Record<string, unknown>>

/** Seals those of `names` that are there. */
export const sealFields = (data: Fields, names: readonly string[], key: Key, place: string): Fields => {
  const sealed: Record<string, unknown> = { ...data }
  for (const name of names) {
    const text = data[name]
    if (typeof text === 'string') sealed[name] = seal(text, key, `${place}/${name}`)
  }
  return sealed
}

/** Opens whatever is sealed, whichever fields those were in the days of writing. */
export const unsealFields = (data: Fields, keys: ReadonlyMap<string, Key>, place: string): Fields => {
  const sealed = sealedIn(data)
  if (sealed.length === 0) return data
  const open: Record<string, unknown> = { ...data }
  for (const [name, text] of sealed) open[name] = unseal(text, keys.get(text.key), `${place}/${name}`)
  return open
}

/** The ids of the keys that reading this takes. */
export const keysOf = (data: Fields): string[] => sealedIn(data).map(([, { key }]) => key)

/** Most events have none, and are many. */
const sealedIn = (data: Fields): readonly (readonly [string, SealedText])[] => {
  const sealed: (readonly [string, SealedText])[] = []
  for (const name in data) {
    const value = data[name]
    if (typeof value !== 'object') continue
    const text = sealedText.safeParse(value)
    if (text.success) sealed.push([name, text.data])
  }
  return sealed
}
