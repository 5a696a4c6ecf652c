/** The commands that look after a log: verify, rebuild, snapshot and forget. */
import { forget as forgetAccount } from '../commands/forget.ts'
import { verify as verifyLog } from '../events/whole-log.ts'
import { makeSnapshots } from '../projection/make-snapshots.ts'
import { catchUp, rebuild as rebuildSummaries } from '../projection/projector.ts'
import type { Storage } from '../storage.ts'
import { CommandError, count, print, printJson } from './answers.ts'
import { withProgress } from './progress.ts'

export const verify = async ({ log }: Storage, { json = false }): Promise<void> => {
  const { events, streams, fault } = await withProgress('Verifying', await log.head(), (at) =>
    verifyLog(log, at),
  )
  if (json) await printJson({ events, accounts: streams, fault: fault ?? null })
  if (fault) throw new CommandError(`${fault.message} What comes before it holds.`)
  if (!json) await print(`${count(events, 'event')} of ${count(streams, 'account')}: every hash fits.`)
}

export const rebuild = async (storage: Storage): Promise<void> => {
  const total = await storage.events.head()
  const made = await withProgress('Rebuilding', total, (onProgress) =>
    rebuildSummaries(storage, { onProgress }),
  )
  if (!made) throw new CommandError('Another rebuild ended first, and its summaries are read now.')
  await print(`The summaries were made anew from ${count(made.position, 'event')}.`)
}

export const snapshot = async ({ events, snapshots }: Storage): Promise<void> => {
  const made = await withProgress('Snapshots', await events.head(), (at) =>
    makeSnapshots(events, snapshots, at),
  )
  await print(`${count(made, 'snapshot')} in all, one for every ${snapshots.every} events of an account.`)
}

export const forget = async (storage: Storage, stream: string): Promise<void> => {
  const forgotten = await forgetAccount(storage, stream, { actor: 'command line' })
  if (!forgotten) {
    throw new CommandError(`There is no account "${stream}". "passbook accounts" lists those there are.`)
  }
  await catchUp(storage)
  await storage.summaries.scrub()
  await print(`Forgotten: the owner, sources and reasons of "${stream}" read "[erased]" from now on.`)
  const { stillReadable } = forgotten
  if (stillReadable > 0) {
    throw new CommandError(
      `${count(stillReadable, 'event')} of "${stream}" came from a log that did not seal text, and can still be read.`,
    )
  }
}
