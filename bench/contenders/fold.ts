/** The account of all events, from objects in memory or read from a store. */
import { fold } from '../../src/projection/account.ts'
import { accountUntil } from '../../src/projection/snapshot.ts'
import { memoryStorage, openStorage, type Storage } from '../../src/storage.ts'
import { ACCOUNT } from '../account-history.ts'
import type { Open } from '../contest.ts'
import { folding, openCopy, readEvents } from '../folding.ts'

export type Source =
  /** What was read from a store before. */
  | { readonly type: 'memory' }
  | { readonly type: 'memory-store' | 'sqlite' }
  | { readonly type: 'postgres'; readonly url: string }

export interface FoldOptions {
  /** The path of a log of that many events. */
  readonly log: string
  readonly events: number
  /** Where its copies go. */
  readonly folder: string
  readonly source: Source
}

export const open: Open<FoldOptions> = async ({ log, events, folder, source }) => {
  const copy = await openCopy(log, folder)
  if (source.type === 'memory') {
    const all = await readEvents(copy)
    return folding(events, () => fold(all).balance, copy.close)
  }
  const storage = await filled(copy, source)
  return folding(
    events,
    async () => (await accountUntil(storage.events, ACCOUNT, {})).account.balance,
    async () => {
      await storage.close()
      if (storage !== copy) await copy.close()
    },
  )
}

const filled = async (copy: Storage, source: Exclude<Source, { type: 'memory' }>): Promise<Storage> => {
  switch (source.type) {
    case 'sqlite':
      return copy
    case 'memory-store':
      return moved(copy, memoryStorage())
    case 'postgres':
      return moved(copy, await openStorage(source, { create: true }))
  }
}

const moved = async (from: Storage, to: Storage): Promise<Storage> => {
  await to.keys.add(await from.keys.all())
  for (;;) {
    const events = await from.log.readAll({ after: await to.log.head(), limit: 5_000 })
    if (events.length === 0) return to
    await to.log.restore(events)
  }
}
