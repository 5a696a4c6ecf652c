/** The configuration: flags, else the environment, else defaults; checked before anything starts. */
import { statSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { Option } from 'commander'
import { z } from 'zod'

/** Which store, and where. */
export type StoreName =
  | { readonly type: 'memory' }
  | { readonly type: 'sqlite'; readonly path: string }
  | { readonly type: 'postgres'; readonly url: string }

const isAddress = (text: string): boolean => /^https?:/i.test(text)

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false

/** A host's name as URLs write it; undefined for what is more than a name, or less. */
const hostname = (name: string): string | undefined => {
  const url = `http://${isIPv6(name) ? `[${name}]` : name}/`
  if (!URL.canParse(url)) return undefined
  const { href, hostname } = new URL(url)
  return href === `http://${hostname}/` ? hostname : undefined
}

const storeName = (text: string): StoreName | undefined => {
  if (text === 'memory') return { type: 'memory' }
  if (/^postgres(ql)?:\/\//.test(text) && URL.canParse(text)) return { type: 'postgres', url: text }
  const [, path] = /^sqlite:(.+)$/.exec(text) ?? []
  return path === undefined ? undefined : { type: 'sqlite', path }
}

const config = z.object({
  store: z
    .string()
    .transform(storeName)
    .pipe(z.custom<StoreName>((name) => name !== undefined)),
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
  empty: z.boolean().optional(),
  datastarUrl: z
    .string()
    .refine((url) => (isAddress(url) ? URL.canParse(url) : isFile(url)))
    .optional(),
})

export type Config = Readonly<z.infer<typeof config>>

interface Setting {
  readonly option: Option
  /** What it takes, for the error of one that takes something else. */
  readonly takes: string
}

const SETTINGS: Readonly<Record<keyof Config, Setting>> = {
  store: {
    option: new Option('--store <store>', 'where events are kept: sqlite:PATH, postgres://..., or memory')
      .env('PASSBOOK_STORE')
      .default('sqlite:./data/passbook.db'),
    takes: '"sqlite:PATH", "postgres://USER:PASSWORD@HOST/DATABASE" or "memory"',
  },
  port: {
    option: new Option('--port <number>', 'where to listen; 0 takes any free port')
      .env('PORT')
      .default('8989'),
    takes: 'a number from 0 to 65535',
  },
  host: {
    option: new Option('--host <address>', 'on which address; 0.0.0.0 for every one')
      .env('HOST')
      .default('127.0.0.1'),
    takes: 'a host name or an address',
  },
  allowedHosts: {
    option: new Option('--allowed-hosts <names>', 'the names it goes by, with commas between').env(
      'ALLOWED_HOSTS',
    ),
    takes: 'names with commas between, such as till.example,localhost',
  },
  empty: {
    option: new Option('--empty', 'begin a new log without the three events that show how it works'),
    takes: 'nothing',
  },
  datastarUrl: {
    option: new Option('--datastar-url <url>', 'an official Datastar build, by address or file').env(
      'DATASTAR_URL',
    ),
    takes: 'an address or the path of a file that is there',
  },
}

/** For every command. */
export const STORE_OPTION: Option = SETTINGS.store.option

/** For the server. */
export const SERVER_OPTIONS: readonly Option[] = Object.values(SETTINGS)
  .map(({ option }) => option)
  .filter((option) => option !== STORE_OPTION)

/** Something was asked for in a way that nobody can understand. The message is one line that says what would do. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Checks what the command line gave. Throws a {@link UsageError} that says which setting takes what. */
export const readConfig = (values: Readonly<Record<string, unknown>>): Config => read(config, values)

/** The store alone, for commands that take no other setting. */
export const readStoreName = (values: Readonly<Record<string, unknown>>): StoreName =>
  read(config.pick({ store: true }), values).store

const read = <Schema extends z.ZodType>(schema: Schema, values: Readonly<Record<string, unknown>>) => {
  const result = schema.safeParse(values)
  if (result.success) return result.data
  const name = z.keyof(config).parse(result.error.issues[0]?.path[0])
  const { option, takes } = SETTINGS[name]
  throw new UsageError(`${option.long} (${option.envVar}) takes ${takes}, not "${shown(values[name])}".`)
}

/** Without the password that an address may hold. */
const shown = (value: unknown): string => String(value).replace(/(:\/\/[^:/]*:).*@/, '$1...@')
