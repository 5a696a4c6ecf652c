import { Command } from 'commander'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { readConfig as read, SERVER_OPTIONS, STORE_OPTION, UsageError } from '../src/config.ts'

const readConfig = (args: readonly string[]) => {
  const command = new Command().addOption(STORE_OPTION)
  for (const option of SERVER_OPTIONS) command.addOption(option)
  return read(command.parse(args, { from: 'user' }).opts())
}

afterEach(() => vi.unstubAllEnvs())

describe('the configuration', () => {
  it('has a default for everything', () => {
    for (const name of ['PORT', 'HOST', 'ALLOWED_HOSTS', 'PASSBOOK_STORE', 'DATASTAR_URL'])
      vi.stubEnv(name, undefined)
    expect(readConfig([])).toEqual({
      port: 8989,
      host: '127.0.0.1',
      store: { type: 'sqlite', path: './data/passbook.db' },
    })
  })

  it('comes from the environment, and from a flag before that', () => {
    vi.stubEnv('PORT', '4000')
    vi.stubEnv('HOST', '0.0.0.0')
    vi.stubEnv('ALLOWED_HOSTS', 'till.example, Localhost')
    vi.stubEnv('DATASTAR_URL', 'https://cdn.example/datastar.js')
    expect(readConfig(['--port', '5000', '--store', 'memory'])).toEqual({
      port: 5000,
      host: '0.0.0.0',
      allowedHosts: ['till.example', 'localhost'],
      store: { type: 'memory' },
      datastarUrl: 'https://cdn.example/datastar.js',
    })
  })

  it('takes the names it goes by as browsers send them', () => {
    const { allowedHosts } = readConfig([
      '--allowed-hosts',
      'Till.example, ::1,[::1], bücher.example,10.0.0.1',
    ])
    expect(allowedHosts).toEqual(['till.example', '[::1]', '[::1]', 'xn--bcher-kva.example', '10.0.0.1'])
  })

  it.each([
    ['sqlite:/var/lib/till.db', { type: 'sqlite', path: '/var/lib/till.db' }],
    ['postgres://till@db.example/till', { type: 'postgres', url: 'postgres://till@db.example/till' }],
    ['postgresql://db.example/till', { type: 'postgres', url: 'postgresql://db.example/till' }],
  ])('takes %s for a store', (text, store) => {
    expect(readConfig(['--store', text]).store).toEqual(store)
  })

  it.each<[string[], string]>([
    ...['abc', '', ' ', '1.5', '-1', '0x10', '1e3', '65536'].map((port): [string[], string] => [
      ['--port', port],
      `--port (PORT) takes a number from 0 to 65535, not "${port}".`,
    ]),
    [['--host', ''], '--host (HOST) takes a host name or an address, not "".'],
    ...['', 'a,,b', 'till.example:8080', 'https://till.example', 'a/b', 'me@till.example'].map(
      (names): [string[], string] => [
        ['--allowed-hosts', names],
        `--allowed-hosts (ALLOWED_HOSTS) takes names with commas between, such as till.example,localhost, not "${names}".`,
      ],
    ),
    ...[
      ['floppy', 'floppy'],
      ['', ''],
      ['sqlite:', 'sqlite:'],
      ['postgres://[', 'postgres://['],
      ['mysql://till:secret@db.example/till', 'mysql://till:...@db.example/till'],
    ].map(([store = '', shown]): [string[], string] => [
      ['--store', store],
      `--store (PASSBOOK_STORE) takes "sqlite:PATH", "postgres://USER:PASSWORD@HOST/DATABASE" or "memory", not "${shown}".`,
    ]),
    ...['', 'https://', 'no/such/file.js', 'src'].map((url): [string[], string] => [
      ['--datastar-url', url],
      `--datastar-url (DATASTAR_URL) takes an address or the path of a file that is there, not "${url}".`,
    ]),
  ])('given %j is refused in one line that says what is wrong', (args, reason) => {
    expect(() => readConfig(args)).toThrow(new UsageError(reason))
  })
})
