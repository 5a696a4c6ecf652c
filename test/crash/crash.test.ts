import { rm } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { Offence } from './audit.ts'
import { LYING_SERVER, run } from './harness.ts'

const typesOf = (offences: readonly Offence[]): ReadonlySet<Offence['type']> =>
  new Set(offences.map(({ type }) => type))

// Each seed has its servers die in every way, and late enough to have done something.
describe('servers that are killed at work, and started again', () => {
  it('lose and double nothing on SQLite', async () => {
    const report = await run({ kills: 6, store: 'sqlite', seed: 7 })
    expect(report).toMatchObject({ offences: [], kills: 6, folder: undefined })
    expect(report.acknowledged).toBeGreaterThan(200)
    expect(report.unknown).toBeGreaterThan(0)
    expect(report.events).toBeGreaterThan(200)
  }, 120_000)

  it('lose and double nothing on PostgreSQL, which is killed, too', async () => {
    const report = await run({ kills: 4, store: 'postgres', seed: 7 })
    expect(report).toMatchObject({ offences: [], kills: 4, databaseKills: 1, folder: undefined })
    expect(report.acknowledged).toBeGreaterThan(200)
    expect(report.unknown).toBeGreaterThan(0)
    expect(report.events).toBeGreaterThan(200)
  }, 120_000)

  it('are found out if they answer before they commit', async () => {
    const report = await run({ kills: 3, store: 'sqlite', seed: 11, script: LYING_SERVER })
    expect(typesOf(report.offences)).toEqual(new Set(['lost']))
    if (report.folder) await rm(report.folder, { recursive: true })
  }, 120_000)
})
