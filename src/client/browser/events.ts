/**
 * The page's one bus: every request, and every event that a stream brings, is announced to the whole document as
 * `datastar-fetch`. Patches and `data-on:datastar-fetch` listen to it.
 */
export type FetchEvent = {
  /** `started`, `finished`, `error`, `retrying`, `retries-failed`, or the type of an event from the stream. */
  readonly type: string
  /** The element whose expression made the request. */
  readonly el: Element
  readonly argsRaw: Readonly<Record<string, string>>
}

const bus = document.documentElement

export const announce = (type: string, el: Element, argsRaw: FetchEvent['argsRaw'] = {}): void => {
  const detail: FetchEvent = { type, el, argsRaw }
  bus.dispatchEvent(new CustomEvent('datastar-fetch', { detail, bubbles: true }))
}

export const onFetch = (listen: (event: FetchEvent) => void): void =>
  bus.addEventListener('datastar-fetch', (event) => {
    if (event instanceof CustomEvent) listen(event.detail)
  })
