/** What everybody who keeps checkpoints promises: the port in `src/projection/checkpoints.ts` in its long form. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Checkpoints } from '../../src/projection/checkpoints.ts'
import { oneTo } from '../events/sample-events.ts'
import { type Opened, withOpened } from './opened.ts'

export interface OpenCheckpoints extends Opened {
  readonly checkpoints: Checkpoints
  /** The same ones, on another connection. */
  readonly again?: () => Promise<OpenCheckpoints>
}

/** `open` gives empty ones each time; the suite closes them. */
export const checkpointsContract = (name: string, open: () => Promise<OpenCheckpoints>) =>
  describe(`${name}: checkpoints`, () => {
    const withCheckpoints = withOpened(open)

    it(
      'are 0 at first',
      withCheckpoints(async ({ checkpoints }) => {
        expect(await checkpoints.get('transfers')).toBe(0)
      }),
    )

    it.each([1, 12, Number.MAX_SAFE_INTEGER])('stand where they were moved to: %d', (position) =>
      withCheckpoints(async ({ checkpoints }) => {
        await checkpoints.advance('transfers', position)
        expect(await checkpoints.get('transfers')).toBe(position)
      })())

    it(
      'are one for each name',
      withCheckpoints(async ({ checkpoints }) => {
        const names = ['transfers', 'Transfers', 'transfers ', 'it\'s "quoted"; -- 💶']
        for (const [index, name] of names.entries()) await checkpoints.advance(name, index + 1)
        expect(await Promise.all(names.map((name) => checkpoints.get(name)))).toEqual([1, 2, 3, 4])
        expect(await checkpoints.get('TRANSFERS')).toBe(0)
      }),
    )

    it(
      'never go back, whatever they are told, one after the other or at once',
      withCheckpoints(async ({ checkpoints }) => {
        let runs = 0
        const positions = fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 8 })
        const property = async (told: readonly number[], together: readonly number[]) => {
          const name = `run ${++runs}`
          let furthest = 0
          for (const position of told) {
            await checkpoints.advance(name, position)
            furthest = Math.max(furthest, position)
            expect(await checkpoints.get(name)).toBe(furthest)
          }
          await Promise.all(together.map((position) => checkpoints.advance(name, position)))
          expect(await checkpoints.get(name)).toBe(Math.max(furthest, ...together))
        }
        await fc.assert(fc.asyncProperty(positions, positions, property), { numRuns: 30 })
      }),
    )

    it(
      'are the same for all who are connected, and still there when opened again',
      withCheckpoints(async ({ checkpoints, again }) => {
        if (!again) return
        await checkpoints.advance('transfers', 12)
        const other = await again()
        expect(await other.checkpoints.get('transfers')).toBe(12)
        await Promise.all(
          oneTo(10).map((position) =>
            (position % 2 === 0 ? checkpoints : other.checkpoints).advance('transfers', 12 + position),
          ),
        )
        await other.close()
        const reopened = await again()
        expect(await reopened.checkpoints.get('transfers')).toBe(22)
        await reopened.close()
      }),
    )
  })
