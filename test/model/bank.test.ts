import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Bank, inFile, inMemory, type Open } from './bank.ts'
import { bankCommands, Hold, openSome } from './commands.ts'
import { Model } from './model.ts'

/** Gives all that was seen to happen. */
const expectLikeModel = async (place: () => Open, numRuns: number): Promise<ReadonlySet<string>> => {
  const seen = new Set<string>()
  const run = fc.asyncProperty(fc.boolean(), bankCommands, async (isHeld, commands) => {
    const [bank, model] = [await Bank.start(place()), new Model()]
    try {
      await openSome(model, bank)
      if (isHeld) await new Hold().run(model, bank)
      await fc.asyncModelRun(() => ({ model, real: bank }), commands)
    } finally {
      await bank.stop()
    }
    for (const what of model.seen) seen.add(what)
  })
  await fc.assert(run, { numRuns, unbiased: true })
  return seen
}

/** All that can come of a command and of a transfer. */
const ALL = `accepted already-closed already-frozen already-open arrived balance-left closed frozen id-taken
  insufficient-funds invalid-amount not-frozen other-currency payee-closed payee-frozen returned same-account
  transfer-under-way unknown-account unknown-payee`.split(/\s+/)

describe('whatever several accounts are asked, in whatever order and with restarts in between, they do as their model', () => {
  it('in memory, where the runs leave no outcome out', async () => {
    const seen = await expectLikeModel(inMemory, 200)
    expect([...seen].sort()).toEqual(ALL)
  }, 60_000)

  it('on SQLite', async () => {
    await expectLikeModel(inFile, 30)
  }, 60_000)
})
