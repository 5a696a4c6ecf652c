import { afterEach, describe, expect, it, vi } from 'vitest'
import { ConfigError, readConfig } from '../src/config.ts'

afterEach(() => vi.unstubAllEnvs())

describe('the configuration', () => {
  it('has a default for everything', () => {
    for (const name of ['PORT', 'HOST', 'PASSBOOK_STORE', 'DATASTAR_URL']) vi.stubEnv(name, undefined)
    expect(readConfig([])).toEqual({ port: 8989, host: '127.0.0.1', store: 'memory' })
  })

  it('comes from the environment, and from a flag before that', () => {
    vi.stubEnv('PORT', '4000')
    vi.stubEnv('HOST', '0.0.0.0')
    vi.stubEnv('DATASTAR_URL', 'https://cdn.example/datastar.js')
    expect(readConfig(['--port', '5000', '--store', 'memory'])).toEqual({
      port: 5000,
      host: '0.0.0.0',
      store: 'memory',
      datastarUrl: 'https://cdn.example/datastar.js',
    })
  })

  it.each([
    [['--port', 'abc'], '--port takes a number; it was given "abc".'],
    [['--port', '1.5'], '--port takes a whole number; it was given "1.5".'],
    [['--port', '-1'], '--port is at least 0; it was given "-1".'],
    [['--port', '70000'], '--port is at most 65535; it was given "70000".'],
    [['--host', ''], '--host takes a host name or an address; it was given "".'],
    [['--store', 'floppy'], '--store takes "memory"; it was given "floppy".'],
    [['--datastar-url', ''], '--datastar-url takes an address or a file; it was given "".'],
    [['--datastar-url', 'https://'], '--datastar-url takes an address or a file; it was given "https://".'],
  ])('given %j is refused in one line that says what is wrong', (args, reason) => {
    expect(() => readConfig(args)).toThrow(new ConfigError(reason))
  })
})
