/**
 * Turns 1.0 attributes into the names that the beta engine knows: `data-on:click` becomes `data-on-click`.
 * The page and every fragment go through it, so that a morph compares like with like. Elements are matched by id:
 * whatever is patched and has attributes of Datastar needs one.
 */
const olderName = (name: string): string =>
  name.replace(/^data-init(?=__|$)/, 'data-on-load').replace(/^(data-[^:]+):/, '$1-')

/** Order is kept among the renamed: a listener written before `data-init` hears its request start. */
export const rename = (root: ParentNode): void => {
  for (const el of root.querySelectorAll('*')) {
    for (const { name, value } of [...el.attributes]) {
      const older = olderName(name)
      if (older === name) continue
      el.removeAttribute(name)
      el.setAttribute(older, value)
    }
  }
}
