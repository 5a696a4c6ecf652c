/**
 * The ids of a transfer. It is known by the event that began it; what ends it, at the payee or back at the payer, has one
 * id for both: the log holds an id once, so a transfer ends once, however often and wherever it is tried.
 */
import { eventId } from './decide-together.ts'

/** Of the transfer that this command begins; also the id of its `transferredOut` event. */
export const transferIdOf = (commandId: string): string => eventId(commandId)

/** Of the command that ends it. It holds a space, which the key of a client never does. */
export const settlementCommandId = (transferId: string): string => `settle ${transferId}`

/** Of the event that ends it: `transferredIn` or `transferReturned`. */
export const settlementId = (transferId: string): string => eventId(settlementCommandId(transferId))
