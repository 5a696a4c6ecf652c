/**
 * Applies `datastar-patch-elements`. A morph leaves alone what the person typed and what the page's own
 * expressions computed: neither is in the server's HTML.
 */
import { Idiomorph } from 'datastar-beta/vendored/idiomorph.esm'
import { rename } from './markup.ts'

const IGNORE = 'data-ignore-morph'

/** A morph would take the incoming field's value, which the server does not know, for the newer one. */
const keepTyped = (current: Element, incoming: Element): void => {
  if (!(current instanceof HTMLInputElement && incoming instanceof HTMLInputElement)) return
  const same = (attribute: string) => current.getAttribute(attribute) === incoming.getAttribute(attribute)
  if (same('value')) incoming.value = current.value
  if (same('checked')) incoming.checked = current.checked
}

const keepComputed = (current: Element, incoming: Element): void => {
  const expression = incoming.getAttribute('data-text')
  if (expression !== null && expression === current.getAttribute('data-text')) {
    incoming.textContent = current.textContent
  }
}

const callbacks = {
  beforeNodeMorphed: (current: Node, incoming: Node): boolean => {
    if (!(current instanceof Element && incoming instanceof Element)) return true
    if (current.hasAttribute(IGNORE) && incoming.hasAttribute(IGNORE)) return false
    keepTyped(current, incoming)
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
