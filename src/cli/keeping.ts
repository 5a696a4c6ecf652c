/** The commands that look after a log: verify, rebuild, snapshot and forget. */
import { z } from 'zod'
import { forget as forgetAccount } from '../commands/forget.ts'
import { UsageError } from '../config.ts'
import { verify as verifyLog } from '../events/whole-log.ts'
import { findWrongSnapshot, makeSnapshots } from '../projection/make-snapshots.ts'
import { catchUp, rebuild as rebuildSummaries } from '../projection/projector.ts'
import type { Storage } from '../storage.ts'
import { CommandError, count, print, printJson } from './answers.ts'
import { withProgress } from './progress.ts'

interface VerifyFlags {
  readonly expect?: string
  readonly json?: boolean
}

const digestAt = z
  .string()
  .regex(/^[1-9]\d{0,14}:[0-9a-f]{64}$/)
  .transform((text) => {
    const [position, digest = ''] = text.split(':')
    return { position: Number(position), digest }
  })

/** The log by its hashes, and then the snapshots by the log. */
export const verify = async (
  { log, events, snapshots }: Storage,
  { expect, json = false }: VerifyFlags,
): Promise<void> => {
  const expected = digestAt.optional().safeParse(expect)
  if (!expected.success) {
    throw new UsageError(`--expect takes POSITION:DIGEST, as "verify" printed it, not "${expect}".`)
  }
  const total = await log.head()
  const found = await withProgress('Verifying', total, (onProgress) =>
    verifyLog(log, { expected: expected.data, onProgress }),
  )
  const { fault, digest } = found
  const wrong = fault
    ? undefined
    : await withProgress('Verifying snapshots', total, (at) => findWrongSnapshot(events, snapshots, at))
  if (json) {
    const wrongSnapshot = wrong ? { account: wrong.stream, version: wrong.version } : null
    const { events, streams: accounts } = found
    await printJson({ events, accounts, digest, fault: fault ?? null, wrongSnapshot })
  }
  if (fault) throw new CommandError(`${fault.message} What comes before it holds.`)
  if (wrong) {
    throw new CommandError(
      `The log holds, but the snapshot of "${wrong.stream}" at event ${wrong.version} is not what its events say. ` +
        'Run "passbook snapshot", then "passbook rebuild", and start the servers again.',
    )
  }
  if (json) return
  await print(`${count(found.events, 'event')} of ${count(found.streams, 'account')}: every hash fits.`)
  if (digest !== undefined) await print(`Digest: ${digest}`)
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
  await storage.keys.scrub()
  await storage.summaries.scrub()
  const { stillReadable } = forgotten
  if (stillReadable > 0) {
    throw new CommandError(
      `What was sealed in "${stream}" reads "[erased]" from now on. The text of ${count(stillReadable, 'event')} does not:` +
        ' it comes from a log that did not seal it, and what is in a log is never rewritten.',
    )
  }
  await print(`Forgotten: the owner, sources and reasons of "${stream}" read "[erased]" from now on.`)
}
