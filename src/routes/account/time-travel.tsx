/** The controls of time: a slider over the versions, step and play, and a date and time to look at. */
import type { FC } from 'hono/jsx'
import { accountPath } from '../addresses.ts'
import {
  followLooks,
  followVersion,
  goBack,
  goForward,
  lookAgain,
  nameInAddress,
  play,
  slide,
  tick,
  travel,
} from '../expressions.ts'
import { ZONE } from '../times.ts'

interface SliderProps {
  readonly newest: number
  /** The version looked at; undefined is live. */
  readonly version: number | undefined
}

interface TimeTravelProps extends SliderProps {
  readonly id: string
  /** The day and the time that were asked for; empty if a version was. */
  readonly day: string
  readonly time: string
}

/** The slider needs JavaScript; the date and time do not. */
export const TimeTravel: FC<TimeTravelProps> = ({ id, newest, version, day, time }) => {
  const { look, lookAtTime } = travel(accountPath(id, 'look'))
  return (
    <section
      id="travel"
      class="travel"
      aria-label="Time travel"
      data-on:look={look}
      data-on:datastar-fetch={lookAgain}
      data-effect={nameInAddress}
    >
      <Slider newest={newest} version={version} />
      <div class="versions">
        <button
          id="play"
          type="button"
          aria-keyshortcuts="p"
          data-attr:aria-label="$_playing ? 'Pause' : 'Play'"
          aria-label="Play"
          data-on:click={play}
          {...{ 'data-on-interval__duration.250ms': tick }}
          data-text="$_playing ? '⏸' : '▶'"
        >
          ▶
        </button>
        <button
          id="back"
          type="button"
          aria-label="One event back"
          aria-keyshortcuts=","
          data-on:click={goBack}
        >
          ←
        </button>
        <button
          id="forward"
          type="button"
          aria-label="One event forward"
          aria-keyshortcuts="."
          data-on:click={goForward}
        >
          →
        </button>
        <label class="unseen" for="speed">
          Speed
        </label>
        <select id="speed" data-bind="_speed">
          {SPEEDS.map((speed) => (
            <option value={speed} selected={speed === USUAL_SPEED}>
              {`${speed.toLocaleString('en-US')}/s`}
            </option>
          ))}
        </select>
      </div>
      <form id="at-form" method="get" action={accountPath(id)} data-on:submit__prevent={lookAtTime}>
        <label for="at">Day</label>
        <input id="at" type="date" name="at" required value={day} data-bind="at" />
        <label for="at-time">Time ({ZONE})</label>
        <input id="at-time" type="time" name="time" step="1" value={time} data-bind="time" />
        <button id="at-go" type="submit">
          Look
        </button>
        <p
          id="look-error"
          class="error"
          role="alert"
          data-on:datastar-fetch={followLooks}
          data-text="$_lookError"
        ></p>
      </form>
    </section>
  )
}

/** Events a second. */
const SPEEDS = [1, 4, 20, 100, 1_000, 10_000]
const USUAL_SPEED = 4

/** From before the first event to the newest, which is live. No push replaces it: somebody may be moving it. */
const Slider: FC<SliderProps> = ({ newest, version = newest }) => (
  <input
    id="slider"
    type="range"
    min="0"
    max={newest}
    value={version}
    aria-label="Version"
    {...{ 'data-on:input__throttle.100ms.trailing': slide }}
    data-effect={followVersion}
  />
)
