/** A store of which some calls are replaced: held back, counted, or made to fail. */
import type { EventStore } from '../../src/events/store.ts'
import { type Gate, gate } from '../events/gate.ts'

export const storeWith = (store: EventStore, replaced: Partial<EventStore>): EventStore => ({
  append: (stream, events, options) => store.append(stream, events, options),
  read: (stream, options) => store.read(stream, options),
  facts: (stream, options) => store.facts(stream, options),
  readAll: (options) => store.readAll(options),
  find: (ids) => store.find(ids),
  versionAt: (stream, at) => store.versionAt(stream, at),
  head: () => store.head(),
  subscribe: (options, onEvents, onError) => store.subscribe(options, onEvents, onError),
  close: () => store.close(),
  ...replaced,
})

/** A store that counts what it is asked: the events of each append, and how often it is read or searched. */
export const counting = (store: EventStore) => {
  const appends: number[] = []
  const count = { appends, reads: 0, finds: 0 }
  const counted = storeWith(store, {
    append: (stream, events, options) => {
      count.appends.push(events.length)
      return store.append(stream, events, options)
    },
    read: (stream, options) => {
      count.reads++
      return store.read(stream, options)
    },
    facts: (stream, options) => {
      count.reads++
      return store.facts(stream, options)
    },
    find: (ids) => {
      count.finds++
      return store.find(ids)
    },
  })
  return { store: counted, count }
}

/** A store whose next append is held back, `before` it is committed or `after`, until `release` is opened. */
export const holdingNextAppend = (store: EventStore, when: 'before' | 'after') => {
  const [begun, release]: [Gate, Gate] = [gate(), gate()]
  let isNext = true
  const held = storeWith(store, {
    append: async (stream, events, options) => {
      if (!isNext) return store.append(stream, events, options)
      isNext = false
      const appended = when === 'after' ? await store.append(stream, events, options) : undefined
      begun.open()
      await release.opened
      return appended ?? store.append(stream, events, options)
    },
  })
  return { store: held, begun: begun.opened, release: release.open }
}
