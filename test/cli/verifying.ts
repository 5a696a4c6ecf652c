import { beforeAll, expect, it } from 'vitest'
import { CommandError } from '../../src/cli/answers.ts'
import { chain } from '../../src/events/hash-chain.ts'
import { draft } from '../events/sample-events.ts'
import { command, printedBy, run } from './command-line.ts'
import { idAt, writeSample } from './sample-log.ts'
import { type DurableStore, using } from './stores.ts'

/** What somebody did to the tables of a store that holds the sample log, and what is said of it. */
const tamperings: readonly { what: string; sql: string; reason: string }[] = [
  {
    what: 'an amount',
    sql: `UPDATE events SET data = '{"amount": 1}' WHERE position = 11`,
    reason: 'Event 6 of "alice" (position 11) does not fit its hash: changed, put in, or moved.',
  },
  {
    what: 'a time',
    sql: `UPDATE events SET occurred_at = '2026-11-20T11:00:21.000Z' WHERE position = 6`,
    reason: 'Event 3 of "alice" (position 6) does not fit its hash: changed, put in, or moved.',
  },
  {
    what: 'who did it',
    sql: `UPDATE events SET metadata = '{"commandId":"c-1","correlationId":"r-1","causationId":"k-1","actor":"Eve"}'
      WHERE position = 10`,
    reason: 'Event 1 of "club" (position 10) does not fit its hash: changed, put in, or moved.',
  },
  {
    what: 'a type',
    sql: `UPDATE events SET type = 'withdrawn' WHERE position = 3`,
    reason: 'Event 2 of "alice" (position 3) does not fit its hash: changed, put in, or moved.',
  },
  {
    what: 'the version of a schema',
    sql: 'UPDATE events SET schema_version = 2 WHERE position = 12',
    reason: 'Event 7 of "alice" (position 12) does not fit its hash: changed, put in, or moved.',
  },
  {
    what: 'an id',
    sql: `UPDATE events SET id = '${idAt(99)}' WHERE position = 4`,
    reason: 'Event 1 of "Zoë’s jar" (position 4) does not fit its hash: changed, put in, or moved.',
  },
  {
    what: 'the name of an account',
    sql: `UPDATE events SET stream = 'pub' WHERE stream = 'club'`,
    reason: 'Event 1 of "pub" (position 10) does not fit its hash: changed, put in, or moved.',
  },
  {
    what: 'the first event of an account, by deleting it',
    sql: 'DELETE FROM events WHERE position = 1',
    reason: 'Event 1 of "alice" is missing: after event 0 comes 2.',
  },
  {
    what: 'one in the middle, by deleting it',
    sql: 'DELETE FROM events WHERE position = 6',
    reason: 'Event 3 of "alice" is missing: after event 2 comes 4.',
  },
  {
    what: 'the last of an account, by deleting it',
    sql: 'DELETE FROM events WHERE position = 9',
    reason: 'The event at position 9 is missing: the next is at 10.',
  },
  {
    what: 'the last of the log, by deleting it',
    sql: 'DELETE FROM events WHERE position = 12',
    reason: 'The event at position 12 is missing: 12 events were written.',
  },
  {
    what: 'everything, by deleting it',
    sql: 'DELETE FROM events',
    reason: 'The event at position 1 is missing: 12 events were written.',
  },
  {
    what: 'the last of an account, and closed the gap',
    sql: `DELETE FROM events WHERE position = 5;
      UPDATE events SET version = 2 WHERE position = 9;
      UPDATE events SET position = -position WHERE position > 5;
      UPDATE events SET position = -position - 1 WHERE position < 0;
      UPDATE head SET position = 11`,
    reason: 'Event 2 of "bob" (position 8) does not fit its hash: changed, put in, or moved.',
  },
  {
    what: 'the versions of two events, by swapping them',
    sql: `UPDATE events SET version = 99 WHERE position = 3;
      UPDATE events SET version = 2 WHERE position = 6;
      UPDATE events SET version = 3 WHERE position = 3`,
    reason: 'Event 2 of "alice" is missing: after event 1 comes 3.',
  },
  {
    what: 'the places of two events, by swapping them',
    sql: `UPDATE events SET position = -3 WHERE position = 3;
      UPDATE events SET position = 3 WHERE position = 6;
      UPDATE events SET position = 6 WHERE position = -3`,
    reason: 'Event 2 of "alice" is missing: after event 1 comes 3.',
  },
  {
    what: 'the accounts of two events, by swapping them',
    sql: `UPDATE events SET stream = 'elsewhere' WHERE position = 3;
      UPDATE events SET stream = 'alice' WHERE position = 5;
      UPDATE events SET stream = 'bob' WHERE position = 3`,
    reason: 'Event 2 of "bob" (position 3) does not fit its hash: changed, put in, or moved.',
  },
  {
    what: 'how many events there are',
    sql: 'UPDATE head SET position = 13',
    reason: 'The event at position 13 is missing: 13 events were written.',
  },
]

export const verifying = ({ place, sql }: DurableStore) => {
  let untouched = ''

  const copied = async (): Promise<string> => {
    const store = await place()
    const events = await using(untouched, ({ log }) => log.readAll())
    await using(store, ({ log }) => log.restore(events))
    return store
  }

  const verify = (store: string, ...flags: readonly string[]) => run('verify', ...flags, '--store', store)

  beforeAll(async () => {
    untouched = await place()
    await writeSample(untouched)
  })

  it('finds nothing wrong where nothing is', async () => {
    const [said, digest] = (await verify(untouched)).split('\n')
    expect(said).toBe('12 events of 4 accounts: every hash fits.')
    expect(digest).toMatch(/^Digest: 12:[0-9a-f]{64}$/)
    expect(JSON.parse(await verify(untouched, '--json'))).toEqual({
      events: 12,
      accounts: 4,
      digest: digest?.slice('Digest: '.length),
      fault: null,
      wrongSnapshot: null,
    })
  })

  it('holds the log against a digest that was noted down', async () => {
    const [, digest = ''] = /^Digest: (.*)$/m.exec(await verify(untouched)) ?? []
    expect(await verify(untouched, '--expect', digest)).toContain('every hash fits')
    const other = digest.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    await expect(verify(untouched, '--expect', other)).rejects.toThrow('up to position 12 is not what it was')
    await expect(verify(untouched, '--expect', 'yesterday')).rejects.toThrow('--expect takes POSITION:DIGEST')
  })

  it.each(tamperings)('sees that somebody changed $what', async ({ sql: statements, reason }) => {
    const store = await copied()
    await sql(store, statements)
    await expect(verify(store)).rejects.toThrow(new CommandError(`${reason} What comes before it holds.`))
  })

  it('sees that somebody put an event in, with a hash that fits', async () => {
    const store = await copied()
    await using(store, async ({ log }) => {
      const [head] = await log.read('alice', { direction: 'backward', limit: 1 })
      if (!head) throw new Error('There is no event of alice.')
      await log.restore(chain('alice', head, [draft()]).map((event) => ({ ...event, position: 13 })))
    })
    await sql(store, 'UPDATE head SET position = 12')
    await expect(verify(store)).rejects.toThrow('The event at position 13 was put in: 12 were written.')
  })

  it('sees that somebody put an event in between', async () => {
    const store = await copied()
    await sql(
      store,
      `UPDATE events SET position = -position WHERE position > 9;
      UPDATE events SET position = 1 - position WHERE position < 0;
      UPDATE events SET version = version + 1 WHERE stream = 'club';
      INSERT INTO events SELECT 10, 'club', 1, '${idAt(99)}', type, schema_version, data, metadata, occurred_at, hash
        FROM events WHERE position = 11;
      UPDATE head SET position = 13`,
    )
    await expect(verify(store)).rejects.toThrow('Event 1 of "club" (position 10) does not fit its hash')
  })

  it('tells a script which event it is, and how far it came', async () => {
    const store = await copied()
    await sql(store, `UPDATE events SET data = '{"amount": 999999}' WHERE position = 6`)
    const message = 'Event 3 of "alice" (position 6) does not fit its hash: changed, put in, or moved.'
    const verifying = () => command('verify', '--json', '--store', store)
    const printed = await printedBy(() => expect(verifying()).rejects.toThrow(message))
    expect(JSON.parse(printed)).toMatchObject({ events: 6, accounts: 3, fault: { position: 6, message } })
  })
}
