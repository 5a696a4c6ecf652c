import { beforeAll, describe, expect, it } from 'vitest'
import {
  deposits,
  METADATA,
  newEvents,
  oneTo,
  opened,
  transferReturned,
  transferredIn,
  transferredOut,
} from '../events/sample-events.ts'
import { run } from './command-line.ts'
import { idAt, writeSample } from './sample-log.ts'
import { type DurableStore, using } from './stores.ts'

/** The space that Intl puts behind a currency without a sign of its own. */
const NBSP = '\u00a0'

const json = (lines: string): unknown[] =>
  lines
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))

export const reading = ({ place }: DurableStore) => {
  let store: string

  const ask = (...args: readonly string[]): Promise<string> => run(...args, '--store', store)

  beforeAll(async () => {
    store = await place()
    await writeSample(store)
  })

  describe('accounts', () => {
    it('lists them by name, each with its owner, status, balance and transactions', async () => {
      expect(await ask('accounts')).toBe(
        [
          'ACCOUNT    OWNER         STATUS    BALANCE  TRANSACTIONS  LAST ACTIVITY',
          'Zoë’s jar  Zoë 💶        open          ¥12             0  2026-11-20T11:00:12.000Z',
          'alice      Ada Lovelace  closed     $80.00             3  2026-11-20T11:01:00.500Z',
          `bob        [erased]      open    KWD${NBSP}1.234             1  2026-11-20T11:00:35.000Z`,
          'club       -             open        $0.01             1  2026-11-20T11:00:40.000Z',
          '',
        ].join('\n'),
      )
    })

    it('gives a script one line of JSON for each, in minor units', async () => {
      expect(json(await ask('accounts', '--json'))).toEqual([
        {
          account: 'Zoë’s jar',
          owner: 'Zoë 💶',
          status: 'open',
          currency: 'JPY',
          balance: 12,
          transactions: 0,
          lastActivityAt: '2026-11-20T11:00:12.000Z',
          alerts: 0,
          version: 1,
        },
        expect.objectContaining({
          account: 'alice',
          balance: 80_00,
          transactions: 3,
          lastActivityAt: '2026-11-20T11:01:00.500Z',
          alerts: 1,
        }),
        expect.objectContaining({ account: 'bob', owner: '[erased]', balance: 1_234, version: 3 }),
        expect.objectContaining({ account: 'club', owner: null, balance: 1 }),
      ])
    })

    it.each([
      ['a part of an owner', 'love', ['alice']],
      ['a part of a name', 'LU', ['club']],
      ['a name or an owner', 'b', ['bob', 'club']],
      ['more than ASCII, in upper case', 'ZOË 💶', ['Zoë’s jar']],
      ['an owner that was forgotten', 'Bob’s', []],
      ['what elsewhere stands for anything', '%', []],
      ['nothing', '', ['Zoë’s jar', 'alice', 'bob', 'club']],
    ])('finds %s: --search "%s"', async (_, text, found) => {
      const accounts = json(await ask('accounts', '--search', text, '--json'))
      expect(accounts).toEqual(found.map((account) => expect.objectContaining({ account })))
    })

    it('shows the headings alone if none is found', async () => {
      expect(await ask('accounts', '--search', 'nobody')).toBe(
        'ACCOUNT  OWNER  STATUS  BALANCE  TRANSACTIONS  LAST ACTIVITY\n',
      )
    })
  })

  describe('events', () => {
    it('lists every type, oldest first, with what it changed, the balance after it, and its text', async () => {
      expect(await ask('events', 'alice')).toBe(
        [
          '     1  2026-11-20T11:00:00.000Z  opened                  +$1,000.00         $1,000.00  Ada Lovelace',
          '     2  2026-11-20T11:00:10.000Z  deposited                 +$500.00         $1,500.00  wages',
          '     3  2026-11-20T11:00:20.000Z  withdrawn                  −$20.00         $1,480.00  a bicycle',
          '     4  2026-11-20T11:00:30.000Z  frozen                                     $1,480.00  a lost card',
          '     5  2026-11-20T11:00:30.000Z  unfrozen                                   $1,480.00',
          '     6  2026-11-20T11:00:50.000Z  withdrawn               −$1,400.00            $80.00',
          '     7  2026-11-20T11:01:00.500Z  closed                                        $80.00  moved away',
          '',
        ].join('\n'),
      )
      expect(await ask('events', 'bob')).toBe(
        [
          `     1  2026-11-20T11:00:05.000Z  opened                                     KWD${NBSP}0.000  [erased]`,
          `     2  2026-11-20T11:00:15.000Z  deposited               +KWD${NBSP}1.234         KWD${NBSP}1.234  [erased]`,
          `     3  2026-11-20T11:00:35.000Z  forgotten                                  KWD${NBSP}1.234`,
          '',
        ].join('\n'),
      )
    })

    it('names the other account of a transfer', async () => {
      const transfers = await place()
      await using(transfers, async ({ events }) => {
        await events.append('alice', newEvents(opened(50_00), transferredOut(20_00, 'bob')), {
          expected: 'no-stream',
        })
        await events.append('bob', newEvents(transferredIn(20_00, 'alice')), { expected: 'no-stream' })
        await events.append('alice', newEvents(transferReturned(1_00)), { expected: 'any' })
      })
      const lines = async (account: string) => run('events', account, '--store', transfers)
      expect(await lines('alice')).toBe(
        [
          '     1  2026-11-20T11:00:00.000Z  opened                     +$50.00            $50.00  Ada',
          '     2  2026-11-20T11:00:00.000Z  transferredOut             −$20.00            $30.00  to bob',
          '     3  2026-11-20T11:00:00.000Z  transferReturned            +$1.00            $31.00  The account is closed.',
          '',
        ].join('\n'),
      )
      expect(await lines('bob')).toBe(
        '     1  2026-11-20T11:00:00.000Z  transferredIn              +$20.00            $20.00  from alice\n',
      )
    })

    it('gives a script one line of JSON for each, as it was recorded, and the balance after it', async () => {
      const events = json(await ask('events', 'alice', '--json'))
      const balances = [1_000_00, 1_500_00, 1_480_00, 1_480_00, 1_480_00, 80_00, 80_00]
      expect(events).toEqual(balances.map((balance) => expect.objectContaining({ balance })))
      expect(events[2]).toEqual({
        position: 6,
        stream: 'alice',
        version: 3,
        id: idAt(6),
        type: 'withdrawn',
        schemaVersion: 1,
        data: { amount: 20_00, reason: 'a bicycle' },
        metadata: METADATA,
        occurredAt: '2026-11-20T11:00:20.000Z',
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        balance: 1_480_00,
      })
    })
  })

  describe('balance', () => {
    it.each([
      ['now', [], '$80.00'],
      ['before its first event', ['--version', '0'], '$0.00'],
      ['after its first event', ['--version', '1'], '$1,000.00'],
      ['after one in the middle', ['--version', '3'], '$1,480.00'],
      ['after its last event', ['--version', '7'], '$80.00'],
      ['before the first', ['--at', '2026-11-20T10:59:59.999Z'], '$0.00'],
      ['at the end of the day before', ['--at', '2026-11-19'], '$0.00'],
      ['at the end of the day', ['--at', '2026-11-20'], '$80.00'],
      ['exactly at an event', ['--at', '2026-11-20T11:00:10Z'], '$1,500.00'],
      ['a millisecond before it', ['--at', '2026-11-20T11:00:09.999Z'], '$1,000.00'],
      ['between two', ['--at', '2026-11-20T11:00:45Z'], '$1,480.00'],
      ['without a time zone, in that of the server', ['--at', '2026-11-20T11:00:10'], '$1,500.00'],
      ['elsewhere in the world', ['--at', '2026-11-20T13:00:15+02:00'], '$1,500.00'],
      ['west of there, the day before', ['--at', '2026-11-19T23:00:25-12:00'], '$1,480.00'],
      ['long before the first', ['--at', '0001-01-01'], '$0.00'],
      ['long after the last', ['--at', '9999-12-31T23:59:59.999Z'], '$80.00'],
    ])('%s', async (_, flags, balance) => {
      expect(await ask('balance', 'alice', ...flags)).toBe(`${balance}\n`)
    })

    it('is in the currency of the account', async () => {
      expect(await ask('balance', 'bob')).toBe(`KWD${NBSP}1.234\n`)
      expect(await ask('balance', 'Zoë’s jar')).toBe('¥12\n')
    })

    it.each([
      [[], { version: 7, balance: 80_00, status: 'closed' }],
      [['--version', '4'], { version: 4, balance: 1_480_00, status: 'frozen' }],
      [
        ['--at', '2026-11-20T13:00:30+02:00'],
        { version: 5, balance: 1_480_00, status: 'open', at: '2026-11-20T11:00:30.000Z' },
      ],
    ])('as JSON: %j', async (flags, expected) => {
      expect(JSON.parse(await ask('balance', 'alice', '--json', ...flags))).toEqual({
        account: 'alice',
        owner: 'Ada Lovelace',
        currency: 'USD',
        ...expected,
      })
    })

    it('has no owner before there was one', async () => {
      expect(JSON.parse(await ask('balance', 'alice', '--json', '--version', '0'))).toEqual({
        account: 'alice',
        version: 0,
        currency: 'USD',
        balance: 0,
        status: 'open',
      })
    })
  })

  it('reads more than a page of accounts, and of events', async () => {
    const many = await place()
    const names = oneTo(1_001).map((number) => `account ${String(number).padStart(4, '0')}`)
    await using(many, async ({ events }) => {
      await Promise.all(names.map((name) => events.append(name, deposits(1), { expected: 'any' })))
      await events.append('account 0001', deposits(1_001), { expected: 1 })
    })
    const accounts = json(await run('accounts', '--json', '--store', many))
    expect(accounts).toEqual(names.map((account) => expect.objectContaining({ account })))
    const words = (await run('accounts', '--store', many)).split('\n').slice(0, -1)
    expect(words.map((line) => line.slice(0, 12).trimEnd())).toEqual(['ACCOUNT', ...names])
    const events = json(await run('events', 'account 0001', '--json', '--store', many))
    expect(events).toHaveLength(1_002)
    expect(events.at(-1)).toMatchObject({ version: 1_002, balance: 501_502 })
  })
}
