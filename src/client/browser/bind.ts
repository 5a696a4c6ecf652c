/**
 * `data-bind`: a field and a signal follow each other, from a first value that is the signal's, or where there is no
 * such signal the field's. A checkbox is true or false. Else a signal keeps its type: what is text stays text, what
 * is a number is read as one; a new signal is a number for a slider or a number field, and text for any other.
 */
import { type AttributePlugin, PluginType, Requirement } from 'datastar-beta/engine/types'

/** A morph gave the field another value. */
export const VALUE_PATCHED = 'datastar-prop-change'

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement

const isField = (el: Element): el is Field =>
  el instanceof HTMLInputElement || el instanceof HTMLSelectElement || el instanceof HTMLTextAreaElement

const isCheckbox = (field: Field): field is HTMLInputElement => field.type === 'checkbox'

const read = (field: Field, signal?: unknown): string | number | boolean => {
  if (isCheckbox(field)) return field.checked
  const { type, value } = field
  const isNew = signal === undefined
  const asNumber = isNew ? type === 'range' || type === 'number' : typeof signal === 'number'
  return asNumber ? Number(value) : value
}

const show = (field: Field, signal: unknown): void => {
  if (isCheckbox(field)) field.checked = signal === true
  else field.value = `${signal}`
}

export const Bind: AttributePlugin = {
  type: PluginType.Attribute,
  name: 'bind',
  keyReq: Requirement.Exclusive,
  valReq: Requirement.Exclusive,
  onLoad: ({ el, key, value, signals, effect }) => {
    if (!isField(el)) throw new Error(`data-bind is for fields, not for <${el.localName}>.`)
    const name = key || value
    signals.upsertIfMissing(name, read(el))
    const events = [el instanceof HTMLSelectElement ? 'change' : 'input', VALUE_PATCHED]
    const tell = () => signals.setValue(name, read(el, signals.value(name)))
    for (const event of events) el.addEventListener(event, tell)
    const stop = effect(() => show(el, signals.upsertIfMissing(name, '').signal.value))
    return () => {
      stop()
      for (const event of events) el.removeEventListener(event, tell)
    }
  },
}
