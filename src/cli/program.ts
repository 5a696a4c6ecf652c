/** The command line: which commands there are, what they take, and how they end. */
import { Command } from 'commander'
import {
  type Config,
  readConfig,
  readStoreName,
  SERVER_OPTIONS,
  STORE_OPTION,
  UsageError,
} from '../config.ts'
import type { OpenStorage, Storage } from '../storage.ts'
import { forget, rebuild, snapshot, verify } from './keeping.ts'
import { backup, exportLog, importArchive, openArchive } from './moving.ts'
import { accounts, balance, events } from './reading.ts'

export interface Services {
  readonly openStorage: OpenStorage
  readonly serve: (config: Config) => Promise<void>
}

const HELP = '"passbook --help" lists the commands, "passbook COMMAND --help" what one takes.'

export const createProgram = ({ openStorage, serve }: Services): Command => {
  const program = new Command('passbook')
    .description('A live, event-sourced bank account.')
    .exitOverride()
    .configureOutput({
      outputError: (text, print) => print(`passbook: ${text.replace(/^error: |\.?\s*$/g, '')}. ${HELP}\n`),
    })

  const command = (usage: string, description: string): Command =>
    program.command(usage).description(description).addOption(STORE_OPTION).allowExcessArguments(false)

  /** Opens the store, does the work and closes it, whatever happens. */
  const withStore = async (
    flags: Readonly<Record<string, unknown>>,
    work: (storage: Storage) => Promise<void>,
    { create = false } = {},
  ): Promise<void> => {
    const name = readStoreName(flags)
    if (name.type === 'memory') {
      throw new UsageError('What is in memory is gone with its process: only "serve" takes --store memory.')
    }
    const storage = await openStorage(name, { create })
    try {
      await work(storage)
    } finally {
      await storage.close()
    }
  }

  const server = program
    .command('serve', { isDefault: true })
    .description('serve the accounts on the web (what is done if no command is named)')
    .addOption(STORE_OPTION)
    .allowExcessArguments()
    .action((flags, { args: [unknown] }: Command) => {
      if (unknown !== undefined) throw new UsageError(`There is no command "${unknown}". ${HELP}`)
      return serve(readConfig(flags))
    })
  for (const option of SERVER_OPTIONS) server.addOption(option)

  command('accounts', 'list the accounts')
    .option('--search <text>', 'only those with this in their name or owner')
    .option('--json', 'one line of JSON for each')
    .action((flags) => withStore(flags, (storage) => accounts(storage, flags)))

  command('events <account>', 'list the events of an account')
    .option('--json', 'one line of JSON for each')
    .action((account, flags) => withStore(flags, (storage) => events(storage, account, flags)))

  command('balance <account>', 'tell the balance of an account, now or in the past')
    .option('--version <number>', 'after this event of the account')
    .option(
      '--at <time>',
      'at this time, or at the end of this day, in ISO 8601; without a zone, in that of this machine',
    )
    .option('--json', 'as JSON, in minor units')
    .action((account, flags) => withStore(flags, (storage) => balance(storage, account, flags)))

  command('export', 'write the whole log to stdout')
    .option('--format <format>', 'ndjson or csv', 'ndjson')
    .option('--keys <file>', 'and the keys of sealed text to this new file')
    .action((flags) => withStore(flags, (storage) => exportLog(storage, flags)))

  command('import <file>', 'take over a log that was exported, as it was')
    .option('--format <format>', 'ndjson or csv; by default, by the end of the name')
    .option('--keys <file>', 'and the keys, as exported')
    .action(async (file, flags) => {
      const archive = await openArchive(file, flags)
      await withStore(flags, (storage) => importArchive(storage, archive), { create: true })
    })

  command('verify', 'check that nothing in the log was changed')
    .option('--expect <position:digest>', 'that its beginning is what it was when "verify" printed this')
    .option('--json', 'as JSON')
    .action((flags) => withStore(flags, (storage) => verify(storage, flags)))

  command('rebuild', 'make the list of accounts anew from the log').action((flags) =>
    withStore(flags, rebuild),
  )

  command('snapshot', 'write all snapshots anew').action((flags) => withStore(flags, snapshot))

  command('forget <account>', 'erase what people wrote in an account: its owner, sources and reasons').action(
    (account, flags) => withStore(flags, (storage) => forget(storage, account)),
  )

  command('backup <file>', 'copy the log, as it is now, to a new SQLite file')
    .option('--no-keys', 'without the keys of sealed text')
    .action((file, flags) => withStore(flags, (storage) => backup(storage, file, flags, openStorage)))

  return program
}
