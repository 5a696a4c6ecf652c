/**
 * The engine forgets what it did to an element only when that element itself leaves the page, and never when an
 * attribute changes: this clears its books for a whole subtree, and for one attribute, before it looks.
 */
import type { InitContext } from 'datastar-beta/engine/types'
import { attrHash } from 'datastar-beta/utils/dom'

const datasetKey = (attribute: string): string =>
  attribute.slice('data-'.length).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** Must run before the engine starts to observe, so as to be told first. */
export const keepBooks = ({ removals }: InitContext): void => {
  const forget = (el: Element, hash?: number) => {
    const cleanups = removals.get(el.id)
    for (const each of hash === undefined ? [...(cleanups?.keys() ?? [])] : [hash]) {
      cleanups?.get(each)?.()
      cleanups?.delete(each)
    }
  }
  new MutationObserver((records) => {
    for (const { target, attributeName, oldValue, removedNodes } of records) {
      if (attributeName?.startsWith('data-') && target instanceof Element) {
        forget(target, attrHash(datasetKey(attributeName), oldValue ?? ''))
      }
      for (const node of removedNodes) {
        if (!(node instanceof Element) || node.isConnected) continue
        for (const el of [node, ...node.querySelectorAll('[id]')]) forget(el)
      }
    }
  }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeOldValue: true })
}
