/** What every live page says of itself: whether its stream is open, and which keys do what. */
import type { FC } from 'hono/jsx'
import { closeDialog, followStream, shortcuts, showDialog } from './expressions.ts'

/** Listens before it asks, since a request reports its start at once. A screen reader hears the news alone. */
export const StreamState: FC<{ readonly watch: string }> = ({ watch }) => (
  <>
    <p
      id="stream"
      class="stream"
      data-on:datastar-fetch={followStream}
      data-init={watch}
      data-attr:data-state="$_stream"
      data-text="$_stream"
    >
      Connecting...
    </p>
    <p id="stream-news" class="unseen" role="status" data-text="$_news"></p>
    <button
      id="show-keys"
      class="keys"
      type="button"
      aria-label="Keyboard shortcuts"
      aria-keyshortcuts="?"
      data-on:click={showDialog('keys')}
      data-on:keydown__window={shortcuts}
    >
      ?
    </button>
  </>
)

export type Shortcut = readonly [key: string, what: string]

export const Shortcuts: FC<{ readonly keys: readonly Shortcut[] }> = ({ keys }) => (
  <dialog id="keys" aria-labelledby="keys-heading">
    <h2 id="keys-heading">Keyboard shortcuts</h2>
    <dl>
      {keys.map(([key, what]) => (
        <div>
          <dt>
            <kbd>{key}</kbd>
          </dt>
          <dd>{what}</dd>
        </div>
      ))}
      <div>
        <dt>
          <kbd>?</kbd>
        </dt>
        <dd>This sheet</dd>
      </div>
    </dl>
    <p>
      <label class="check">
        <input id="keys-on" type="checkbox" data-bind="_keys" /> Shortcuts are on
      </label>
    </p>
    <button id="keys-close" type="button" data-on:click={closeDialog('keys')}>
      Close
    </button>
  </dialog>
)
