/** The commands that carry a log elsewhere and back: export, import and backup. */
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { z } from 'zod'
import { UsageError } from '../config.ts'
import type { Key } from '../events/keys.ts'
import { keysOf } from '../events/sealing.ts'
import { PAGE } from '../events/store.ts'
import type { StoredEvent } from '../events/stored-event.ts'
import { checkedEvents, eventsOf, presentIn, restoreAll } from '../events/whole-log.ts'
import { catchUp, rebuild } from '../projection/projector.ts'
import type { OpenStorage, Storage } from '../storage.ts'
import { CommandError, count, figure, print, write } from './answers.ts'
import { FORMATS, type Format, formatOf, headOf, lineOf, readArchive } from './archive.ts'
import { newKeyFile, readKeys, writeKeys } from './key-file.ts'
import { withProgress } from './progress.ts'

const formatFrom = (text: string | undefined, otherwise: Format): Format => {
  const format = z.enum(FORMATS).safeParse(text ?? otherwise)
  if (format.success) return format.data
  throw new UsageError(`--format takes ${FORMATS.join(' or ')}, not "${text}".`)
}

interface ExportFlags {
  readonly format?: string
  readonly keys?: string
}

/** To stdout. Sealed text stays sealed; the keys go to a file of their own, if one is named. */
export const exportLog = async ({ log, keys }: Storage, flags: ExportFlags): Promise<void> => {
  const format = formatFrom(flags.format, 'ndjson')
  const keyFile = flags.keys === undefined ? undefined : await newKeyFile(flags.keys)
  await write(headOf(format))
  await withProgress('Exporting', await log.head(), async (onProgress) => {
    let lines: string[] = []
    for await (const event of eventsOf(log)) {
      lines.push(lineOf(event, format))
      if (lines.length < PAGE) continue
      await write(lines.join(''))
      lines = []
      onProgress(event.position)
    }
    await write(lines.join(''))
  })
  // After the events: so there is a key for each of them, however many were added meanwhile.
  if (keyFile) await writeKeys(keyFile, await keys.all())
}

/** A file that was exported. Its events were read and checked once, and are read again each time. */
interface Archive {
  readonly events: () => AsyncIterable<StoredEvent>
  readonly total: number
  /** The ids of the keys that its text is sealed with. */
  readonly sealedWith: ReadonlySet<string>
  readonly keys: readonly Key[]
}

export const openArchive = async (path: string, flags: ExportFlags): Promise<Archive> => {
  const format = formatFrom(flags.format, formatOf(path))
  for (const file of [path, flags.keys ?? path]) assertFile(file)
  const keys = flags.keys === undefined ? [] : await readKeys(flags.keys)
  const events = () => readArchive(path, format)
  const sealedWith = new Set<string>()
  const total = await withProgress('Checking', 0, async (onProgress) => {
    let position = 0
    for await (const event of checkedEvents(events())) {
      for (const id of keysOf(event.data)) sealedWith.add(id)
      position = event.position
      onProgress(position)
    }
    return position
  })
  return { events, total, sealedWith, keys }
}

export const importArchive = async (
  storage: Storage,
  { events, total, sealedWith, keys }: Archive,
): Promise<void> => {
  const after = await presentIn(storage.log, events())
  await storage.keys.add(keys)
  const added = await withProgress('Importing', total, (onProgress) =>
    restoreAll(events(), storage.log, { after, onProgress }),
  )
  // Text that could not be read until now stands as erased in what was made of it.
  const isNewlyOpened = keys.length > 0 && after > 0
  if (isNewlyOpened) await storage.snapshots.clear()
  await withProgress('Summing up', total, (onProgress) =>
    (isNewlyOpened ? rebuild : catchUp)(storage, { onProgress }),
  )
  await print(
    `Imported ${count(added, 'event')}; ${figure(total - added)} of ${figure(total)} were there already.`,
  )
  const missing = sealedWith.size - (await storage.keys.find([...sealedWith])).size
  if (missing > 0) {
    console.error(
      `passbook: The text of ${count(missing, 'account')} is sealed, and reads "[erased]" without its key. If it was not` +
        ' forgotten, import again with --keys FILE, as "passbook export --keys FILE" wrote it.',
    )
  }
}

interface BackupFlags {
  /** False to leave the keys out. */
  readonly keys: boolean
}

/** A SQLite file with what the log held when this began, verified. It has its name only once it is complete. */
export const backup = async (
  storage: Storage,
  path: string,
  flags: BackupFlags,
  openStorage: OpenStorage,
): Promise<void> => {
  for (const file of [path, `${path}-keys`]) {
    if (existsSync(file))
      throw new CommandError(`${file} is there already. Choose another name, or remove it.`)
  }
  const part = `${path}.part`
  const removePart = () =>
    Promise.all(
      ['', '-wal', '-shm', '-keys', '-keys-journal'].map((end) => rm(`${part}${end}`, { force: true })),
    )
  await removePart()
  try {
    const copy = await openStorage({ type: 'sqlite', path: part }, { create: true })
    const total = await storage.log.head()
    let copied = 0
    try {
      copied = await withProgress('Backing up', total, (onProgress) =>
        restoreAll(checkedEvents(eventsOf(storage.log)), copy.log, { onProgress }),
      )
      if (flags.keys) await copy.keys.add(await storage.keys.all())
    } finally {
      await copy.close()
    }
    if (existsSync(`${part}-keys`)) await rename(`${part}-keys`, `${path}-keys`)
    await rename(part, path)
    const where = existsSync(`${path}-keys`) ? ` The keys are in ${path}-keys.` : ''
    await print(`${path} holds ${count(copied, 'event')}.${where}`)
  } catch (error) {
    await removePart()
    throw error
  }
}

/** A file is read twice, which a pipe cannot be. */
const assertFile = (path: string): void => {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) throw new CommandError(`There is no file ${path}.`)
  if (!found.isFile())
    throw new CommandError(`${path} is not a file: save what is to be imported to one first.`)
  try {
    accessSync(path, constants.R_OK)
  } catch (cause) {
    throw new CommandError(`${path} cannot be read by this user.`, { cause })
  }
}
