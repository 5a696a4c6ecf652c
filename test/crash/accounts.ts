/** The accounts of a run: the one that everybody shares, and those that it opens. All are kept in dollars. */
import { eventId } from '../../src/commands/decide-together.ts'

/** The address of the account that a request with this key opens. */
export const openedBy = (key: string): string => eventId(`account ${key}`).replaceAll('-', '').slice(0, 12)

/** Opened first, and frozen now and then: what it takes and gives is refused then, and transfers come back from it. */
export const FICKLE_KEY = 'open-0'
export const FICKLE = openedBy(FICKLE_KEY)
