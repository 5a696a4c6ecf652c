/** How a server is to die, so that it is caught at everything that it does. */
import type { crashAt } from '../../src/crash-point.ts'
import type { AccountEvent } from '../../src/events/event.ts'
import type { StoreType } from './place.ts'
import type { Random } from './random.ts'

type Point = Parameters<ReturnType<typeof crashAt>>[0]

export type Death =
  /** After this part of the time that a start takes. */
  | { readonly type: 'starting'; readonly part: number }
  | ({ readonly type: 'running' } & Running)
  /** When it comes to this point for the so manieth time; or of those commits alone that have such an event in them. */
  | {
      readonly type: 'at-point'
      readonly point: Point
      readonly count: number
      readonly within?: AccountEvent['type']
    }
  /** The database dies first, and is started again. The server dies while it is down, or else some time later. */
  | { readonly type: 'after-database'; readonly database: Running; readonly server: Running | undefined }

/** A moment after so many commands were acknowledged. */
export interface Running {
  readonly acknowledged: number
  readonly afterMs: number
}

type Turn = Death['type'] | TransferEvent

type TransferEvent = 'transferredOut' | 'transferredIn' | 'transferReturned'

/** A transfer's event among them: at a point of a commit with such an event in it. */
const TURNS: Readonly<Record<StoreType, readonly Turn[]>> = {
  sqlite: ['running', 'transferredOut', 'at-point', 'transferredIn', 'starting', 'transferReturned'],
  postgres: [
    'running',
    'transferReturned',
    'after-database',
    'transferredIn',
    'at-point',
    'starting',
    'transferredOut',
  ],
}

const POINTS: Readonly<Record<StoreType, readonly Point[]>> = {
  sqlite: ['before-write', 'before-commit', 'after-commit'],
  postgres: ['before-write', 'after-commit'],
}

/** The death of the server that is started as number `turn`, counted from 0. */
export const deathOf = (turn: number, store: StoreType, random: Random): Death => {
  const turns = TURNS[store]
  const type = turns[turn % turns.length] ?? 'running'
  const points = POINTS[store]
  const point = points[random.integer(0, points.length - 1)] ?? 'before-write'
  switch (type) {
    case 'starting':
      return { type, part: random.integer(20, 110) / 100 }
    case 'at-point':
      return { type, point, count: random.integer(1, 25) }
    case 'transferredOut':
    case 'transferredIn':
      return { type: 'at-point', point, count: random.integer(1, 15), within: type }
    case 'transferReturned':
      return { type: 'at-point', point, count: random.integer(1, 3), within: type }
    case 'after-database':
      return { type, database: running(random), server: random.chance(0.25) ? undefined : running(random) }
    case 'running':
      return { type, ...running(random) }
  }
}

const running = (random: Random): Running => ({
  acknowledged: random.integer(0, 200),
  afterMs: random.integer(0, 30),
})
