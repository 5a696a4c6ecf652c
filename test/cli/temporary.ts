/** Folders for the tests of one file, which are gone when the last of them has ended. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

const folders: string[] = []

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

export const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'passbook-cli-'))
  folders.push(folder)
  return folder
}

/** Where nothing is yet. */
export const newPath = (name: string): string => join(newFolder(), name)
