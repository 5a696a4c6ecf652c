/**
 * Compiles attribute values by the rules of 1.0: `$amount` is a signal (flat, made on first use), `@post(...)`
 * an action, `el` the element and `evt` the event. What one run sets is one change to what depends on it.
 */
import type { AttributePlugin, RuntimeContext } from 'datastar-beta/engine/types'
import { batch } from 'datastar-beta/vendored/preact-core'

const scopeOf = ({ signals }: RuntimeContext): object =>
  new Proxy(
    {},
    {
      has: (_, name) => typeof name === 'string' && /^\$\w/.test(name),
      get: (_, name) =>
        typeof name === 'string' ? signals.upsertIfMissing(name.slice(1), '').signal.value : undefined,
      set: (_, name, value) => {
        signals.setValue(String(name).slice(1), value)
        return true
      },
    },
  )

const compile = (ctx: RuntimeContext, body: (source: string) => string) => {
  const source = ctx.value.replaceAll(/@(\w+)\(/g, 'ctx.actions.$1.fn(ctx, ')
  const run = new Function('scope', 'ctx', 'el', 'evt', `with (scope) {\n${body(source)}\n}`)
  const scope = scopeOf(ctx)
  return <T>(evt?: unknown): T => batch(() => run(scope, ctx, ctx.el, evt))
}

const speaking =
  (body: (source: string) => string) =>
  (plugin: AttributePlugin): AttributePlugin => ({
    ...plugin,
    onLoad: (ctx) => plugin.onLoad({ ...ctx, genRX: () => compile(ctx, body) }),
  })

/** For a plugin whose attribute is a value: `data-text="$amount * 2"`. */
export const valued = speaking((source) => `return (${source}\n)`)

/** For a plugin whose attribute is a list of statements: `data-on:click="$sent = true; @post('/')"`. */
export const stated = speaking((source) => source)
