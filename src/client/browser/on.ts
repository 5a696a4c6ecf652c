/**
 * `data-on`: runs an expression at an event of its element, or with `__window` of the window. Many events in a row
 * may be made few: `__throttle.100ms` takes the first at once and then one in that time (with `.trailing` the last
 * as well), `__debounce.200ms` the last once there was quiet for that time.
 */
import { type AttributePlugin, type Modifiers, PluginType, Requirement } from 'datastar-beta/engine/types'
import { tagHas, tagToMs } from 'datastar-beta/utils/tags'
import { kebab } from 'datastar-beta/utils/text'

type Listener = (evt: Event) => void

type Pace = {
  /** In milliseconds. */
  readonly wait: number
  readonly leading: boolean
  readonly trailing: boolean
  /** Every event starts the wait anew. */
  readonly restarts: boolean
}

const paceOf = (mods: Modifiers): Pace | undefined => {
  const debounce = mods.get('debounce')
  if (debounce) return { wait: tagToMs(debounce), leading: false, trailing: true, restarts: true }
  const throttle = mods.get('throttle')
  return (
    throttle && {
      wait: tagToMs(throttle),
      leading: true,
      trailing: tagHas(throttle, 'trailing'),
      restarts: false,
    }
  )
}

const paced = (listen: Listener, { wait, leading, trailing, restarts }: Pace): Listener => {
  let timer: ReturnType<typeof setTimeout> | undefined
  let last: Event | undefined
  const end = () => {
    timer = undefined
    if (trailing && last) listen(last)
    last = undefined
  }
  return (evt) => {
    if (leading && timer === undefined) listen(evt)
    else last = evt
    if (timer !== undefined && !restarts) return
    clearTimeout(timer)
    timer = setTimeout(end, wait)
  }
}

export const On: AttributePlugin = {
  type: PluginType.Attribute,
  name: 'on',
  keyReq: Requirement.Must,
  valReq: Requirement.Must,
  onLoad: ({ el, key, mods, genRX }) => {
    const name = kebab(key)
    const pace = paceOf(mods)
    const run: Listener = genRX()
    const react = pace ? paced(run, pace) : run
    const listen: Listener = (evt) => {
      if (mods.has('prevent') || (name === 'submit' && el instanceof HTMLFormElement)) evt.preventDefault()
      react(evt)
    }
    const everywhere = mods.has('window') || name === 'datastar-fetch'
    const target: EventTarget = everywhere ? window : el
    target.addEventListener(name, listen)
    return () => target.removeEventListener(name, listen)
  },
}
