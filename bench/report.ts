/** Figures for people: one line for each row, as it is measured, and the machine that they were measured on. */
import { cpus, loadavg, platform, release, totalmem } from 'node:os'
import type { Row } from './contest.ts'

export const machine = (): string => {
  const [cpu] = cpus()
  const [load = 0] = loadavg()
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`
  return (
    `${cpus().length} x ${cpu?.model.trim()}, ${memory}, ${platform()} ${release()}, Node ${process.version},` +
    ` ${new Date().toISOString().slice(0, 16)}Z, load ${load.toFixed(1)} before`
  )
}

const COLUMNS = [36, 14, 14, 9] as const

const line = (name: string, ours: string, peer: string, ratio: string, rest: string): string =>
  [
    name.padEnd(COLUMNS[0]),
    ours.padStart(COLUMNS[1]),
    peer.padStart(COLUMNS[2]),
    ratio.padStart(COLUMNS[3]),
    ` ${rest}`,
  ].join(' ')

export const heading = line('case', 'ours', 'peer', 'ratio', 'unit, spread of the rounds')

export const lineOf = ({
  case: name,
  ours,
  peer,
  ratio,
  unit,
  peerName,
  oursSpread,
  peerSpread,
}: Row): string =>
  line(
    name,
    written(ours),
    written(peer),
    written(ratio),
    `${unit}, ±${percent(oursSpread)} / ±${percent(peerSpread)}, ${peerName}`,
  )

/** Three digits that say something, but all of a whole number. */
const written = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3)

const percent = (part: number): string => `${Math.round(part * 100)}%`
