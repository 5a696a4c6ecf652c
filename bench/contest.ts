/** What is compared: one workload, done by Passbook and by its peers in turns, and measured in one or more figures. */

/** A figure of one round, by its name: `commands`, `bytes`, ... */
export type Figures = Readonly<Record<string, number>>

export interface Figure {
  readonly unit: string
  /** Which way is better. */
  readonly better: 'more' | 'less'
}

/** One that takes part, in a process of its own. Its module exports an {@link Open} as `open`. */
export interface Contender {
  readonly name: string
  readonly module: URL
  /** Told to its `open`; plain data. */
  readonly options?: unknown
}

export interface Contest {
  /** Such as `sqlite/64`. */
  readonly name: string
  readonly figures: Readonly<Record<string, Figure>>
  readonly ours: Contender
  readonly peers: readonly Contender[]
  /** How often each does its round. */
  readonly rounds?: number
}

export interface Suite {
  readonly name: string
  /** In one line: what is done, and against whom. */
  readonly description: string
  /** What has to be there for its contests, such as a database. They are told of it, and it goes when they are over. */
  readonly contests: () => Promise<Contests>
}

export interface Contests {
  readonly all: readonly Contest[]
  readonly close?: () => Promise<void>
}

/** Makes a contender ready: everything that is not to be measured is done before this resolves. */
export type Open<Options> = (options: Options) => Promise<Opened>

export interface Opened {
  /** Does the work once, checks that it was done, and says what it cost. Throws if it was not done. */
  readonly round: () => Promise<Figures>
  readonly close: () => Promise<void>
}

/** The unit is of `ours` and of `peer`; the ratio says how many times better ours is. */
export interface Row {
  readonly suite: string
  readonly case: string
  readonly ours: number
  readonly peer: number
  readonly ratio: number
  readonly unit: string
  readonly peerName: string
  /** Half of what lies between the smallest and the largest of the rounds, as a part of the median. */
  readonly oursSpread: number
  readonly peerSpread: number
}
