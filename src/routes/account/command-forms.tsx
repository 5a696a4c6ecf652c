/** What can be asked of an account: at its desk, and in dialogs that ask first. */
import type { Child, FC } from 'hono/jsx'
import { accountPath } from '../addresses.ts'
import {
  closeDialog,
  closeWhenDone,
  type ErrorSignal,
  followCommands,
  followOwn,
  forgetTyped,
  loadPayees,
  send,
  sendOnce,
  showDialog,
  showTransfer,
} from '../expressions.ts'
import { type Shortcut, Shortcuts } from '../stream-state.tsx'
import type { AccountShown } from './account-shown.ts'

const MAX_NOTE = 500

interface CommandFormProps {
  readonly id: string
  /** Nothing can be asked of the past, nor of an account that is frozen or closed. */
  readonly isShut: boolean
}

export const CommandForm: FC<CommandFormProps> = ({ id, isShut }) => {
  const sending = (command: string) => `$_error = ''; ${send(accountPath(id, command))}`
  return (
    <form id="commands" class="commands" autocomplete="off">
      <fieldset id="desk" disabled={isShut} data-attr:disabled="$_past || $_status !== 'open'">
        <legend class="unseen">Deposit or withdraw</legend>
        <label for="amount">Amount</label>
        <input
          id="amount"
          class="amount"
          type="text"
          inputmode="decimal"
          aria-describedby="error"
          aria-keyshortcuts="a"
          data-bind="amount"
          data-on:input="$_error = ''"
        />
        <label for="note">Source or reason, if you like</label>
        <input
          id="note"
          type="text"
          maxlength={MAX_NOTE}
          aria-describedby="error"
          data-bind="note"
          data-on:input="$_error = ''"
        />
        <div class="buttons">
          <button
            id="deposit"
            class="go"
            type="submit"
            data-on:click__prevent={sending('deposit')}
            data-on:datastar-fetch={followOwn}
          >
            Deposit
          </button>
          <button
            id="withdraw"
            type="button"
            data-on:click={sending('withdraw')}
            data-on:datastar-fetch={followOwn}
          >
            Withdraw
          </button>
        </div>
        <ErrorLine id="error" signal="_error" />
      </fieldset>
      <noscript>
        <p>Reading works without JavaScript; everything that changes something needs it.</p>
      </noscript>
    </form>
  )
}

/** What is pushed with the status of the account: only what makes sense in it is offered. */
export const Standing: FC<{ readonly shown: AccountShown }> = ({ shown: { then, isPast } }) => {
  const { status } = then.account
  return (
    <section id="standing" class="offers" aria-label="More">
      {status === 'open' && (
        <>
          <button
            id="ask-transfer"
            type="button"
            disabled={isPast}
            aria-keyshortcuts="t"
            data-on:click={showTransfer}
          >
            Transfer...
          </button>
          <button id="ask-freeze" type="button" disabled={isPast} data-on:click={showDialog('freeze')}>
            Freeze...
          </button>
          <button id="ask-close" type="button" disabled={isPast} data-on:click={showDialog('close')}>
            Close...
          </button>
        </>
      )}
      {status === 'frozen' && (
        <button id="ask-freeze" type="button" disabled={isPast} data-on:click={showDialog('unfreeze')}>
          Unfreeze...
        </button>
      )}
      {status === 'closed' && <p class="quiet">This account is closed. Everything in it stays readable.</p>}
    </section>
  )
}

const ErrorLine: FC<{ readonly id: string; readonly signal: ErrorSignal }> = ({ id, signal }) => (
  <p
    id={id}
    class="error"
    role="alert"
    data-on:datastar-fetch={followCommands(signal)}
    data-text={`$${signal}`}
  ></p>
)

export const Dialogs: FC<{ readonly id: string; readonly canReset: boolean }> = ({ id, canReset }) => (
  <>
    <Ask
      command="transfer"
      title="Transfer to another account"
      action="Transfer"
      id={id}
      error="_transferError"
      shown={loadPayees(accountPath(id, 'payees'))}
      isSafe
    >
      <label for="transfer-to">To</label>
      <Payees payees={[]} />
      <p class="quiet">Open accounts in the same currency.</p>
      <label for="transfer-sum">Amount</label>
      <input
        id="transfer-sum"
        class="amount"
        type="text"
        inputmode="decimal"
        required
        aria-describedby="transfer-error"
        data-bind="sum"
      />
      <Why label="Reason, if you like" command="transfer" />
    </Ask>
    <Ask command="freeze" title="Freeze this account?" action="Freeze" id={id} error="_standingError">
      <p>Nothing comes in or goes out until it is unfrozen.</p>
      <Why label="Reason" command="freeze" isRequired />
    </Ask>
    <Ask command="unfreeze" title="Unfreeze this account?" action="Unfreeze" id={id} error="_standingError">
      <Why label="Reason, if you like" command="unfreeze" />
    </Ask>
    <Ask
      command="close"
      title="Close this account for good?"
      action="Close the account"
      id={id}
      error="_standingError"
    >
      <p>Nothing more can happen in it, and it cannot be opened again. What happened stays readable.</p>
      <Why label="Reason, if you like" command="close" />
    </Ask>
    {canReset && (
      <>
        <p id="reset-line" class="reset quiet">
          <button id="ask-reset" type="button" data-on:click={showDialog('reset')}>
            Reset...
          </button>{' '}
          clears the log, for everybody.
        </p>
        <Ask command="reset" title="Clear the whole log?" action="Reset" id={id} error="_standingError">
          <p>Every event of every account is gone then, for everybody.</p>
        </Ask>
      </>
    )}
    <Shortcuts keys={KEYS} />
  </>
)

const KEYS: readonly Shortcut[] = [
  ['a', 'Go to the amount'],
  ['t', 'Transfer to another account'],
  [',', 'One event back in time'],
  ['.', 'One event forward'],
  ['p', 'Play, or pause'],
  ['l', 'Back to live'],
]

interface AskProps {
  readonly command: string
  readonly title: string
  readonly action: string
  readonly id: string
  readonly error: ErrorSignal
  /** What is done whenever it is shown. */
  readonly shown?: string
  /** Not to be warned of. */
  readonly isSafe?: boolean
  readonly children: Child
}

/** Asks before something is done that is not undone by a click. */
const Ask: FC<AskProps> = ({ command, title, action, id, error, shown, isSafe = false, children }) => (
  <dialog
    id={command}
    aria-labelledby={`${command}-heading`}
    data-effect={closeWhenDone(command)}
    data-on:close={forgetTyped(error)}
  >
    <form
      id={`${command}-form`}
      autocomplete="off"
      data-on:input={`$${error} = ''`}
      {...(shown !== undefined && { 'data-on:shown': shown })}
      data-on:submit__prevent={sendOnce(`${command}-go`, error, accountPath(id, command))}
    >
      <h2 id={`${command}-heading`}>{title}</h2>
      {children}
      <ErrorLine id={`${command}-error`} signal={error} />
      <div class="buttons">
        <button
          id={`${command}-go`}
          class={isSafe ? 'go' : 'danger'}
          type="submit"
          data-on:datastar-fetch={followOwn}
        >
          {action}
        </button>
        <button id={`${command}-cancel`} type="button" data-on:click={closeDialog(command)}>
          Cancel
        </button>
      </div>
    </form>
  </dialog>
)

interface WhyProps {
  readonly label: string
  readonly command: string
  readonly isRequired?: boolean
}

const Why: FC<WhyProps> = ({ label, command, isRequired = false }) => (
  <>
    <label for={`${command}-why`}>{label}</label>
    <input
      id={`${command}-why`}
      type="text"
      maxlength={MAX_NOTE}
      required={isRequired}
      aria-describedby={`${command}-error`}
      data-bind="why"
    />
  </>
)

export interface Payee {
  readonly account: string
  readonly name: string
}

/** The accounts that money can be transferred to; they are looked up when somebody is about to. */
export const Payees: FC<{ readonly payees: readonly Payee[] }> = ({ payees }) => (
  <select id="transfer-to" required aria-describedby="transfer-error" data-bind="to">
    <option id="no-payee" value="">
      Choose an account
    </option>
    {payees.map(({ account, name }) => (
      <option id={`payee-${account}`} value={account}>
        {name}
      </option>
    ))}
  </select>
)
