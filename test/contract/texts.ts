import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AccountEvent, InvalidEventError } from '../../src/events/event.ts'
import { IdempotencyConflictError } from '../../src/events/store.ts'
import { deposited, deposits, idsOf, METADATA, newEvent, newEvents } from '../events/sample-events.ts'
import type { WithStore } from './event-store.ts'
import { shown } from './shown.ts'

/** Every type of event, with this text wherever people may write one. */
const everyType = (text: string): readonly AccountEvent[] => [
  { type: 'opened', data: { owner: text, currency: 'EUR', openingBalance: 100 } },
  { type: 'deposited', data: { amount: 5, source: text } },
  { type: 'withdrawn', data: { amount: 3, reason: text } },
  { type: 'frozen', data: { reason: text } },
  { type: 'unfrozen', data: { reason: text } },
  { type: 'closed', data: { reason: text } },
  { type: 'forgotten', data: {} },
]

/** Those types whose text may be left out, without it. */
const withoutText: readonly AccountEvent[] = [
  { type: 'deposited', data: { amount: 5 } },
  { type: 'withdrawn', data: { amount: 3 } },
  { type: 'unfrozen', data: {} },
  { type: 'closed', data: {} },
]

const factsOf = (events: readonly AccountEvent[]) => events.map(({ type, data }) => ({ type, data }))

const odd: readonly (readonly [string, string])[] = [
  ['quotes', 'it\'s "quoted"; -- `so` \\ %_ $1 {{y}}'],
  ['markup', '<b onclick="x">&amp;</b>'],
  ['JSON of a sealed text', '{"key":"k-1","sealed":"c2VhbGVk"}'],
  ['the name of a property', '__proto__'],
  ['what a forgotten text reads as', '[erased]'],
  ['blanks around it', '  two  '],
  ['many scripts', 'Zoë O’Hara · שלום · 你好 · Ωμέγα · नमस्ते'],
  ['the same letter in two ways', 'e\u0301 é'],
  ['a family of emoji', '👩‍👩‍👧‍👦💶'],
  ['invisible characters', '\ufeff\u200b\u202e\u2028\u2029\u00ad'],
  ['the last of the characters', '\u{10ffff}\uffff\ufffe\ufffd'],
  ['as much as may be', 'x'.repeat(500)],
  ['as many emoji as may be', '💶'.repeat(250)],
]

/** Any line of text, however odd its characters. */
const anyLine = (maxLength: number): fc.Arbitrary<string> =>
  fc
    .string({ unit: 'binary', minLength: 1, maxLength: maxLength / 2, size: 'max' })
    .map((text) => text.replace(/\p{Cc}/gu, '') || 'x')

const refused: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['a line break', 'two\nlines'],
  ['a carriage return', 'two\rlines'],
  ['a tab', 'a\tb'],
  ['a zero byte', 'a\u0000b'],
  ['an escape character', '\u001b[31mred'],
  ['a delete character', 'a\u007f'],
  ['a next line character', 'a\u0085b'],
  ['the first half of a surrogate pair', 'half \ud83d'],
  ['the second half of a surrogate pair', '\udcb6 half'],
  ['the halves of a pair in the wrong order', '\udcb6\ud83d'],
]

export const texts = (withStore: WithStore) => {
  it.each(odd)('in every type of event as it was given: %s', (_, text) =>
    withStore(async (store) => {
      const events = newEvents(...everyType(text), ...withoutText)
      await store.append('alice', events, { expected: 'no-stream' })
      expect(factsOf(await store.read('alice'))).toStrictEqual(factsOf(events))
      expect(factsOf(await store.readAll())).toStrictEqual(factsOf(events))
      const found = await store.find(idsOf(events))
      expect(factsOf(events.flatMap(({ id }) => found.get(id) ?? []))).toStrictEqual(factsOf(events))
    })())

  it(
    'whatever it is: in events, in who did it, and in the name of the stream',
    withStore(async (store) => {
      let run = 0
      await fc.assert(
        fc.asyncProperty(anyLine(500), anyLine(180), async (text, name) => {
          const stream = `${name} ${++run}`
          const metadata = { commandId: text, correlationId: text, causationId: text, actor: text }
          const events = everyType(text).map((event) => newEvent(event, { metadata }))
          const { position } = await store.append(stream, events, { expected: 'no-stream' })
          const read = await store.read(stream)
          expect(factsOf(read)).toStrictEqual(factsOf(events))
          expect(read.map((event) => event.metadata)).toStrictEqual(events.map(() => metadata))
          expect(await store.readAll({ after: position - events.length })).toStrictEqual(read)
          expect(read[0]?.stream).toBe(stream)
        }),
        { numRuns: 30 },
      )
    }),
  )

  it(
    'apart in every account',
    withStore(async (store) => {
      for (const stream of ['alice', 'bob', 'carol']) {
        await store.append(stream, newEvents(...everyType(`written by ${stream}`)), { expected: 'any' })
      }
      const owners = (await store.readAll()).flatMap((event) =>
        event.type === 'opened' ? [[event.stream, event.data.owner]] : [],
      )
      expect(owners).toEqual(['alice', 'bob', 'carol'].map((stream) => [stream, `written by ${stream}`]))
    }),
  )

  it(
    'so that the same events again are a repetition',
    withStore(async (store) => {
      const events = newEvents(...everyType('Zoë 💶'))
      const first = await store.append('alice', events, { expected: 'no-stream' })
      expect(await store.append('alice', events, { expected: 'no-stream' })).toEqual({
        ...first,
        repeated: true,
      })
      expect(await store.append('alice', events.slice(2, 5), { expected: 99 })).toMatchObject({
        version: 5,
        repeated: true,
      })
      expect(await store.readAll()).toHaveLength(events.length)
    }),
  )

  it(
    'so that the same ids with another text are a conflict',
    withStore(async (store) => {
      const event = newEvent({ type: 'withdrawn', data: { amount: 3, reason: 'a bicycle' } })
      await store.append('alice', [event], { expected: 'any' })
      for (const data of [{ amount: 3, reason: 'a tricycle' }, { amount: 3 }]) {
        const other = newEvent({ type: 'withdrawn', data }, { id: event.id })
        await expect(store.append('alice', [other], { expected: 'any' })).rejects.toThrow(
          IdempotencyConflictError,
        )
      }
      expect(factsOf(await store.readAll())).toEqual(factsOf([event]))
    }),
  )

  describe('but refuses, before anything is stored,', () => {
    it.each([...refused, ['too much', 'x'.repeat(501)] as const])('a text with %s', (_, text) =>
      withStore(async (store) => {
        await store.append('alice', deposits(1), { expected: 'any' })
        const before = await shown(store, ['alice', 'bob'], [])
        for (const event of everyType(text).filter(({ type }) => type !== 'forgotten')) {
          for (const stream of ['alice', 'bob']) {
            const events = newEvents(deposited(1), event)
            await expect(store.append(stream, events, { expected: 'any' })).rejects.toThrow(InvalidEventError)
          }
        }
        expect(await shown(store, ['alice', 'bob'], [])).toEqual(before)
      })())

    it.each(refused)('an actor or another origin with %s', (_, text) =>
      withStore(async (store) => {
        for (const part of ['commandId', 'correlationId', 'causationId', 'actor']) {
          const event = newEvent(deposited(1), { metadata: { ...METADATA, [part]: text } })
          await expect(store.append('alice', [event], { expected: 'any' })).rejects.toThrow(InvalidEventError)
        }
        expect(await store.head()).toBe(0)
        expect(await store.readAll()).toEqual([])
      })())

    it.each([...refused, ['too much', 'x'.repeat(201)] as const])('a stream whose name has %s', (_, name) =>
      withStore(async (store) => {
        const events = newEvents(deposited(1), ...everyType('Ada'))
        await expect(store.append(name, events, { expected: 'any' })).rejects.toThrow(RangeError)
        expect(await store.head()).toBe(0)
        expect(await store.readAll()).toEqual([])
        expect((await store.find(idsOf(events))).size).toBe(0)
        expect(await store.append('alice', events, { expected: 'no-stream' })).toMatchObject({
          repeated: false,
        })
      })())
  })
}
