/** The configuration: flags, else the environment, else defaults; checked before anything starts. */
import { Command, Option } from 'commander'
import { z } from 'zod'

const config = z.object({
  port: z.coerce
    .number('takes a number')
    .int('takes a whole number')
    .min(0, 'is at least 0')
    .max(65_535, 'is at most 65535'),
  host: z.string().min(1, 'takes a host name or an address'),
  store: z.literal('memory', 'takes "memory"'),
  datastarUrl: z
    .string()
    .refine(
      (url) => url !== '' && (!/^https?:/i.test(url) || URL.canParse(url)),
      'takes an address or a file',
    )
    .optional(),
})

export type Config = Readonly<z.infer<typeof config>>

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/**
 * Reads a command line without the program's name. `--help`, and a flag that does not exist, end the process.
 * @throws ConfigError with one line that says which setting takes what
 */
export const readConfig = (args: readonly string[]): Config => {
  const options = new Command('passbook')
    .description('A live, event-sourced bank account. Every flag can be set in the environment instead.')
    .addOption(
      new Option('--port <number>', 'where to listen; 0 takes any free port').env('PORT').default('8989'),
    )
    .addOption(
      new Option('--host <address>', 'on which address; 0.0.0.0 for every one')
        .env('HOST')
        .default('127.0.0.1'),
    )
    .addOption(
      new Option('--store <store>', 'where events are kept: memory').env('PASSBOOK_STORE').default('memory'),
    )
    .addOption(
      new Option('--datastar-url <url>', 'an official Datastar build, by address or file').env(
        'DATASTAR_URL',
      ),
    )
    .parse(args, { from: 'user' })
    .opts()
  const result = config.safeParse(options)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const flag = String(issue?.path[0]).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  throw new ConfigError(`--${flag} ${issue?.message}; it was given "${options[String(issue?.path[0])]}".`)
}
