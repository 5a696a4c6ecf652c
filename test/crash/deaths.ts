/** How a server is to die, so that it is caught at everything that it does. */
import type { crashAt } from '../../src/crash-point.ts'
import type { StoreType } from './place.ts'
import type { Random } from './random.ts'

type Point = Parameters<ReturnType<typeof crashAt>>[0]

export type Death =
  /** After this part of the time that a start takes. */
  | { readonly type: 'starting'; readonly part: number }
  | ({ readonly type: 'running' } & Running)
  /** When it comes to this point for the so manieth time. */
  | { readonly type: 'at-point'; readonly point: Point; readonly count: number }
  /** The database dies first, and is started again. The server dies while it is down, or else some time later. */
  | { readonly type: 'after-database'; readonly database: Running; readonly server: Running | undefined }

/** A moment after so many commands were acknowledged. */
export interface Running {
  readonly acknowledged: number
  readonly afterMs: number
}

const TURNS: Readonly<Record<StoreType, readonly Death['type'][]>> = {
  sqlite: ['running', 'at-point', 'running', 'starting', 'at-point', 'running'],
  postgres: ['running', 'at-point', 'after-database', 'running', 'at-point', 'starting', 'running'],
}

const POINTS: Readonly<Record<StoreType, readonly Point[]>> = {
  sqlite: ['before-write', 'before-commit', 'after-commit'],
  postgres: ['before-write', 'after-commit'],
}

/** The death of the server that is started as number `turn`, counted from 0. */
export const deathOf = (turn: number, store: StoreType, random: Random): Death => {
  const type = TURNS[store][turn % TURNS[store].length]
  switch (type) {
    case 'starting':
      return { type, part: random.integer(20, 110) / 100 }
    case 'at-point': {
      const points = POINTS[store]
      const point = points[random.integer(0, points.length - 1)] ?? 'before-write'
      return { type, point, count: random.integer(1, 25) }
    }
    case 'after-database':
      return { type, database: running(random), server: random.chance(0.25) ? undefined : running(random) }
    default:
      return { type: 'running', ...running(random) }
  }
}

const running = (random: Random): Running => ({
  acknowledged: random.integer(0, 200),
  afterMs: random.integer(0, 30),
})
