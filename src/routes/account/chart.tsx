/**
 * The course of a balance as a picture and in words: server-rendered SVG, as small for a million events as for a few
 * hundred, with every extreme. Across goes the version, so that it lines up with a slider from 0 to the newest one.
 */
import { scaleLinear } from 'd3-scale'
import { curveStepAfter, line } from 'd3-shape'
import type { FC } from 'hono/jsx'
import { formatMoney } from '../../events/money.ts'
import type { Outline } from '../../projection/outline.ts'

interface BalanceChartProps {
  /** Of the element, which is what a push replaces. */
  readonly id?: string
  readonly outline: Outline
  /** The newest one in the outline. */
  readonly version: number
  readonly currency: string
  /** The version that is looked at in the past, at most `version`; undefined is live. */
  readonly cursor?: number | undefined
  /** The balance at the cursor. Without it, wide buckets tell only between what and what it was. */
  readonly balance?: number | undefined
}

export const BalanceChart: FC<BalanceChartProps> = (props) => {
  const { id = 'chart', version, cursor = version } = props
  const { x, y } = scalesOf(props)
  const course = courseOf(props)
  const { low, high } = hereIn(props)
  return (
    <figure id={id} class="chart">
      <figcaption>
        {version === 0 ? <span>Begins with the first event.</span> : <Extremes {...props} />}
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={inWords(props)}
      >
        <path class="area" d={`${course}V${y(0)}H0Z`} />
        <path class="ground" d={`M0,${y(0)}H${WIDTH}`} />
        <path class="excursions" d={excursionsOf(props)} />
        <path class="course" d={course} />
        <rect class="veil" x={x(cursor)} width={WIDTH - x(cursor)} height={HEIGHT} />
        <path class="cursor" d={`M${x(cursor)},0V${HEIGHT}`} />
        <path class="here" d={`M${x(cursor)},${y(low)}V${y(high)}`} />
      </svg>
    </figure>
  )
}

const Extremes: FC<BalanceChartProps> = ({ outline, currency }) => {
  const { highest, lowest } = extremesOf(outline)
  return (
    <>
      <span>
        Highest <b>{formatMoney(highest, currency)}</b>
      </span>
      <span>
        Lowest <b>{formatMoney(lowest, currency)}</b>
      </span>
    </>
  )
}

/** The picture is stretched to the room there is. So many units that whole numbers are fine enough. */
const WIDTH = 2000
const HEIGHT = 300

/** Room for the width of the stroke, above the highest balance and below the lowest. */
const MARGIN = 6

/** Heights are from nothing on, so that they compare. An account that never held anything lies on the ground. */
const scalesOf = ({ outline, version }: BalanceChartProps) => {
  const { highest, lowest } = extremesOf(outline)
  return {
    x: scaleLinear()
      .domain([0, Math.max(version, 1)])
      .rangeRound([0, WIDTH]),
    y: scaleLinear()
      .domain([Math.min(lowest, 0), Math.max(highest, 1)])
      .rangeRound([HEIGHT - MARGIN, MARGIN]),
  }
}

type Point = readonly [version: number, balance: number]

/** What an event left behind is drawn up to its version: right of a cursor lies what came after it. */
const courseOf = (props: BalanceChartProps): string => {
  const { outline, version } = props
  const { x, y } = scalesOf(props)
  const closes = outline.buckets.map(({ close }, index): Point => [index * outline.width, close])
  const [, latest] = closes.at(-1) ?? [0, 0]
  const step = line<Point>()
    .x(([at]) => x(at))
    .y(([, balance]) => y(balance))
    .curve(curveStepAfter)
  return step([[0, 0], ...closes, [version, latest]]) ?? ''
}

/** How far down and up the balance went within each bucket: an upright line in its middle. */
const excursionsOf = (props: BalanceChartProps): string => {
  const { x, y } = scalesOf(props)
  return props.outline.buckets
    .map(({ low, high }, index) => {
      const [first, last] = eventsOf(props, index)
      return y(low) === y(high) ? '' : `M${x((first - 1 + last) / 2)},${y(low)}V${y(high)}`
    })
    .join('')
}

/** The first and the last event of a bucket. */
const eventsOf = ({ outline, version }: BalanceChartProps, index: number): readonly [number, number] => [
  index * outline.width + 1,
  Math.min((index + 1) * outline.width, version),
]

const extremesOf = ({ buckets }: Outline) =>
  buckets.length === 0
    ? { highest: 0, lowest: 0 }
    : {
        highest: Math.max(...buckets.map(({ high }) => high)),
        lowest: Math.min(...buckets.map(({ low }) => low)),
      }

/** Between what and what the balance at the cursor lies, which is one number wherever that is known. */
const hereIn = (props: BalanceChartProps): { readonly low: number; readonly high: number } => {
  const { outline, version, cursor = version, balance } = props
  if (balance !== undefined) return { low: balance, high: balance }
  const index = Math.ceil(cursor / outline.width) - 1
  const bucket = outline.buckets[index]
  if (!bucket) return { low: 0, high: 0 }
  const [, last] = eventsOf(props, index)
  return cursor === last ? { low: bucket.close, high: bucket.close } : bucket
}

/** `Balance over 7 events: highest $1,650.00 at event 6, lowest $950.00 at event 5, $1,200.00 after event 4.` */
const inWords = (props: BalanceChartProps): string => {
  const { outline, version, currency, cursor } = props
  const money = (amount: number) => formatMoney(amount, currency)
  const { low, high } = hereIn(props)
  const balance = low === high ? money(low) : `between ${money(low)} and ${money(high)}`
  if (version === 0) return `No events yet: the balance is ${balance}.`

  const { highest, lowest } = extremesOf(outline)
  const top = outline.buckets.findIndex((bucket) => bucket.high === highest)
  const bottom = outline.buckets.findIndex((bucket) => bucket.low === lowest)
  const extremes =
    highest === lowest
      ? `${money(highest)} throughout`
      : `highest ${money(highest)} ${placeOf(props, top)}, lowest ${money(lowest)} ${placeOf(props, bottom)}`
  const events = version === 1 ? 'one event' : `${written(version)} events`
  return `Balance over ${events}: ${extremes}, ${balance} ${whenOf(cursor)}.`
}

const whenOf = (cursor: number | undefined): string => {
  if (cursor === undefined) return 'now'
  return cursor === 0 ? 'before the first event' : `after event ${written(cursor)}`
}

const placeOf = (props: BalanceChartProps, index: number): string => {
  const [first, last] = eventsOf(props, index)
  return first === last ? `at event ${written(first)}` : `within events ${written(first)} to ${written(last)}`
}

const written = (version: number): string => version.toLocaleString('en-US')
