import { rm } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { LYING_SERVER, type Report, run } from './harness.ts'
import type { Offence } from './offence.ts'

const typesOf = (offences: readonly Offence[]): ReadonlySet<Offence['type']> =>
  new Set(offences.map(({ type }) => type))

const expectWork = ({ acknowledged, unknown, events, transfers, returned }: Report): void => {
  expect(acknowledged).toBeGreaterThan(200)
  expect(unknown).toBeGreaterThan(0)
  expect(events).toBeGreaterThan(200)
  expect(transfers).toBeGreaterThan(50)
  expect(returned).toBeGreaterThan(0)
}

// Each seed has its servers die in every way, and late enough to have done something.
describe('servers that are killed at work, and started again', () => {
  it('lose and double nothing on SQLite, and every transfer arrives once', async () => {
    const report = await run({ kills: 6, store: 'sqlite', seed: 2 })
    expect(report).toMatchObject({ offences: [], kills: 6, folder: undefined })
    expectWork(report)
    for (const type of ['transferredOut', 'transferredIn', 'transferReturned']) {
      expect([...report.points.keys()]).toContainEqual(expect.stringContaining(`of ${type}`))
    }
  }, 120_000)

  it('lose and double nothing on PostgreSQL, which is killed, too, and every transfer arrives once', async () => {
    const report = await run({ kills: 4, store: 'postgres', seed: 15 })
    expect(report).toMatchObject({ offences: [], kills: 4, databaseKills: 1, folder: undefined })
    expectWork(report)
  }, 120_000)

  it('are found out if they answer before they commit', async () => {
    const report = await run({ kills: 3, store: 'sqlite', seed: 11, script: LYING_SERVER })
    expect(typesOf(report.offences)).toEqual(new Set(['lost']))
    if (report.folder) await rm(report.folder, { recursive: true })
  }, 120_000)
})
