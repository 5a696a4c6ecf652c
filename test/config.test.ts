import { afterEach, describe, expect, it, vi } from 'vitest'
import { ConfigError, readConfig } from '../src/config.ts'

afterEach(() => vi.unstubAllEnvs())

describe('the configuration', () => {
  it('has a default for everything', () => {
    for (const name of ['PORT', 'HOST', 'ALLOWED_HOSTS', 'PASSBOOK_STORE', 'DATASTAR_URL'])
      vi.stubEnv(name, undefined)
    expect(readConfig([])).toEqual({ port: 8989, host: '127.0.0.1', store: 'memory' })
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
      store: 'memory',
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
    [['--store', 'floppy'], '--store (PASSBOOK_STORE) takes "memory", not "floppy".'],
    ...['', 'https://', 'no/such/file.js', 'src'].map((url): [string[], string] => [
      ['--datastar-url', url],
      `--datastar-url (DATASTAR_URL) takes an address or the path of a file that is there, not "${url}".`,
    ]),
  ])('given %j is refused in one line that says what is wrong', (args, reason) => {
    expect(() => readConfig(args)).toThrow(new ConfigError(reason))
  })
})
