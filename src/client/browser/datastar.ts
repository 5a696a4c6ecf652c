/**
 * The client that the page loads: the engine of @starfederation/datastar 1.0.0-beta.11, the last on npm, taught
 * the markup and the protocol of 1.0. It knows what this project's pages use, and no more.
 */
import { apply, load } from 'datastar-beta/engine/engine'
import { type InitContext, PluginType, type WatcherPlugin } from 'datastar-beta/engine/types'
import { OnInterval } from 'datastar-beta/plugins/official/browser/attributes/onInterval'
import { OnLoad } from 'datastar-beta/plugins/official/browser/attributes/onLoad'
import { Signals } from 'datastar-beta/plugins/official/core/attributes/signals'
import { Class } from 'datastar-beta/plugins/official/dom/attributes/class'
import { Show } from 'datastar-beta/plugins/official/dom/attributes/show'
import { Text } from 'datastar-beta/plugins/official/dom/attributes/text'
import { get, post } from './actions.ts'
import { Attr, Effect } from './attributes.ts'
import { Bind } from './bind.ts'
import { patchElements } from './elements.ts'
import { onFetch } from './events.ts'
import { stated, valued } from './expressions.ts'
import { rename } from './markup.ts'
import { On } from './on.ts'
import { patchSignals } from './signals.ts'
import { keepBooks } from './upkeep.ts'

const Patches: WatcherPlugin = {
  type: PluginType.Watcher,
  name: 'patches',
  onGlobalInit: (ctx: InitContext) => {
    keepBooks(ctx)
    onFetch(
      ({
        type,
        argsRaw: { elements = '', selector = '', mode = 'outer', signals = '{}', onlyIfMissing },
      }) => {
        if (type === 'datastar-patch-elements') patchElements(elements, selector, mode)
        if (type === 'datastar-patch-signals')
          patchSignals(ctx.signals, JSON.parse(signals), onlyIfMissing === 'true')
      },
    )
  },
}

rename(document.documentElement)
load(Patches, get, post, Bind)
load(...[Signals, Attr, Class, Show, Text].map(valued))
load(...[Effect, On, OnInterval, OnLoad].map(stated))
apply()
