/** Everything that the port shows of a log, for comparing it before and after. */
import type { EventStore } from '../../src/events/store.ts'

export const shown = async (store: EventStore, streams: readonly string[], ids: readonly string[]) => ({
  head: await store.head(),
  all: await store.readAll(),
  streams: await Promise.all(streams.map((stream) => store.read(stream))),
  found: [...(await store.find(ids)).keys()].sort(),
})
