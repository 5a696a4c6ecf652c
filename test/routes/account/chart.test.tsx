import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { emptyOutline, extend, MAX_BUCKETS, type Outline } from '../../../src/projection/outline.ts'
import { BalanceChart } from '../../../src/routes/account/chart.tsx'
import { launchBrowser } from '../../support/browser.ts'
import { faultsOf } from '../../support/page.ts'

interface Looking {
  readonly cursor?: number
  readonly balance?: number
  readonly currency?: string
}

const outlineOf = (balances: readonly number[]): Outline =>
  balances.reduce((outline, balance, index) => extend(outline, index + 1, balance), emptyOutline)

/** The chart of an account whose balance took this course. */
const chartOf = (balances: readonly number[], { currency = 'USD', ...looking }: Looking = {}): string =>
  String(
    <BalanceChart outline={outlineOf(balances)} version={balances.length} currency={currency} {...looking} />,
  )

const wordsOf = (chart: string): string | undefined => /aria-label="([^"]*)"/.exec(chart)?.[1]

const pathOf = (chart: string, name: string): string => {
  const [, path] = new RegExp(`<path class="${name}" d="([^"]*)"`).exec(chart) ?? []
  if (path === undefined) throw new Error(`There is no path ${name}.`)
  return path
}

type Corner = readonly [x: number, y: number]

/** Where a path of M, L and V turns. */
const cornersOf = (path: string): Corner[] => {
  const corners: Corner[] = []
  for (const [, command, numbers = ''] of path.matchAll(/([MLV])([^A-Z]*)/g)) {
    const [first = Number.NaN, second = Number.NaN] = numbers.split(',').map(Number)
    corners.push(command === 'V' ? [corners.at(-1)?.[0] ?? Number.NaN, first] : [first, second])
  }
  return corners
}

const drawn = (chart: string): Corner[] =>
  ['course', 'excursions'].flatMap((name) => cornersOf(pathOf(chart, name)))

const [WIDTH, TOP, GROUND] = [2000, 6, 294]

const amount = fc.oneof(fc.nat(1_000), fc.nat(Number.MAX_SAFE_INTEGER))
/** A balance that was something else now and then, over up to four times as many events as there are buckets. */
const historyOf = (balance: fc.Arbitrary<number>): fc.Arbitrary<number[]> =>
  fc
    .tuple(balance, fc.integer({ min: 1, max: 4 * MAX_BUCKETS }), fc.array(fc.tuple(fc.nat(), balance)))
    .map(([usual, length, others]) => {
      const balances = Array.from({ length }, () => usual)
      for (const [at, other] of others) balances[at % length] = other
      return balances
    })

const CLUB = [100_000, 150_000, 130_000, 120_000, 95_000, 165_000, 163_750]

describe('the line', () => {
  it('starts at nothing and has a step for each event, which ends at its version', () => {
    expect(cornersOf(pathOf(chartOf([100, 200, 50]), 'course'))).toEqual([
      [0, 294],
      [0, 294],
      [0, 150],
      [667, 150],
      [667, 6],
      [1333, 6],
      [1333, 222],
      [2000, 222],
      [2000, 222],
    ])
  })

  it('has the ground below it filled', () => {
    const chart = chartOf([100, 200, 50])
    expect(pathOf(chart, 'area')).toBe(`${pathOf(chart, 'course')}V${GROUND}H0Z`)
  })

  it('lies on the ground for an account that never held anything', () => {
    expect(new Set(drawn(chartOf([0, 0, 0])).map(([, y]) => y))).toEqual(new Set([GROUND]))
  })

  it('has a ground below which it goes when less than nothing is there', () => {
    const chart = chartOf([100, -100])
    expect(pathOf(chart, 'ground')).toBe('M0,150H2000')
    expect(Math.max(...drawn(chart).map(([, y]) => y))).toBe(GROUND)
  })

  it('reaches the right edge at the newest version, though the last bucket is not full', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 * MAX_BUCKETS }), (length) => {
        const chart = chartOf(Array.from({ length }, () => 100))
        expect(cornersOf(pathOf(chart, 'course')).at(-1)?.[0]).toBe(WIDTH)
      }),
    )
  })

  it('keeps the highest and the lowest balance, however many events share a bucket', () => {
    fc.assert(
      fc.property(historyOf(amount), (balances) => {
        const highest = Math.max(...balances, 1)
        const yOf = (balance: number) => GROUND - ((GROUND - TOP) * balance) / highest
        // The line begins on the ground, before the first event.
        const heights = drawn(chartOf(balances))
          .slice(2)
          .map(([, y]) => y)
        expect(Math.abs(Math.min(...heights) - yOf(Math.max(...balances)))).toBeLessThan(1)
        expect(Math.abs(Math.max(...heights) - yOf(Math.min(...balances)))).toBeLessThan(1)
      }),
      { numRuns: 40 },
    )
  })

  it('is drawn in whole units inside of the picture, whatever the balances', () => {
    fc.assert(
      fc.property(historyOf(fc.maxSafeInteger()), (balances) => {
        const isInside = ([x, y]: Corner) => x >= 0 && x <= WIDTH && y >= TOP && y <= GROUND
        const isRight = (corner: Corner) => corner.every(Number.isInteger) && isInside(corner)
        expect(drawn(chartOf(balances)).filter((corner) => !isRight(corner))).toEqual([])
      }),
      { numRuns: 40 },
    )
  })
})

describe('what many events share', () => {
  it('shows how far down and up it went, in the middle of them', () => {
    const outline: Outline = { width: 4, buckets: [{ low: 0, high: 400, close: 100 }] }
    const chart = String(<BalanceChart outline={outline} version={4} currency="USD" />)
    expect(pathOf(chart, 'excursions')).toBe(`M1000,${GROUND}V${TOP}`)
  })

  it('shows nothing more where the balance stayed', () => {
    const outline: Outline = { width: 4, buckets: [{ low: 100, high: 100, close: 100 }] }
    const chart = String(<BalanceChart outline={outline} version={4} currency="USD" />)
    expect(pathOf(chart, 'excursions')).toBe('')
  })

  it('takes no more than 7.5 KB, 2.5 KB compressed, for a billion events with the longest of numbers', () => {
    const bucket = fc.tuple(amount, amount, amount).map((balances) => {
      const [low = 0, close = 0, high = 0] = balances.toSorted((a, b) => a - b)
      return { low, close, high }
    })
    const buckets = fc.array(bucket, { minLength: MAX_BUCKETS, maxLength: MAX_BUCKETS })
    fc.assert(
      fc.property(buckets, (buckets) => {
        const outline = { width: 2 ** 23, buckets }
        const version = MAX_BUCKETS * outline.width
        const chart = String(
          <BalanceChart outline={outline} version={version} currency="KWD" cursor={version - 1} />,
        )
        expect(chart.length).toBeLessThan(7_500)
        expect(gzipSync(chart).length).toBeLessThan(2_500)
      }),
      { numRuns: 50 },
    )
  })
})

describe('the cursor', () => {
  const cursorIn = (chart: string) => ({
    line: pathOf(chart, 'cursor'),
    dot: pathOf(chart, 'here'),
    veil: /<rect class="veil" x="(\d+)" width="(\d+)"/.exec(chart)?.slice(1).map(Number),
  })

  it('stands at the end and dims nothing when live', () => {
    expect(cursorIn(chartOf([100, 200, 50]))).toEqual({
      line: 'M2000,0V300',
      dot: 'M2000,222V222',
      veil: [2000, 0],
    })
  })

  it('stands where a version ends, on its balance, and dims what came after', () => {
    expect(cursorIn(chartOf([100, 200, 50, 50], { cursor: 1 }))).toEqual({
      line: 'M500,0V300',
      dot: 'M500,150V150',
      veil: [500, 1500],
    })
  })

  it('stands at the left edge, on nothing, before the first event', () => {
    expect(cursorIn(chartOf([100, 200], { cursor: 0 }))).toEqual({
      line: 'M0,0V300',
      dot: `M0,${GROUND}V${GROUND}`,
      veil: [0, 2000],
    })
  })

  it('spans what the balance may have been, within a bucket, unless it is told', () => {
    const outline: Outline = { width: 4, buckets: [{ low: 0, high: 400, close: 100 }] }
    const chart = (balance?: number) =>
      String(<BalanceChart outline={outline} version={4} currency="USD" cursor={3} balance={balance} />)
    expect(cursorIn(chart()).dot).toBe(`M1500,${GROUND}V${TOP}`)
    expect(cursorIn(chart(200)).dot).toBe('M1500,150V150')
  })

  it('moves without an element more or less, so that a push changes attributes alone', () => {
    const shape = (chart: string) => chart.match(/<\w+/g)
    expect(shape(chartOf(CLUB, { cursor: 3 }))).toEqual(shape(chartOf(CLUB)))
  })
})

describe('in words', () => {
  it('says over how many events, the highest, the lowest and the balance now', () => {
    expect(wordsOf(chartOf(CLUB))).toBe(
      'Balance over 7 events: highest $1,650.00 at event 6, lowest $950.00 at event 5, $1,637.50 now.',
    )
  })

  it('says the balance after the version that is looked at', () => {
    expect(wordsOf(chartOf(CLUB, { cursor: 4 }))).toMatch(/, \$1,200\.00 after event 4\.$/)
    expect(wordsOf(chartOf(CLUB, { cursor: 0 }))).toMatch(/, \$0\.00 before the first event\.$/)
  })

  it('says one number once where there is only one', () => {
    expect(wordsOf(chartOf([500]))).toBe('Balance over one event: $5.00 throughout, $5.00 now.')
    expect(wordsOf(chartOf([500, 500]))).toBe('Balance over 2 events: $5.00 throughout, $5.00 now.')
  })

  it('names the events that share a bucket, the last of which may not be full', () => {
    const balances = Array.from({ length: 1_003 }, (_, index) => 100_000 + index)
    expect(wordsOf(chartOf(balances))).toBe(
      'Balance over 1,003 events: highest $1,010.02 within events 1,001 to 1,003, lowest $1,000.00 within events 1 to 8, $1,010.02 now.',
    )
  })

  it('claims no more than is known of a version within a bucket, unless it is told', () => {
    const balances = Array.from({ length: 1_000 }, (_, index) => 100_000 + index)
    expect(wordsOf(chartOf(balances, { cursor: 12 }))).toMatch(
      /, between \$1,000\.08 and \$1,000\.15 after event 12\.$/,
    )
    expect(wordsOf(chartOf(balances, { cursor: 16 }))).toMatch(/, \$1,000\.15 after event 16\.$/)
    expect(wordsOf(chartOf(balances, { cursor: 12, balance: 100_011 }))).toMatch(
      /, \$1,000\.11 after event 12\.$/,
    )
  })

  it('has the extremes as text as well, in the currency of the account', () => {
    const chart = chartOf([1200, 300], { currency: 'JPY' })
    expect(chart).toContain('Highest <b>¥1,200</b>')
    expect(chart).toContain('Lowest <b>¥300</b>')
  })

  it('is calm about an account without events', () => {
    const chart = chartOf([])
    expect(wordsOf(chart)).toBe('No events yet: the balance is $0.00.')
    expect(chart).toContain('<figcaption><span>Begins with the first event.</span></figcaption>')
  })
})

describe('on the page', () => {
  let browser: Browser
  let css: string

  beforeAll(async () => {
    const sheet = (name: string) =>
      readFile(new URL(`../../../src/routes/styles/${name}.css`, import.meta.url), 'utf8')
    css = (await Promise.all([sheet('base'), sheet('chart')])).join('\n')
    browser = await launchBrowser()
  })

  afterAll(() => browser.close())

  const open = async (chart: string, { width = 360, scheme = 'light' as 'light' | 'dark' } = {}) => {
    const page = await browser.newPage({ viewport: { width, height: 600 }, colorScheme: scheme })
    await page.setContent(
      `<!doctype html><html lang="en"><title>Chart</title><style>${css}</style><main><section><h1>Balance</h1>${chart}`,
    )
    return page
  }

  const LARGEST = chartOf([Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1], { currency: 'KWD' })

  it.each([
    360, 840, 1200,
  ])('is as high without events as with the longest numbers, %d px wide', async (width) => {
    const sizes = [chartOf([]), chartOf(CLUB, { cursor: 3 }), LARGEST].map(async (chart) => {
      const page = await open(chart, { width })
      const size = await page.locator('#chart').boundingBox()
      const overflows = await page.evaluate(() => {
        const caption = document.querySelector('figcaption')
        return (
          document.documentElement.scrollWidth > innerWidth ||
          !caption ||
          caption.scrollWidth > caption.clientWidth
        )
      })
      await page.close()
      return { height: size?.height, width: size?.width, overflows }
    })
    const [first, ...others] = await Promise.all(sizes)
    expect(first?.overflows).toBe(false)
    expect(first?.height).toBeGreaterThan(100)
    for (const other of others) expect(other).toEqual(first)
  })

  it('leaves its strokes and its dot as they are however much it is stretched', async () => {
    const page = await open(chartOf(CLUB))
    const effects = await page.evaluate(() =>
      [...document.querySelectorAll('#chart path')].map((path) => getComputedStyle(path).vectorEffect),
    )
    expect(new Set(effects)).toEqual(new Set(['non-scaling-stroke']))
    await page.close()
  })

  it.each(['light', 'dark'] as const)('has nothing at fault for axe, %s', async (scheme) => {
    const page = await open(chartOf(CLUB, { cursor: 3 }), { scheme })
    expect(await faultsOf(page)).toEqual([])
    await page.close()
  })

  it('needs no inline style, which the policy of the pages forbids', () => {
    expect(chartOf(CLUB, { cursor: 3 })).not.toContain('style=')
  })
})
