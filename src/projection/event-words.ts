/** What an event says to people: its type in words, and the text or the other account that stands in it. */
import { type AccountEvent, UnknownEventTypeError } from '../events/event.ts'

/** In the order in which a list has them. */
export const EVENT_TYPES = [
  'opened',
  'deposited',
  'withdrawn',
  'transferredOut',
  'transferredIn',
  'transferReturned',
  'frozen',
  'unfrozen',
  'closed',
  'forgotten',
] as const satisfies readonly AccountEvent['type'][]

/** `transferredOut` in words is `transferred out`. */
export const wordsFor = (type: string): string =>
  type.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

export type Note =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'to' | 'from'; readonly account: string; readonly text?: string }

export const noteOf = (event: AccountEvent): Note | undefined => {
  switch (event.type) {
    case 'opened':
      return textNote(event.data.owner)
    case 'deposited':
      return textNote(event.data.source)
    case 'withdrawn':
    case 'frozen':
    case 'unfrozen':
    case 'closed':
    case 'transferReturned':
      return textNote(event.data.reason)
    case 'transferredOut':
      return {
        type: 'to',
        account: event.data.to,
        ...(event.data.reason !== undefined && { text: event.data.reason }),
      }
    case 'transferredIn':
      return { type: 'from', account: event.data.from }
    case 'forgotten':
      return undefined
    default: {
      const never: never = event
      throw new UnknownEventTypeError(never)
    }
  }
}

const textNote = (text: string | undefined): Note | undefined =>
  text === undefined ? undefined : { type: 'text', text }
