/** What every event store promises, written against the port alone: `src/events/store.ts` in its long form. */
import { describe } from 'vitest'
import type { EventStore } from '../../src/events/store.ts'
import { appending } from './appending.ts'
import { concurrency } from './concurrency.ts'
import { hashes } from './hashes.ts'
import { idempotency } from './idempotency.ts'
import { immutability } from './immutability.ts'
import { model } from './model.ts'
import { past } from './past.ts'
import { reading } from './reading.ts'
import { subscribing } from './subscribing.ts'
import { texts } from './texts.ts'

/** Makes a test of one store: opened for it, empty, and closed after it. */
export type WithStore = (test: (store: EventStore) => Promise<void>) => () => Promise<void>

/** `open` gives an empty store each time; the suite closes it. */
export const eventStoreContract = (name: string, open: () => Promise<EventStore>) =>
  describe(`${name}: an event store`, () => {
    const withStore: WithStore = (test) => async () => {
      const store = await open()
      try {
        await test(store)
      } finally {
        await store.close()
      }
    }
    describe('appends', () => appending(withStore))
    describe('expects a version', () => concurrency(withStore))
    describe('appends the same events once', () => idempotency(withStore))
    describe('reads', () => reading(withStore))
    describe('keeps what happened from being changed', () => immutability(withStore))
    describe('keeps what people wrote', () => texts(withStore))
    describe('links every event to the one before it', () => hashes(withStore))
    describe('knows how far a stream had come', () => past(withStore))
    describe('subscribes', () => subscribing(withStore))
    describe('equals a simple model', () => model(withStore))
  })
