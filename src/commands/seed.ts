/** What a new log starts with, so that the first page has something to show. */
import type { EventStore } from '../events/store.ts'
import type { Command } from './command.ts'
import type { CommandHandler } from './handler.ts'

const SEEDS: readonly Command[] = [
  { type: 'deposit', amount: 1_000_00 },
  { type: 'deposit', amount: 500_00 },
  { type: 'withdraw', amount: 200_00 },
]

/** Our own command ids hold a space, which the key of a client never does: nobody can use one up. */
const seedId = (index: number): string => `seed ${index + 1}`

const isSeed = (commandId: string): boolean => SEEDS.some((_, index) => seedId(index) === commandId)

/**
 * Gives an empty log its first three events, and those that are missing to one whose server ended before it had given
 * all. Servers that start together on one log still give it only three.
 */
export const seedIfEmpty = async (
  store: EventStore,
  commands: CommandHandler,
  stream: string,
): Promise<void> => {
  const present = await store.readAll({ limit: SEEDS.length })
  if (present.length === SEEDS.length || present.some(({ metadata }) => !isSeed(metadata.commandId))) return
  for (const [index, command] of SEEDS.entries()) {
    await commands.handle(stream, { id: seedId(index), actor: 'passbook', command })
  }
}
