/**
 * What the account's page says to Datastar in the browser. These are programs: nothing that a person wrote may
 * become part of one.
 */

/** Signals with an underscore stay in the browser; the others go along with every command. */
export const signalsOf = (tab: string) => ({
  tab,
  amount: '10.00',
  _error: '',
  _stream: 'Connecting...',
  _news: '',
})

export const watch = (id: string, view: 'log' | 'balance'): string =>
  `@get('/accounts/${id}/stream?show=${view}', {retry: 'always', retryMaxCount: Infinity, retryMaxWait: 5000})`

/**
 * One request a click: a second click does not call off the first, and what is sent again after a network failure
 * carries the key of its click, so that it counts once. (`crypto.randomUUID` is missing on plain-HTTP networks.)
 */
export const send = (id: string, command: string): string =>
  `$_error = ''; @post('/accounts/${id}/${command}', {requestCancellation: 'disabled', retryMaxWait: 5000,` +
  ` headers: {'Idempotency-Key': crypto.getRandomValues(new Uint32Array(4)).join('-')}})`

const STREAM_STATES = JSON.stringify({
  started: 'Connecting...',
  error: 'Reconnecting...',
  retrying: 'Reconnecting...',
  finished: 'Offline',
  'retries-failed': 'Offline',
})

/** The stream's state, in words, from the requests of the element itself. It is news once the stream was lost. */
export const followStream =
  `evt.detail.el === el && ($_stream = ${STREAM_STATES}[evt.detail.type] ?? 'Live',` +
  ` $_news = $_news || $_stream === 'Reconnecting...' ? $_stream : '')`

const UNKNOWN = 'It is not known whether this was done. Before trying again, see in the log.'

const TROUBLES = JSON.stringify({
  refused: 'Not done: Passbook did not take the request. Try again.',
  unreachable: `The store is not reachable. ${UNKNOWN}`,
  error: UNKNOWN,
  retrying: 'No answer yet, trying again. It will count once.',
  'retries-failed': UNKNOWN,
})

/** What became of a command that got no good answer; what a good one means arrives over the stream. */
export const followCommands =
  `evt.detail.el.id !== 'stream' && ($_error = ${TROUBLES}[` +
  `/^(4|503)/.test(evt.detail.argsRaw.status) ? 'refused'` +
  ` : evt.detail.argsRaw.status === '504' ? 'unreachable' : evt.detail.type] ?? $_error)`
