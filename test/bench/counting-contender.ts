// A contender that writes down its rounds, and fails in the one that it is told to.

import { appendFileSync } from 'node:fs'
import type { Open } from '../../bench/contest.ts'

interface Options {
  readonly name: string
  readonly diary: string
  readonly failsIn?: number
}

export const open: Open<Options> = async ({ name, diary, failsIn }) => {
  const note = (what: string) => appendFileSync(diary, `${name} ${what}\n`)
  let rounds = 0
  note('open')
  return {
    round: async () => {
      rounds += 1
      note(`round ${rounds}`)
      if (rounds === failsIn) throw new Error('the balance is wrong')
      return { rounds }
    },
    close: async () => note('close'),
  }
}
