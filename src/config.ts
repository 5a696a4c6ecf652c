/** The configuration: flags, else the environment, else defaults; checked before anything starts. */
import { statSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { Command, Option } from 'commander'
import { z } from 'zod'

const isAddress = (text: string): boolean => /^https?:/i.test(text)

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false

/** A host's name as URLs write it; undefined for what is more than a name, or less. */
const hostname = (name: string): string | undefined => {
  const url = `http://${isIPv6(name) ? `[${name}]` : name}/`
  if (!URL.canParse(url)) return undefined
  const { href, hostname } = new URL(url)
  return href === `http://${hostname}/` ? hostname : undefined
}

const config = z.object({
  port: z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .refine((port) => port < 65_536),
  host: z.string().min(1),
  allowedHosts: z
    .string()
    .transform((names) => names.split(',').map((name) => hostname(name.trim())))
    .pipe(z.array(z.string()))
    .optional(),
  store: z.literal('memory'),
  datastarUrl: z
    .string()
    .refine((url) => (isAddress(url) ? URL.canParse(url) : isFile(url)))
    .optional(),
})

export type Config = Readonly<z.infer<typeof config>>

const OPTIONS = [
  new Option('--port <number>', 'where to listen; 0 takes any free port').env('PORT').default('8989'),
  new Option('--host <address>', 'on which address; 0.0.0.0 for every one').env('HOST').default('127.0.0.1'),
  new Option('--allowed-hosts <names>', 'the names it goes by, with commas between').env('ALLOWED_HOSTS'),
  new Option('--store <store>', 'where events are kept: memory').env('PASSBOOK_STORE').default('memory'),
  new Option('--datastar-url <url>', 'an official Datastar build, by address or file').env('DATASTAR_URL'),
]

const EXPECTED: Readonly<Record<keyof Config, string>> = {
  port: 'a number from 0 to 65535',
  host: 'a host name or an address',
  allowedHosts: 'names with commas between, such as till.example,localhost',
  store: '"memory"',
  datastarUrl: 'an address or the path of a file that is there',
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/**
 * Reads a command line without the program's name. `--help`, and a flag that does not exist, end the process.
 * @throws ConfigError with one line that says which setting takes what
 */
export const readConfig = (args: readonly string[]): Config => {
  const command = new Command('passbook').description('A live, event-sourced bank account.')
  for (const option of OPTIONS) command.addOption(option)
  const values = command.parse(args, { from: 'user' }).opts()

  const result = config.safeParse(values)
  if (result.success) return result.data
  const name = z.keyof(config).parse(result.error.issues[0]?.path[0])
  const option = OPTIONS.find((each) => each.attributeName() === name)
  throw new ConfigError(`${option?.long} (${option?.envVar}) takes ${EXPECTED[name]}, not "${values[name]}".`)
}
