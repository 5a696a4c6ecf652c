import { describe, expect, it } from 'vitest'
import { type AccountEvent, type RecordedEvent, SCHEMA_VERSIONS } from '../../src/events/event.ts'
import { EVENT_TYPES, noteOf, wordsFor } from '../../src/projection/event-words.ts'
import {
  isFiltering,
  isSelective,
  type LogFilter,
  matches,
  noFilter,
} from '../../src/projection/log-filter.ts'
import { at, closed, deposited, forgotten, newEvent, opened } from '../events/sample-events.ts'

const TRANSFER = 'b1e6e1a4-7f3a-4b44-9a51-0c1d2e3f4a5b'

const event = (fact: AccountEvent, seconds = 0): RecordedEvent => ({
  ...newEvent(fact, { occurredAt: at(seconds) }),
  stream: 'alice',
  version: 1,
  position: 1,
  schemaVersion: 1,
  hash: '',
})

const finds = (filter: Partial<LogFilter>, fact: AccountEvent, seconds = 0): boolean =>
  matches({ ...noFilter, ...filter }, event(fact, seconds))

describe('a filter', () => {
  it('lets every event by if it asks for nothing', () => {
    expect(isFiltering(noFilter)).toBe(false)
    for (const fact of [deposited(1), opened(), closed]) expect(finds({}, fact)).toBe(true)
  })

  it('lets any of its types by, and no other', () => {
    const types = ['deposited', 'closed'] as const
    expect([deposited(1), closed, opened()].map((fact) => finds({ types }, fact))).toEqual([
      true,
      true,
      false,
    ])
  })

  it.each([
    [9, false],
    [10, true],
    [20, true],
    [21, false],
  ])('from second 10 until 20: an event of second %i passes: %s', (seconds, passes) => {
    expect(finds({ from: at(10), until: at(20) }, deposited(1), seconds)).toBe(passes)
  })

  it.each<[string, AccountEvent]>([
    ['the owner', { type: 'opened', data: { owner: 'a Café b', currency: 'USD', openingBalance: 0 } }],
    ['the source', { type: 'deposited', data: { amount: 1, source: 'a Café b' } }],
    ['the reason of money out', { type: 'withdrawn', data: { amount: 1, reason: 'a Café b' } }],
    ['the reason of a freeze', { type: 'frozen', data: { reason: 'a Café b' } }],
    ['the payee', { type: 'transferredOut', data: { transferId: TRANSFER, to: 'a Café b', amount: 1 } }],
    ['the payer', { type: 'transferredIn', data: { transferId: TRANSFER, from: 'a Café b', amount: 1 } }],
    [
      'why it came back',
      { type: 'transferReturned', data: { transferId: TRANSFER, amount: 1, reason: 'Café' } },
    ],
  ])('searches %s, in upper or lower case', (_where, fact) => {
    expect(finds({ search: 'CAFÉ' }, fact)).toBe(true)
    expect(finds({ search: 'cafés' }, fact)).toBe(false)
  })

  it('finds by a text no event that has none', () => {
    expect(finds({ search: 'deposited' }, deposited(1))).toBe(false)
    expect(finds({ search: 'x' }, forgotten)).toBe(false)
  })

  it('asks all that it asks at once', () => {
    const rent: AccountEvent = { type: 'withdrawn', data: { amount: 1, reason: 'rent' } }
    expect(finds({ types: ['withdrawn'], search: 'rent', from: at(1) }, rent, 1)).toBe(true)
    expect(finds({ types: ['deposited'], search: 'rent' }, rent)).toBe(false)
    expect(finds({ types: ['withdrawn'], search: 'rent', from: at(1) }, rent, 0)).toBe(false)
  })

  it('has to look at every event, unless it asks for times alone', () => {
    expect(isSelective({ ...noFilter, from: at(0), until: at(1) })).toBe(false)
    expect(isSelective({ ...noFilter, search: 'x' })).toBe(true)
    expect(isSelective({ ...noFilter, types: ['closed'] })).toBe(true)
  })
})

describe('what an event says', () => {
  it('is in plain words', () => {
    expect(EVENT_TYPES.map(wordsFor)).toEqual([
      'opened',
      'deposited',
      'withdrawn',
      'transferred out',
      'transferred in',
      'transfer returned',
      'frozen',
      'unfrozen',
      'closed',
      'forgotten',
    ])
  })

  it('leaves out no type of event', () => {
    expect([...EVENT_TYPES].sort()).toEqual(Object.keys(SCHEMA_VERSIONS).sort())
  })

  it('has no note where nobody wrote one', () => {
    expect(noteOf(deposited(1))).toBeUndefined()
    expect(noteOf(forgotten)).toBeUndefined()
  })
})
