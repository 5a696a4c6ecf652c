/**
 * What the pages say to Datastar in the browser. These are programs: nothing that a person wrote may become part of
 * one. Addresses may, as `accountPath` and the queries' own functions write them.
 */

/** Signals with an underscore stay in the browser; the others go along with every request. */
const STREAM_SIGNALS = { _stream: 'Connecting...', _news: '', _keys: true }

export const accountSignals = (tab: string, version: number | undefined) => ({
  ...STREAM_SIGNALS,
  tab,
  amount: '10.00',
  note: '',
  sum: '',
  to: '',
  why: '',
  version: version ?? '',
  at: '',
  looks: 0,
  _error: '',
  _transferError: '',
  _standingError: '',
  _lookError: '',
  _done: '',
  _playing: false,
  _speed: 4,
  _due: 0,
})

export const accountsSignals = (tab: string) => ({
  ...STREAM_SIGNALS,
  tab,
  owner: '',
  currency: 'USD',
  opening: '',
  _openError: '',
  _goto: '',
})

export const watch = (address: string): string =>
  `@get('${address}', {retry: 'always', retryMaxCount: Infinity, retryMaxWait: 5000})`

/**
 * One request a click: a second click does not call off the first, and what is sent again after a network failure
 * carries the key of its click, so that it counts once. (`crypto.randomUUID` is missing on plain-HTTP networks.)
 */
export const send = (address: string): string =>
  `@post('${address}', {requestCancellation: 'disabled', retryMaxWait: 5000,` +
  ` headers: {'Idempotency-Key': crypto.getRandomValues(new Uint32Array(4)).join('-')}})`

/** For a form that asks before it does something: a second click, before the outcome of the first, sends nothing. */
export const sendOnce = (button: string, error: ErrorSignal, address: string): string =>
  `if (document.getElementById('${button}').getAttribute('aria-busy') !== 'true') { $${error} = ''; ${send(address)} }`

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

export type ErrorSignal = '_error' | '_transferError' | '_standingError' | '_lookError' | '_openError'

/**
 * For the line in a form that says what is wrong: what became of a command of that form that got no good answer. What a
 * good one means arrives over the stream.
 */
export const followCommands = (signal: ErrorSignal): string =>
  `el.closest('form').contains(evt.detail.el) && ($${signal} = ${TROUBLES}[` +
  `/^(4|503)/.test(evt.detail.argsRaw.status) ? 'refused'` +
  ` : evt.detail.argsRaw.status === '504' ? 'unreachable' : evt.detail.type] ?? $${signal})`

/** Likewise for what is only looked at, and so changes nothing. */
export const followLooks =
  `el.closest('section').contains(evt.detail.el) && ($_lookError = {` +
  `error: 'That cannot be shown just now. Try again.', retrying: 'No answer yet, trying again.',` +
  ` finished: $_lookError.startsWith('No answer') ? '' : $_lookError}[evt.detail.type] ?? $_lookError)`

/** For a button: it is busy from its click, or its form's sending, until the outcome of every one of them is known. */
export const followOwn =
  `[el, el.form].includes(evt.detail.el) && (el.underWay = (el.underWay ?? 0) + ({started: 1, finished: -1}[evt.detail.type] ?? 0),` +
  ` el.setAttribute('aria-busy', el.underWay > 0))`

/** Tells a screen reader the new balance, once it has come to rest; never the one that the page began with. */
export const announceBalance =
  `if (evt.detail.type === 'datastar-patch-elements') { clearTimeout(el.timer); el.timer = setTimeout(() => {` +
  ` const balance = document.getElementById('balance-amount').textContent;` +
  ` if (balance !== (el.told ?? el.dataset.first)) { el.told = balance; el.textContent = 'Balance ' + balance }` +
  ` }, 250) }`

/** Asks for the accounts to transfer to, as they are now. */
export const loadPayees = (address: string): string => `@get('${address}')`

/** Dialogs are shown and closed by their ids, which are ours. */
export const showDialog = (id: string): string => `document.getElementById('${id}').showModal()`
export const closeDialog = (id: string): string => `document.getElementById('${id}').close()`

/** For a dialog: it closes when the server says that what was asked in it is done. */
export const closeWhenDone = (command: string): string =>
  `$_done === '${command}' && ($_done = '', $why = '', $sum = '', el.close())`

export const goWhereTold = `$_goto !== '' && location.assign($_goto)`

/**
 * Shortcuts: a key does what the control that names it in `aria-keyshortcuts` does. None while something is typed, and
 * none in a dialog.
 */
export const shortcuts =
  `if ($_keys && !evt.ctrlKey && !evt.metaKey && !evt.altKey && !evt.target.closest?.('input, select, textarea, dialog[open]')) {` +
  ` const control = document.querySelector('[aria-keyshortcuts="' + CSS.escape(evt.key) + '"]');` +
  ` if (control && !control.matches(':disabled')) { evt.preventDefault();` +
  ` control.matches('input') ? control.focus() : control.click() } }`

/** Has the page look at a version, `to` which or `by` how many further on; both are expressions. */
const go = (where: string): string =>
  `document.getElementById('travel').dispatchEvent(new CustomEvent('look', {detail: {${where}}}))`

/** The address of the page says what it shows, so that it can be passed on. */
const nameInAddress = (name: string, value: string): string =>
  `const page = new URL(location); ['at', 'before', 'version'].forEach((each) => page.searchParams.delete(each));` +
  ` if (${value} !== '') page.searchParams.set('${name}', ${value}); history.replaceState(null, '', page);`

/** For the controls of time. */
export const travel = (address: string) => ({
  /**
   * Looks at a version; the newest is live again. `looks` counts, so that of two requests that overtake each other the
   * later one counts.
   */
  look:
    `const end = +document.getElementById('slider').max, here = $version === '' ? end : +$version;` +
    ` const to = evt.detail.to ?? here + evt.detail.by;` +
    ` $version = to >= end ? '' : Math.max(0, to); $at = ''; $looks = $looks + 1; $_lookError = '';` +
    ` if ($version === '') $_playing = false; ${nameInAddress('version', '$version')}` +
    ` @post('${address}', {retryMaxWait: 5000})`,
  /** At a time, as it is typed; which version that is, the server says. */
  lookAtTime:
    `if ($at !== '') { $_playing = false; $version = ''; $looks = $looks + 1; $_lookError = '';` +
    ` ${nameInAddress('at', '$at')} @post('${address}', {retryMaxWait: 5000}) }`,
})

export const slide = `$_playing = false; ${go('to: el.valueAsNumber')}`
/** The slider is where one is, however one came there. */
export const followVersion = `el.value = $version === '' ? el.max : $version`
/** A new highest version may arrive after the slider was set to it, which then went to the old one. */
export const staySlid = `evt.detail.type === 'datastar-patch-elements' && setTimeout(() => { if ($version === '') el.value = el.max })`
/** A stream that comes back may have asked as the page was at first: the past is looked at again. */
export const lookAgain =
  `if (evt.detail.el.id === 'stream') { if (evt.detail.type === 'retrying') el.wasLost = true;` +
  ` if (evt.detail.type === 'datastar-patch-elements' && el.wasLost) { el.wasLost = false;` +
  ` if ($version !== '') ${go('to: +$version')} } }`
export const goBack = `$_playing = false; ${go('by: -1')}`
export const goForward = `$_playing = false; ${go('by: 1')}`
export const goLive = `$_playing = false; ${go('to: Infinity')}`
/** From the beginning, if one is at the end. */
export const play = `$_playing = !$_playing; if ($_playing && $version === '') ${go('to: 0')}`
/** Every quarter of a second. A version that is due only in part waits for the rest. */
export const tick =
  `if ($_playing) { $_due = +$_due + $_speed / 4; const steps = Math.floor($_due); $_due = $_due - steps;` +
  ` if (steps > 0) ${go('by: steps')} }`
