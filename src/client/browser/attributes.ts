/** Attributes that the beta engine lacks, or that 1.0 reads otherwise. */
import { type AttributePlugin, PluginType, Requirement } from 'datastar-beta/engine/types'
import { kebab } from 'datastar-beta/utils/text'

/** `data-attr:disabled`: true is an empty attribute; false, null and undefined are none. */
export const Attr: AttributePlugin = {
  type: PluginType.Attribute,
  name: 'attr',
  keyReq: Requirement.Must,
  valReq: Requirement.Must,
  onLoad: ({ el, key, effect, genRX }) => {
    const name = kebab(key)
    const compute = genRX()
    return effect(() => {
      const value = compute<unknown>()
      if (value === false || value === null || value === undefined) el.removeAttribute(name)
      else el.setAttribute(name, value === true ? '' : `${value}`)
    })
  },
}

/** `data-effect`: runs at once, and again when a signal that it read has changed. */
export const Effect: AttributePlugin = {
  type: PluginType.Attribute,
  name: 'effect',
  keyReq: Requirement.Denied,
  valReq: Requirement.Must,
  onLoad: ({ effect, genRX }) => {
    const run = genRX()
    return effect(() => run<void>())
  },
}
