/**
 * What the pages say to Datastar in the browser. These are programs: nothing that a person wrote may become part of
 * one. Addresses may, as `accountPath` and the queries' own functions write them.
 */
import { decimal, minorDigits } from '../events/money.ts'
import type { Reading } from '../projection/reading.ts'

/** Signals with an underscore stay in the browser; the others go along with every request. */
const STREAM_SIGNALS = { _stream: 'Connecting...', _news: '', _keys: true }

interface Asked {
  readonly version: number | undefined
  /** The instant that was asked for, and as a day and a time; empty if a version was. */
  readonly asked: string
  readonly day: string
  readonly time: string
}

export const accountSignals = (tab: string, now: Reading, { version, asked, day, time }: Asked) => ({
  ...STREAM_SIGNALS,
  tab,
  amount: decimal(10 * 10 ** minorDigits(now.account.currency), now.account.currency),
  note: '',
  sum: '',
  to: '',
  why: '',
  version: version ?? '',
  asked,
  at: day,
  time,
  looks: 0,
  _error: '',
  _transferError: '',
  _standingError: '',
  _lookError: '',
  _done: '',
  _past: version !== undefined,
  _newest: now.version,
  _status: now.account.status,
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

/** Likewise for what is only looked at, and so changes nothing: after a refusal one is where the page is. */
export const followLooks =
  `if (el.closest('section').contains(evt.detail.el)) { $_lookError = {` +
  `error: 'That cannot be shown just now. Try again.', retrying: 'No answer yet, trying again.',` +
  ` finished: $_lookError.startsWith('No answer') ? '' : $_lookError}[evt.detail.type] ?? $_lookError;` +
  ` if (evt.detail.type === 'error') { $_playing = false; $asked = '';` +
  ` $version = document.getElementById('heading').dataset.version } }`

/** For a button: it is busy from its click, or its form's sending, until the outcome of every one of them is known. */
export const followOwn =
  `[el, el.form].includes(evt.detail.el) && (el.underWay = (el.underWay ?? 0) + ({started: 1, finished: -1}[evt.detail.type] ?? 0),` +
  ` el.setAttribute('aria-busy', el.underWay > 0))`

/** Tells a screen reader the new balance, and of when it is, once it has come to rest; never what the page began with. */
export const announceBalance =
  `if (evt.detail.type === 'datastar-patch-elements') { clearTimeout(el.timer); el.timer = setTimeout(() => {` +
  ` const [what, balance] = ['balance-heading', 'balance-amount'].map((id) => document.getElementById(id).textContent);` +
  ` if (what + ' ' + balance !== (el.told ?? el.dataset.first)) { el.told = what + ' ' + balance; el.textContent = el.told }` +
  ` }, 250) }`

/** For the form of a transfer: asks for the accounts to transfer to, as they are when its dialog is shown. */
export const loadPayees = (address: string): string => `@get('${address}')`
export const showTransfer =
  `document.getElementById('transfer').showModal();` +
  ` document.getElementById('transfer-form').dispatchEvent(new CustomEvent('shown'))`

/** Dialogs are shown and closed by their ids, which are ours. */
export const showDialog = (id: string): string => `document.getElementById('${id}').showModal()`
export const closeDialog = (id: string): string => `document.getElementById('${id}').close()`

/** For a dialog: it closes when the server says that what was asked in it is done. */
export const closeWhenDone = (command: string): string =>
  `$_done === '${command}' && ($_done = '', el.close())`

/** However a dialog was closed, the next one begins afresh. */
export const forgetTyped = (error: ErrorSignal): string => `$${error} = ''; $why = ''; $sum = ''`

export const goWhereTold = `$_goto !== '' && location.assign($_goto)`

/**
 * Shortcuts: a key does what the control that names it in `aria-keyshortcuts` does. None while something is typed, and
 * none in a dialog.
 */
export const shortcuts =
  `if ($_keys && !evt.ctrlKey && !evt.metaKey && !evt.altKey && !evt.target.closest?.('input:not([type=range]), select, textarea, dialog[open]')) {` +
  ` const control = document.querySelector('[aria-keyshortcuts="' + CSS.escape(evt.key) + '"]');` +
  ` if (control && !control.matches(':disabled')) { evt.preventDefault();` +
  ` if (control.matches('input')) { control.focus(); control.select() } else control.click() } }`

/** Has the page look at a version, `to` which or `by` how many further on; both are expressions. */
const go = (where: string): string =>
  `document.getElementById('travel').dispatchEvent(new CustomEvent('look', {detail: {${where}}}))`

/** For the controls of time. What the page then shows, and whether that is the past, the server says. */
export const travel = (address: string) => ({
  /**
   * Looks at a version; the newest is live again. `looks` counts, so that of two requests that overtake each other the
   * later one counts.
   */
  look:
    `const here = $version === '' ? $_newest : +$version, to = evt.detail.to ?? here + evt.detail.by;` +
    ` $version = to >= $_newest ? '' : Math.max(0, to); $asked = ''; $at = ''; $time = ''; $looks = $looks + 1; $_lookError = '';` +
    ` if ($version === '') $_playing = false; @post('${address}', {retryMaxWait: 5000})`,
  /** At a time, as it is typed; which version that is, the server says. */
  lookAtTime:
    `if ($at !== '') { $_playing = false; $asked = $at + ($time === '' ? '' : 'T' + $time); $looks = $looks + 1; $_lookError = '';` +
    ` @post('${address}', {retryMaxWait: 5000}) }`,
})

/** The address says what the page shows, so that it can be passed on; it is left as it was until that changes. */
export const nameInAddress =
  `const version = String($version), isOther = el.named !== undefined && el.named !== version; el.named = version;` +
  ` if (isOther) { const page = new URL(location);` +
  ` ['at', 'before', 'version'].forEach((name) => page.searchParams.delete(name));` +
  ` if (version !== '') page.searchParams.set('version', version); history.replaceState(null, '', page) }`

export const slide = `$_playing = false; ${go('to: el.valueAsNumber')}`
/** The slider is where one is, however one came there. */
export const followVersion =
  `el.max = $_newest; el.value = $version === '' ? $_newest : $version;` +
  ` el.setAttribute('aria-valuetext', 'event ' + el.value + ' of ' + $_newest + ($version === '' ? ', live' : ''))`
/** A stream that comes back may have asked as the page was at first: the past is looked at again. */
export const lookAgain =
  `if (evt.detail.el.id === 'stream') { if (evt.detail.type === 'retrying') el.wasLost = true;` +
  ` if (evt.detail.type === 'datastar-patch-elements' && el.wasLost) { el.wasLost = false;` +
  ` if ($version !== '') ${go('to: +$version')} } }`
export const goBack = `$_playing = false; ${go('by: -1')}`
export const goForward = `$_playing = false; ${go('by: 1')}`
/** What it is said with goes away: the slider has the focus then. */
export const goLive = `$_playing = false; document.getElementById('slider').focus(); ${go('to: Infinity')}`
/** From the beginning, if one is at the end. */
export const play = `$_playing = !$_playing; if ($_playing && $version === '') ${go('to: 0')}`
/** Every quarter of a second. A version that is due only in part waits for the rest. */
export const tick =
  `if ($_playing) { $_due = +$_due + $_speed / 4; const steps = Math.floor($_due); $_due = $_due - steps;` +
  ` if (steps > 0) ${go('by: steps')} }`
