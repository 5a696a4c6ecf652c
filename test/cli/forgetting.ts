import { expect, it } from 'vitest'
import { CommandError } from '../../src/cli/answers.ts'
import { run } from './command-line.ts'
import { GOLDEN } from './sample-log.ts'
import type { DurableStore } from './stores.ts'

export const forgetting = ({ place }: DurableStore) => {
  it('says how many events can still be read, for they are older than sealing', async () => {
    const store = await place()
    await run('import', GOLDEN, '--store', store)
    const reason =
      'What was sealed in "alice" reads "[erased]" from now on. The text of 4 events does not: it comes from a log that did not seal it, and what is in a log is never rewritten.'
    await expect(run('forget', 'alice', '--store', store)).rejects.toThrow(new CommandError(reason))
    expect(await run('accounts', '--search', 'alice', '--store', store)).toContain(
      'alice    [erased]  closed',
    )
    expect(await run('events', 'alice', '--store', store)).toMatch(/ forgotten .*\n$/)
    expect(await run('verify', '--store', store)).toContain('39 events of 8 accounts: every hash fits.\n')
  })
}
