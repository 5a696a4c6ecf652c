/** Keys in a file of their own, one line of JSON for each, that nobody but its owner may read. */
import { type FileHandle, open, readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Key } from '../events/keys.ts'
import { CommandError } from './answers.ts'

const keyLine = z.strictObject({
  id: z.uuid(),
  stream: z.string().min(1),
  secret: z
    .base64()
    .transform((text) => new Uint8Array(Buffer.from(text, 'base64')))
    .refine(({ length }) => length === 32),
})

const lineOf = ({ id, stream, secret }: Key): string =>
  `${JSON.stringify({ id, stream, secret: Buffer.from(secret).toString('base64') })}\n`

/** Made before anything else is done, so that it fails early, and before anything is overwritten. */
export const newKeyFile = async (path: string): Promise<FileHandle> => {
  try {
    return await open(path, 'wx', 0o600)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CommandError(`No keys were written: ${reason}. Name a new file.`, { cause })
  }
}

export const writeKeys = async (file: FileHandle, keys: readonly Key[]): Promise<void> => {
  await file.writeFile(keys.map(lineOf).join(''))
  await file.close()
}

export const readKeys = async (path: string): Promise<Key[]> => {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '')
  return lines.map((line, index) => {
    try {
      return keyLine.parse(JSON.parse(line))
    } catch (cause) {
      const place = `Line ${index + 1} of ${path}`
      throw new CommandError(`${place} is not a key, as "passbook export --keys" writes them.`, { cause })
    }
  })
}
