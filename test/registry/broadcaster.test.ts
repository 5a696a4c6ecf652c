import fc from 'fast-check'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { Broadcaster, type BroadcasterOptions } from '../../src/registry/broadcaster.ts'
import type { Frame } from '../../src/registry/frame.ts'
import { gate } from '../events/gate.ts'
import { type Client, fakeTimers, HUGE, realTimers, streamServer, type Tab, until, view } from './support.ts'

// The broadcaster's pauses are on the clock that these tests can fake.
vi.mock('node:timers/promises', async (original) => ({
  ...(await original<typeof import('node:timers/promises')>()),
  setTimeout: (ms: number) => new Promise((resolve) => globalThis.setTimeout(resolve, ms)),
}))

const { open } = streamServer()
afterEach(realTimers)

const openThree = () => Promise.all([open(), open(), open()])

const leave = async ({ stream }: Tab) => {
  stream.drop()
  await new Promise<void>((resolve) => stream.onClose(resolve))
}

/** A broadcaster of views that show a topic's number: `state` of it, and how often it was rendered. */
const broadcasting = (options: Partial<BroadcasterOptions> = {}) => {
  const states = new Map<string, number>()
  const name = (topic: string) => `${topic}-${states.get(topic) ?? 0}`
  const render = vi.fn((topic: string): Frame | Promise<Frame> => view(name(topic)))
  const onError = vi.fn()
  const broadcaster = new Broadcaster(render, { onError, ...options })
  const change = (topic: string) => {
    states.set(topic, (states.get(topic) ?? 0) + 1)
    broadcaster.changed(topic)
  }
  const rendersOf = (topic: string) => render.mock.calls.filter(([rendered]) => rendered === topic).length
  return { broadcaster, render, rendersOf, onError, change, name }
}

/** Lets what is due run, and the fake time pass. */
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

const shows = (client: Client, name: string) => until(() => client.views.at(-1) === name)

/** Renders that take until they are released, each showing what was true when it began. */
const hold = (render: ReturnType<typeof broadcasting>['render'], name: (topic: string) => string) => {
  const releases: (() => void)[] = []
  render.mockImplementation((topic) => {
    const rendered = view(name(topic))
    return new Promise((resolve) => releases.push(() => resolve(rendered)))
  })
  return async () => {
    for (const release of releases.splice(0)) release()
    await pass(0)
  }
}

it('listens to a tab no more often when it watches one topic after the other', async () => {
  const { broadcaster } = broadcasting()
  const { stream, response } = await open()
  broadcaster.watch('a', stream)
  const listeners = response.listenerCount('close')
  for (let i = 0; i < 20; i++) broadcaster.watch(`${i}`, stream)
  expect(response.listenerCount('close')).toBe(listeners)
})

describe('a change', () => {
  it('is rendered once for all tabs, who get the same bytes', async () => {
    fakeTimers()
    const { broadcaster, render, change } = broadcasting()
    const tabs = await openThree()
    for (const { stream } of tabs) broadcaster.watch('a', stream)
    await pass(1_000)
    render.mockClear()

    const shared = view('shared')
    const bytes = vi.spyOn(shared, 'bytes')
    render.mockReturnValueOnce(shared)
    change('a')
    for (const { client } of tabs) await shows(client, 'shared')
    expect(render).toHaveBeenCalledTimes(1)
    expect(new Set(bytes.mock.results.map(({ value }) => value)).size).toBe(1)
  })

  it('is shown at once when the last was long ago', async () => {
    fakeTimers()
    const { broadcaster, change } = broadcasting()
    const { stream, client } = await open()
    broadcaster.watch('a', stream)
    await shows(client, 'a-0')
    await pass(33)
    change('a')
    await shows(client, 'a-1')
  })

  it.each([
    ['33 ms', {}, 33],
    ['an interval of its own', { intervalMs: 200 }, 200],
  ])('is shown after the pause when the last was a moment ago: %s', async (_, options, interval) => {
    fakeTimers()
    const { broadcaster, render, change } = broadcasting(options)
    const { stream, client } = await open()
    broadcaster.watch('a', stream)
    await shows(client, 'a-0')
    change('a')
    await pass(interval - 1)
    expect(render).toHaveBeenCalledTimes(1)
    await pass(1)
    expect(render).toHaveBeenCalledTimes(2)
    await shows(client, 'a-1')
  })

  it('among ten thousand in a second costs no more than thirty renders, and the last is shown', async () => {
    fakeTimers()
    const { broadcaster, render, change } = broadcasting()
    const { stream, client } = await open()
    broadcaster.watch('a', stream)
    await pass(0)
    for (let ms = 0; ms < 1_000; ms++) {
      for (let i = 0; i < 10; i++) change('a')
      await pass(1)
    }
    expect(render).toHaveBeenCalledTimes(1 + Math.floor(1_000 / 33))
    await pass(33)
    await shows(client, 'a-10000')
    expect(client.views).toHaveLength(render.mock.calls.length)
  })

  it('waits twice as long as the last took to be sent, so that most of the time is left for other work', async () => {
    fakeTimers()
    const { broadcaster, render, change } = broadcasting()
    const { stream, client } = await open()
    const clock = vi.spyOn(performance, 'now').mockReturnValueOnce(0).mockReturnValueOnce(50)
    onTestFinished(() => clock.mockRestore())
    broadcaster.watch('a', stream)
    await pass(0)
    change('a')
    await pass(99)
    expect(render).toHaveBeenCalledTimes(1)
    await pass(1)
    expect(render).toHaveBeenCalledTimes(2)
    await shows(client, 'a-1')
  })

  it('costs nothing when nothing follows', async () => {
    fakeTimers()
    const { broadcaster, render } = broadcasting()
    broadcaster.watch('a', (await open()).stream)
    await pass(60_000)
    expect(render).toHaveBeenCalledTimes(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('that comes while a view is rendered is in the next', async () => {
    fakeTimers()
    const { broadcaster, render, change, name } = broadcasting()
    const release = hold(render, name)
    const { stream, client } = await open()
    broadcaster.watch('a', stream)
    change('a')
    await release()
    await shows(client, 'a-0')
    await pass(33)
    await release()
    await shows(client, 'a-1')
    expect(render).toHaveBeenCalledTimes(2)
  })

  it('of a topic that nobody watches is not rendered', async () => {
    fakeTimers()
    const { broadcaster, rendersOf, change } = broadcasting()
    change('a')
    broadcaster.watch('b', (await open()).stream)
    change('a')
    await pass(1_000)
    expect(rendersOf('a')).toBe(0)
    expect(rendersOf('b')).toBe(1)
  })

  it('of one topic neither shows nor delays another', async () => {
    fakeTimers()
    const { broadcaster, render, rendersOf, change, name } = broadcasting()
    const [a, b] = await openThree()
    broadcaster.watch('a', a.stream)
    broadcaster.watch('b', b.stream)
    await pass(33)

    render.mockReturnValueOnce(new Promise(() => {}))
    change('a')
    change('b')
    await shows(b.client, 'b-1')
    await pass(33)
    change('b')
    await shows(b.client, 'b-2')
    expect(rendersOf('a')).toBe(2)
    expect(a.client.views).toEqual(['a-0'])
    expect(name('a')).toBe('a-1')
  })
})

describe('a tab that joins', () => {
  it('is shown the whole view, without another render when nothing has changed', async () => {
    fakeTimers()
    const { broadcaster, render } = broadcasting()
    const [first, during, after] = await openThree()
    broadcaster.watch('a', first.stream)
    await shows(first.client, 'a-0')
    broadcaster.watch('a', during.stream)
    await shows(during.client, 'a-0')
    await pass(60_000)
    broadcaster.watch('a', after.stream)
    await shows(after.client, 'a-0')
    await pass(60_000)
    expect(render).toHaveBeenCalledTimes(1)
    expect(first.client.views).toEqual(['a-0'])
  })

  it('is never shown a view from before a change, however short ago that was', async () => {
    fakeTimers()
    const { broadcaster, change } = broadcasting()
    const [first, late] = await openThree()
    broadcaster.watch('a', first.stream)
    await shows(first.client, 'a-0')
    change('a')
    broadcaster.watch('a', late.stream)
    await pass(33)
    await shows(late.client, 'a-1')
    expect(late.client.views).toEqual(['a-1'])
  })

  it('while a view is rendered is shown it, without another render when nothing has changed', async () => {
    fakeTimers()
    const { broadcaster, render, name } = broadcasting()
    const release = hold(render, name)
    const tabs = await openThree()
    for (const { stream } of tabs) broadcaster.watch('a', stream)
    await release()
    for (const { client } of tabs) await shows(client, 'a-0')
    await pass(60_000)
    expect(render).toHaveBeenCalledTimes(1)
  })

  it('while a change is still to be shown gets the view that has it, and none from before', async () => {
    fakeTimers()
    const { broadcaster, render, change, name } = broadcasting()
    const release = hold(render, name)
    const [first, late] = await openThree()
    broadcaster.watch('a', first.stream)
    change('a')
    await release()
    broadcaster.watch('a', late.stream)
    await pass(33)
    await release()
    for (const { client } of [first, late]) await shows(client, 'a-1')
    expect(late.client.views).toEqual(['a-1'])
  })

  it('but has closed already is not watched for', async () => {
    fakeTimers()
    const { broadcaster, render, change } = broadcasting()
    const tab = await open()
    tab.stream.close()
    broadcaster.watch('a', tab.stream)
    change('a')
    await pass(1_000)
    expect(render).not.toHaveBeenCalled()
  })

  it('another topic leaves the one before, whose view is not kept past a change', async () => {
    fakeTimers()
    const { broadcaster, change } = broadcasting()
    const [moves, comes] = await openThree()
    broadcaster.watch('a', moves.stream)
    await shows(moves.client, 'a-0')
    broadcaster.watch('b', moves.stream)
    await shows(moves.client, 'b-0')
    await pass(33)
    change('a')
    broadcaster.watch('a', comes.stream)
    await shows(comes.client, 'a-1')
    expect(comes.client.views).toEqual(['a-1'])
    change('b')
    await shows(moves.client, 'b-1')
    expect(moves.client.views).toEqual(['a-0', 'b-0', 'b-1'])
  })
})

describe('a view that cannot be rendered', () => {
  it.each<[string, () => Frame | Promise<Frame>]>([
    [
      'throws',
      () => {
        throw new Error('No view today')
      },
    ],
    ['rejects', () => Promise.reject(new Error('No view today'))],
  ])('is told, tried again after a second, and right then, when it %s', async (_, fail) => {
    fakeTimers()
    const { broadcaster, render, onError, change } = broadcasting()
    const { stream, client } = await open()
    broadcaster.watch('a', stream)
    await shows(client, 'a-0')
    await pass(33)

    render.mockImplementationOnce(fail)
    change('a')
    await pass(0)
    expect(onError.mock.calls).toEqual([[new Error('No view today'), 'a']])
    await pass(999)
    expect(render).toHaveBeenCalledTimes(2)
    await pass(1)
    expect(render).toHaveBeenCalledTimes(3)
    await shows(client, 'a-1')
    expect(onError).toHaveBeenCalledTimes(1)
  })

  it('is tried again as often as it takes, after as long as was asked for', async () => {
    fakeTimers()
    const { broadcaster, render, onError } = broadcasting({ retryMs: 50 })
    const { stream, client } = await open()
    for (let i = 0; i < 3; i++) render.mockRejectedValueOnce(new Error(`No view: ${i}`))
    broadcaster.watch('a', stream)
    await pass(150)
    await shows(client, 'a-0')
    expect(onError).toHaveBeenCalledTimes(3)
  })

  it('is not tried again when nobody watches any more', async () => {
    fakeTimers()
    const { broadcaster, render } = broadcasting()
    const tab = await open()
    render.mockRejectedValue(new Error('No view today'))
    broadcaster.watch('a', tab.stream)
    await pass(0)
    await leave(tab)
    await pass(60_000)
    expect(render).toHaveBeenCalledTimes(1)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a tab that fails', () => {
  it('delays no other when it does not read, and catches up to the newest view when it does', async () => {
    const { broadcaster, change } = broadcasting({ intervalMs: 0 })
    const [stuck, reads] = await openThree()
    stuck.client.pause()
    stuck.stream.send(HUGE)
    broadcaster.watch('a', reads.stream)
    await shows(reads.client, 'a-0')
    broadcaster.watch('a', stuck.stream)
    for (let i = 1; i <= 20; i++) {
      change('a')
      await shows(reads.client, `a-${i}`)
    }
    stuck.client.resume()
    await shows(stuck.client, 'a-20')
    expect(stuck.client.views).toEqual(['a-20'])
  })

  it('is dropped when it does not read for too long, and the others go on', async () => {
    const { broadcaster, change, onError } = broadcasting({ intervalMs: 0 })
    const [stuck, reads] = [await open({ writeDeadlineMs: 20, reads: false }), await open()]
    stuck.stream.send(HUGE)
    for (const { stream } of [stuck, reads]) broadcaster.watch('a', stream)
    await until(() => stuck.stream.isClosed)
    change('a')
    await shows(reads.client, 'a-1')
    expect(onError).not.toHaveBeenCalled()
  })

  it('is no error when it has only left', async () => {
    fakeTimers()
    const { broadcaster, change, onError } = broadcasting()
    const [leaves, stays] = await openThree()
    for (const { stream } of [leaves, stays]) broadcaster.watch('a', stream)
    await pass(100)
    leaves.stream.close()
    change('a')
    await shows(stays.client, 'a-1')
    expect(onError).not.toHaveBeenCalled()
  })

  it('in any other way is told, and closed', async () => {
    fakeTimers()
    const { broadcaster, change, onError } = broadcasting()
    const [fails, stays] = await openThree()
    for (const { stream } of [fails, stays]) broadcaster.watch('a', stream)
    await pass(100)
    const error = new Error('No bytes today')
    vi.spyOn(fails.stream, 'sendNewest').mockImplementationOnce(() => {
      throw error
    })
    change('a')
    await shows(stays.client, 'a-1')
    expect(onError.mock.calls).toEqual([[error, 'a']])
    expect(fails.stream.isClosed).toBe(true)
  })
})

describe('a topic that the last tab has left', () => {
  it('is forgotten: who joins next gets a view of its own, and not an old one', async () => {
    fakeTimers()
    const { broadcaster, render, change } = broadcasting()
    const [first, next] = await openThree()
    broadcaster.watch('a', first.stream)
    await pass(1_000)
    await leave(first)
    change('a')
    broadcaster.watch('a', next.stream)
    await shows(next.client, 'a-1')
    expect(render).toHaveBeenCalledTimes(2)
    expect(next.client.views).toEqual(['a-1'])
  })

  it('is said to be left, once, whether the last tab closed or watches another now', async () => {
    fakeTimers()
    const onLeft = vi.fn()
    const { broadcaster } = broadcasting({ onLeft })
    const [first, second] = await openThree()
    for (const { stream } of [first, second]) broadcaster.watch('a', stream)
    await leave(first)
    expect(onLeft).not.toHaveBeenCalled()
    broadcaster.watch('b', second.stream)
    expect(onLeft.mock.calls).toEqual([['a']])
    await leave(second)
    expect(onLeft.mock.calls).toEqual([['a'], ['b']])
  })

  it('is not left by a tab that watches it again', async () => {
    fakeTimers()
    const onLeft = vi.fn()
    const { broadcaster, render } = broadcasting({ onLeft })
    const { stream, client } = await open()
    broadcaster.watch('a', stream)
    await pass(1_000)
    broadcaster.watch('a', stream)
    await until(() => client.views.length === 2)
    expect(client.views).toEqual(['a-0', 'a-0'])
    expect(onLeft).not.toHaveBeenCalled()
    expect(render).toHaveBeenCalledTimes(1)
  })

  it('keeps its view while another tab is there', async () => {
    fakeTimers()
    const { broadcaster, render } = broadcasting()
    const [first, stays, next] = await openThree()
    broadcaster.watch('a', first.stream)
    broadcaster.watch('a', stays.stream)
    await pass(1_000)
    const renders = render.mock.calls.length
    await leave(first)
    broadcaster.watch('a', next.stream)
    await shows(next.client, 'a-0')
    expect(render).toHaveBeenCalledTimes(renders)
  })

  it('has one loop only for who joins while the old one pauses', async () => {
    fakeTimers()
    const { broadcaster, render, change } = broadcasting()
    const [first, next] = await openThree()
    broadcaster.watch('a', first.stream)
    await pass(10)
    await leave(first)
    broadcaster.watch('a', next.stream)
    await pass(0)
    render.mockClear()
    for (let ms = 0; ms < 330; ms++) {
      change('a')
      await pass(1)
    }
    expect(render).toHaveBeenCalledTimes(10)
  })

  it('does not show who joins next what was rendered for those who have left', async () => {
    fakeTimers()
    const { broadcaster, render, change, name } = broadcasting()
    const releaseOld = hold(render, name)
    const [first, next] = await openThree()
    broadcaster.watch('a', first.stream)
    await leave(first)
    change('a')
    const releaseNew = hold(render, name)
    broadcaster.watch('a', next.stream)
    await releaseNew()
    await shows(next.client, 'a-1')
    await releaseOld()
    await pass(1_000)
    next.stream.close()
    await until(() => next.client.ending === 'ended')
    expect(next.client.views).toEqual(['a-1'])
  })
})

describe('whatever happens in whatever order', () => {
  type Step =
    | { type: 'change' | 'join'; topic: string }
    | { type: 'leave'; tab: number }
    | { type: 'turns'; count: number }
  const topic = fc.constantFrom('a', 'b')
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ type: fc.constant('change' as const), topic }),
    fc.record({ type: fc.constant('join' as const), topic }),
    fc.record({ type: fc.constant('leave' as const), tab: fc.nat() }),
    fc.record({ type: fc.constant('turns' as const), count: fc.nat(5) }),
  )
  const turns = async (count: number) => {
    for (let i = 0; i < count; i++) await new Promise(setImmediate)
  }

  it('every tab that is there ends with the last view of its topic', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 10, maxLength: 40 }),
        fc.infiniteStream(fc.nat(20)),
        async (steps, durations) => {
          const { broadcaster, render, change, name } = broadcasting({ intervalMs: 0 })
          render.mockImplementation(async (topic) => {
            const rendered = view(name(topic))
            await turns(durations.next().value ?? 0)
            return rendered
          })
          const joins = steps.filter(({ type }) => type === 'join')
          const opened = await Promise.all(joins.map(() => open()))
          const watching: (Tab & { topic: string })[] = []
          for (const each of steps) {
            if (each.type === 'change') change(each.topic)
            if (each.type === 'turns') await turns(each.count)
            if (each.type === 'leave') {
              const [left] = watching.splice(each.tab % (watching.length || 1), 1)
              if (left) await leave(left)
            }
            if (each.type === 'join') {
              for (const tab of opened.splice(0, 1)) {
                watching.push({ ...tab, topic: each.topic })
                broadcaster.watch(each.topic, tab.stream)
              }
            }
          }
          for (const tab of watching) await shows(tab.client, name(tab.topic))
          await until(() => render.mock.settledResults.every(({ type }) => type !== 'incomplete'))
          for (const { client, stream, topic } of watching) {
            stream.close()
            await until(() => client.ending === 'ended')
            expect(client.views.at(-1)).toBe(name(topic))
          }
        },
      ),
      { numRuns: 60, endOnFailure: true },
    )
  })
})

describe('a broadcaster that is closed', () => {
  it('waits for what is being rendered, and shows nothing any more', async () => {
    const { broadcaster, render, change, name } = broadcasting({ intervalMs: 0 })
    const { stream, client } = await open()
    broadcaster.watch('a', stream)
    await shows(client, 'a-0')
    const rendered = gate()
    render.mockImplementation((topic) => rendered.opened.then(() => view(name(topic))))
    change('a')
    await until(() => render.mock.calls.length === 2)
    let isClosed = false
    const closing = broadcaster.close().then(() => {
      isClosed = true
    })
    await new Promise(setImmediate)
    expect(isClosed).toBe(false)
    change('a')
    rendered.open()
    await closing
    await new Promise(setImmediate)
    expect(render).toHaveBeenCalledTimes(2)
    expect(client.views).toEqual(['a-0'])
  })
})
