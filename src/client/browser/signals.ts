/** Applies `datastar-patch-signals`: a JSON merge patch (RFC 7386) to the page's signals, as one change. */
import type { SignalsRoot } from 'datastar-beta/engine/signals'
import { batch } from 'datastar-beta/vendored/preact-core'

function* leaves(patch: object, prefix = ''): Generator<[path: string, value: unknown]> {
  for (const [key, value] of Object.entries(patch)) {
    const nested = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (nested) yield* leaves(value, `${prefix}${key}.`)
    else yield [prefix + key, value]
  }
}

/** What reads the signal runs again: reading makes it anew, empty, and so hears of it when it comes back. */
const remove = (signals: SignalsRoot, path: string): void => {
  const signal = signals.signal(path)
  signals.remove(path)
  if (signal) signal.value = undefined
}

export const patchSignals = (signals: SignalsRoot, patch: object, onlyIfMissing: boolean): void =>
  batch(() => {
    for (const [path, value] of leaves(patch)) {
      const known = signals.paths().filter((each) => each === path || each.startsWith(`${path}.`))
      if (onlyIfMissing && known.length > 0) continue
      if (value === null) for (const each of known) remove(signals, each)
      else signals.setValue(path, value)
    }
  })
