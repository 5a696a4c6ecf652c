export interface Offence {
  readonly type:
    | 'lost'
    | 'duplicated'
    | 'unasked'
    | 'overdrawn'
    | 'refused'
    | 'broken'
    | 'miscounted'
    /** Of a transfer: its money has left and not arrived; arrived more than once; arrived where it should not, or as another sum. */
    | 'in-flight'
    | 'settled-twice'
    | 'mis-settled'
    /** All accounts and what is on its way between them hold more, or less, than was paid in. */
    | 'unbalanced'
  /** The id of the command that it is about, if it is about one. */
  readonly command: string | undefined
  readonly message: string
}

export const offence = (type: Offence['type'], command: string | undefined, message: string): Offence => ({
  type,
  command,
  message,
})
