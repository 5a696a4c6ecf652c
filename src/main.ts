/** The composition root: brings the command line, the stores and the server together, and says how it ended. */
import { CommanderError } from 'commander'
import { CommandError } from './cli/answers.ts'
import { createProgram } from './cli/program.ts'
import { type Config, UsageError } from './config.ts'
import { crashAt } from './crash-point.ts'
import { InvalidEventError, UnknownEventTypeError } from './events/event.ts'
import { DamagedEventError, StoreUnavailableError } from './events/event-log.ts'
import { PostgresDatabaseError } from './events/postgres-migrations.ts'
import { SealError } from './events/sealing.ts'
import { SqliteFileError } from './events/sqlite-format.ts'
import { ImportError } from './events/whole-log.ts'
import { SummariesMisfitError } from './projection/projector.ts'
import { serve } from './serve.ts'
import { openStorage } from './storage.ts'

/** What a process ends with: done, not to be done, not understood. */
const [DONE, FAILED, MISUSED] = [0, 1, 2]

/** What people can mend, or have to know; their messages are one line. */
const FOR_PEOPLE = [
  CommandError,
  DamagedEventError,
  ImportError,
  InvalidEventError,
  PostgresDatabaseError,
  SealError,
  SqliteFileError,
  SummariesMisfitError,
  StoreUnavailableError,
  UnknownEventTypeError,
  UsageError,
]

/** One line for people; undefined for a fault of ours. */
const explain = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined
  if (FOR_PEOPLE.some((type) => error instanceof type)) return error.message
  if (!('code' in error && 'syscall' in error)) return undefined
  if (error.code === 'EADDRINUSE') {
    return `${error.message}. Stop what listens there, or choose another port with --port.`
  }
  return error.syscall === 'listen' || error.syscall === 'getaddrinfo'
    ? `${error.message}. Choose where to listen with --host and --port.`
    : `${error.message}.`
}

const serveStore = async (config: Config): Promise<void> => {
  const reached = crashAt(process.env.PASSBOOK_CRASH_AT)
  await serve(await openStorage(config.store, { create: true, reached }), config)
}

// Whoever reads may have seen enough, as "head" has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(DONE)
  console.error(`passbook: ${error.message}. What was written so far is not all.`)
  process.exit(FAILED)
})

try {
  await createProgram({ openStorage, serve: serveStore }).parseAsync()
} catch (error) {
  // Commander has said itself what it did not understand.
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? DONE : MISUSED)
  const reason = explain(error)
  if (reason === undefined) throw error
  console.error(`passbook: ${reason}`)
  process.exit(error instanceof UsageError ? MISUSED : FAILED)
}
