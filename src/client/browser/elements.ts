/**
 * Applies `datastar-patch-elements`. A morph leaves alone what the person typed, chose or opened, and what the
 * page's own expressions computed: neither is in the server's HTML.
 */
import { Idiomorph } from 'datastar-beta/vendored/idiomorph.esm'
import { VALUE_PATCHED } from './bind.ts'
import { rename } from './markup.ts'

const IGNORE = 'data-ignore-morph'

/** A morph would take the incoming field's value, which the server does not know, for the newer one. */
const keepTyped = (current: Element, incoming: Element): void => {
  if (!(current instanceof HTMLInputElement && incoming instanceof HTMLInputElement)) return
  const same = (attribute: string) => current.getAttribute(attribute) === incoming.getAttribute(attribute)
  if (same('value')) incoming.value = current.value
  else queueMicrotask(() => current.dispatchEvent(new Event(VALUE_PATCHED)))
  if (same('checked')) incoming.checked = current.checked
}

const keepChosen = (current: Element, incoming: Element): void => {
  if (!(current instanceof HTMLSelectElement && incoming instanceof HTMLSelectElement)) return
  const proposal = (select: Element) => select.querySelector('option[selected]')?.getAttribute('value')
  if (proposal(current) === proposal(incoming)) incoming.value = current.value
}

const copyAttribute = (name: string, from: Element, to: Element): void => {
  const value = from.getAttribute(name)
  if (value === null) to.removeAttribute(name)
  else to.setAttribute(name, value)
}

/** `data-preserve-attr="open"`: attributes that the person changes, such as those of `<details>`. */
const keepPreserved = (current: Element, incoming: Element): void => {
  const names = incoming.getAttribute('data-preserve-attr')?.split(' ') ?? []
  for (const name of names) copyAttribute(name, current, incoming)
}

const hasStyle = (el: Element): el is HTMLElement | SVGElement =>
  el instanceof HTMLElement || el instanceof SVGElement

/** An expression that stays the same is not run again: what it made of the element must stay as well. */
const keepComputed = (current: Element, incoming: Element): void => {
  for (const { name, value } of [...incoming.attributes]) {
    if (current.getAttribute(name) !== value) continue
    const [, plugin, key = ''] = /^data-(text$|show$|class-|attr-)(.*)/.exec(name) ?? []
    if (plugin === 'text') incoming.textContent = current.textContent
    if (plugin === 'show' && hasStyle(current) && hasStyle(incoming))
      incoming.style.display = current.style.display
    if (plugin === 'class-') incoming.classList.toggle(key, current.classList.contains(key))
    if (plugin === 'attr-') copyAttribute(key, current, incoming)
  }
}

const callbacks = {
  beforeNodeMorphed: (current: Node, incoming: Node): boolean => {
    if (!(current instanceof Element && incoming instanceof Element)) return true
    if (current.hasAttribute(IGNORE) && incoming.hasAttribute(IGNORE)) return false
    keepTyped(current, incoming)
    keepChosen(current, incoming)
    keepPreserved(current, incoming)
    keepComputed(current, incoming)
    return true
  },
  /** Idiomorph would empty an input that has no `value` on either side. */
  beforeAttributeUpdated: (name: string, current: Element): boolean =>
    name !== 'value' || current.hasAttribute('value'),
}

const morph = (target: Element, content: DocumentFragment, morphStyle: 'outerHTML' | 'innerHTML'): void => {
  if (target.parentElement?.closest(`[${IGNORE}]`)) return
  Idiomorph.morph(target, content, { morphStyle, callbacks })
}

const apply = (mode: string, target: Element, content: DocumentFragment): void => {
  if (mode === 'outer' || mode === 'inner') {
    morph(target, content, `${mode}HTML`)
    return
  }
  if (mode === 'replace') target.replaceWith(content)
  else if (mode === 'remove') target.remove()
  else if (mode === 'prepend' || mode === 'append' || mode === 'before' || mode === 'after')
    target[mode](content)
  else console.warn(`Datastar: there is no patch mode "${mode}".`)
}

/** Without a selector every top-level element looks for its own id. What finds no target is left out. */
export const patchElements = (elements: string, selector: string, mode: string): void => {
  const template = document.createElement('template')
  template.innerHTML = elements
  const { content } = template
  rename(content)
  const patches: (readonly [string, DocumentFragment])[] = selector
    ? [[selector, content]]
    : [...content.children].map((child) => {
        const alone = document.createDocumentFragment()
        alone.append(child)
        return [`#${CSS.escape(child.id)}`, alone]
      })
  for (const [where, fragment] of patches) {
    const targets = document.querySelectorAll(where)
    if (targets.length === 0) console.warn(`Datastar: the page has no ${where} to patch.`)
    for (const target of targets) apply(mode, target, document.importNode(fragment, true))
  }
}
