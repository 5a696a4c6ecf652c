export interface Fault {
  readonly type: /** A tab shows something else than the log says. */
    | 'wrong'
    /** Something is there that came with a tab or a request, and they are gone. */
    | 'left'
    /** The heap is larger than it was. */
    | 'grown'
    /** An answer that no request of ours may get. */
    | 'refused'
    /** The server said on its standard error that something is wrong, or did not stop in good order. */
    | 'complained'
  readonly message: string
}

export const fault = (type: Fault['type'], message: string): Fault => ({ type, message })
