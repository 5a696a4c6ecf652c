import { afterEach, describe, expect, it, vi } from 'vitest'
import { SseRegistry } from '../../src/registry/sse-registry.ts'
import { SseStream } from '../../src/registry/sse-stream.ts'
import { fakeTimers, HUGE, realTimers, streamServer, type Tab, until, view } from './support.ts'

// A stream equals itself alone.
expect.addEqualityTesters([
  (a, b) => (a instanceof SseStream || b instanceof SseStream ? a === b : undefined),
])

const { open } = streamServer()
afterEach(realTimers)

const openMany = (count: number) => Promise.all(Array.from({ length: count }, () => open()))
const openThree = () => Promise.all([open(), open(), open()])

const closed = (tab: Tab) => new Promise<void>((resolve) => tab.stream.onClose(resolve))

/** A view that tells itself apart, sent with the others' care. */
const say = (name: string) => (stream: SseStream) => stream.send(view(name))

describe('registering', () => {
  it('counts streams, in all and by key', async () => {
    const registry = new SseRegistry('tabs')
    const [a, b, c] = await openThree()
    registry.register(a.stream, 'x')
    registry.register(b.stream, 'x')
    registry.register(c.stream)
    expect(registry.name).toBe('tabs')
    expect(registry.count()).toBe(3)
    expect(registry.count('x')).toBe(2)
    expect(registry.count('y')).toBe(0)
  })

  it('finds the streams of a key', async () => {
    const registry = new SseRegistry('tabs')
    const [a, b, c] = await openThree()
    registry.register(a.stream, 'x')
    registry.register(b.stream, 'y')
    registry.register(c.stream, 'x')
    expect(registry.findByKey('x')).toEqual([a.stream, c.stream])
    expect(registry.findByKey('z')).toEqual([])
  })

  it('again, with another key, moves the stream', async () => {
    const registry = new SseRegistry('tabs')
    const { stream } = await open()
    registry.register(stream, 'x')
    registry.register(stream, 'y')
    expect(registry.count()).toBe(1)
    expect(registry.findByKey('x')).toEqual([])
    expect(registry.findByKey('y')).toEqual([stream])
    registry.register(stream)
    expect(registry.count()).toBe(1)
    expect(registry.count('y')).toBe(0)
  })

  it('again, with the key that it has, changes nothing: not its place, and nobody has left', async () => {
    const left: string[] = []
    const registry = new SseRegistry('tabs', { onKeyLeft: (key) => left.push(key) })
    const [a, b, c] = await openThree()
    registry.register(a.stream, 'x')
    registry.register(b.stream, 'y')
    registry.register(c.stream)
    registry.register(a.stream, 'x')
    registry.register(c.stream)
    expect(left).toEqual([])
    expect(registry.snapshot()).toEqual([a.stream, b.stream, c.stream])
    expect([registry.count(), registry.count('x')]).toEqual([3, 1])
    expect(registry.findByKey('x')).toEqual([a.stream])
  })

  it('gives a snapshot in the order of registration, which later changes do not touch', async () => {
    const registry = new SseRegistry('tabs')
    const [a, b, c] = await openThree()
    for (const { stream } of [c, a, b]) registry.register(stream)
    const snapshot = registry.snapshot()
    registry.unregister(a.stream)
    expect(snapshot).toEqual([c.stream, a.stream, b.stream])
    expect(registry.snapshot()).toEqual([c.stream, b.stream])
  })

  it('hands out lists that are copies', async () => {
    const registry = new SseRegistry('tabs')
    const { stream } = await open()
    registry.register(stream, 'x')
    registry.findByKey('x').pop()
    registry.snapshot().pop()
    expect(registry.findByKey('x')).toEqual([stream])
    expect(registry.snapshot()).toEqual([stream])
  })
})

describe('unregistering', () => {
  it('says whether the stream was registered', async () => {
    const registry = new SseRegistry('tabs')
    const { stream } = await open()
    registry.register(stream)
    expect(registry.unregister(stream)).toBe(true)
    expect(registry.unregister(stream)).toBe(false)
  })

  it('takes one stream of a key and leaves the other', async () => {
    const registry = new SseRegistry('tabs')
    const [a, b] = await openThree()
    registry.register(a.stream, 'x')
    registry.register(b.stream, 'x')
    registry.unregister(a.stream)
    expect(registry.findByKey('x')).toEqual([b.stream])
    expect(registry.count()).toBe(1)
  })

  it('leaves the stream open, and untold', async () => {
    const registry = new SseRegistry('tabs')
    const tab = await open()
    registry.register(tab.stream, 'x')
    registry.unregister(tab.stream)
    registry.notifySubscribers(say('all'))
    registry.notifySubscriber('x', say('one'))
    tab.stream.send(view('still here'))
    await until(() => tab.client.text.includes('still here'))
    expect(tab.client.text).not.toMatch(/all|one/)
  })
})

describe('a stream that closes', () => {
  it.each<[string, (tab: Tab) => void]>([
    ['its client leaves', ({ client }) => client.cut()],
    ['we close it', ({ stream }) => stream.close()],
    ['we drop it', ({ stream }) => stream.drop()],
  ])('leaves every registry by itself when %s', async (_, end) => {
    const [tabs, others] = [new SseRegistry('tabs'), new SseRegistry('others')]
    const [tab, stays] = await openThree()
    for (const { stream } of [tab, stays]) {
      tabs.register(stream, 'x')
      others.register(stream)
    }
    end(tab)
    await closed(tab)
    expect(tabs.snapshot()).toEqual([stays.stream])
    expect(tabs.findByKey('x')).toEqual([stays.stream])
    expect(others.snapshot()).toEqual([stays.stream])
  })

  it.each<[string, (tab: Tab) => void | Promise<void>]>([
    [
      'has closed',
      (tab) => {
        tab.client.cut()
        return closed(tab)
      },
    ],
    ['is closing', (tab) => tab.stream.close()],
  ])('leaves nothing behind in a registry that it comes to when it %s', async (_, end) => {
    fakeTimers()
    const registry = new SseRegistry('tabs')
    const tab = await open()
    await end(tab)
    registry.register(tab.stream, 'x')
    expect(registry.count()).toBe(0)
    expect(registry.count('x')).toBe(0)
    expect(registry.snapshot()).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('leaves a registry that it had come to again with another key', async () => {
    const registry = new SseRegistry('tabs')
    const tab = await open()
    registry.register(tab.stream, 'x')
    registry.register(tab.stream, 'y')
    tab.stream.drop()
    await closed(tab)
    expect(registry.count()).toBe(0)
    expect(registry.count('y')).toBe(0)
  })

  it('is the last of its key to leave: that is said once, however it left', async () => {
    const left: string[] = []
    const registry = new SseRegistry('tabs', { onKeyLeft: (key) => left.push(key) })
    const [a, b, c] = await openThree()
    for (const { stream } of [a, b]) registry.register(stream, 'x')
    registry.register(c.stream)
    registry.unregister(a.stream)
    expect(left).toEqual([])
    registry.register(b.stream, 'y')
    expect(left).toEqual(['x'])
    b.stream.drop()
    c.stream.drop()
    await Promise.all([closed(b), closed(c)])
    expect(left).toEqual(['x', 'y'])
  })

  it('was listened to once, however often it came and went', async () => {
    const registry = new SseRegistry('tabs')
    const { stream, response } = await open()
    registry.register(stream)
    const listeners = response.listenerCount('close')
    for (let i = 0; i < 20; i++) {
      registry.register(stream, `${i}`)
      registry.unregister(stream)
    }
    registry.register(stream, 'x')
    expect(response.listenerCount('close')).toBe(listeners)
    stream.drop()
    await until(() => registry.count() === 0)
  })
})

describe('telling all', () => {
  it('reaches every stream once, whatever its key', async () => {
    const registry = new SseRegistry('tabs')
    const tabs = await openThree()
    const [a, b, c] = tabs
    registry.register(a.stream, 'x')
    registry.register(b.stream, 'x')
    registry.register(c.stream)
    expect(registry.notifySubscribers(say('hello'))).toEqual([])
    for (const { client } of tabs) {
      await until(() => client.views.length > 0)
      expect(client.views).toEqual(['hello'])
    }
  })

  it('leaves to the next time whoever registers meanwhile', async () => {
    const registry = new SseRegistry('tabs')
    const [a, b, late] = await openThree()
    for (const { stream } of [a, b]) registry.register(stream)
    const told: SseStream[] = []
    registry.notifySubscribers((stream) => {
      told.push(stream)
      registry.register(late.stream)
    })
    expect(told).toEqual([a.stream, b.stream])
    expect(registry.snapshot()).toEqual([a.stream, b.stream, late.stream])
  })

  it('skips nobody because another, or it itself, unregisters meanwhile', async () => {
    const registry = new SseRegistry('tabs')
    const tabs = await openThree()
    for (const { stream } of tabs) registry.register(stream)
    const told: SseStream[] = []
    registry.notifySubscribers((stream) => {
      told.push(stream)
      for (const tab of tabs) registry.unregister(tab.stream)
    })
    expect(told).toEqual(tabs.map(({ stream }) => stream))
    expect(registry.count()).toBe(0)
  })

  it('tells the others when one fails, which is closed, unregistered and returned with its error', async () => {
    const registry = new SseRegistry('tabs')
    const tabs = await openThree()
    const [a, b, c] = tabs
    for (const { stream } of tabs) registry.register(stream, 'x')
    const error = new Error('No view today')
    const dead = registry.notifySubscribers((stream) => {
      if (stream === b.stream) throw error
      stream.send(view('hello'))
    })
    expect(dead).toEqual([{ stream: b.stream, error }])
    expect(b.stream.isClosed).toBe(true)
    expect(registry.snapshot()).toEqual([a.stream, c.stream])
    expect(registry.findByKey('x')).toEqual([a.stream, c.stream])
    for (const { client } of [a, c]) await until(() => client.views.includes('hello'))
    await until(() => b.client.ending === 'ended')
  })

  it('returns each of several that fail', async () => {
    const registry = new SseRegistry('tabs')
    const tabs = await openMany(4)
    for (const { stream } of tabs) registry.register(stream)
    const dead = registry.notifySubscribers(() => {
      throw new Error('No view today')
    })
    expect(dead.map(({ stream }) => stream)).toEqual(tabs.map(({ stream }) => stream))
    expect(registry.count()).toBe(0)
  })
})

describe('telling one', () => {
  it('reaches the streams of that key only: both of two, neither evicts the other', async () => {
    const registry = new SseRegistry('tabs')
    const [first, second, other] = await openThree()
    registry.register(first.stream, 'x')
    registry.register(second.stream, 'x')
    registry.register(other.stream, 'y')
    expect(registry.notifySubscriber('x', say('for x'))).toEqual([])
    registry.notifySubscriber('y', say('for y'))
    for (const { client } of [first, second]) {
      await until(() => client.text.includes('for'))
      expect(client.text).toContain('for x')
    }
    await until(() => other.client.text.includes('for'))
    expect(other.client.text).toContain('for y')
  })

  it('reaches nobody under a key that nobody has', async () => {
    const registry = new SseRegistry('tabs')
    const { stream } = await open()
    registry.register(stream)
    const tell = vi.fn()
    expect(registry.notifySubscriber('x', tell)).toEqual([])
    expect(registry.notifySubscriber('undefined', tell)).toEqual([])
    expect(tell).not.toHaveBeenCalled()
  })

  it('takes the same care of one that fails', async () => {
    const registry = new SseRegistry('tabs')
    const [a, b] = await openThree()
    registry.register(a.stream, 'x')
    registry.register(b.stream, 'x')
    a.stream.drop()
    const dead = registry.notifySubscriber('x', say('hello'))
    expect(dead).toEqual([
      { stream: a.stream, error: expect.objectContaining({ name: 'StreamClosedError' }) },
    ])
    expect(registry.snapshot()).toEqual([b.stream])
    await until(() => b.client.views.includes('hello'))
  })
})

describe('the heartbeat', () => {
  it('is a comment on a quiet stream every 30 s', async () => {
    fakeTimers()
    const registry = new SseRegistry('tabs')
    const tab = await open()
    registry.register(tab.stream)
    vi.advanceTimersByTime(29_999)
    expect(tab.response.writableLength).toBe(0)
    for (let beats = 1; beats <= 3; beats++) {
      vi.advanceTimersByTime(beats === 1 ? 1 : 30_000)
      await until(() => tab.client.text === ': heartbeat\n\n'.repeat(beats))
    }
  })

  it('comes as often as asked for', async () => {
    const registry = new SseRegistry('tabs', { heartbeatMs: 5 })
    const tab = await open({ encoding: 'gzip' })
    registry.register(tab.stream)
    await until(() => tab.client.text.startsWith(': heartbeat\n\n: heartbeat\n\n'))
  })

  it('has one timer for all, and none when the last has left', async () => {
    fakeTimers()
    const registry = new SseRegistry('tabs')
    const [a, b, c] = await openThree()
    expect(vi.getTimerCount()).toBe(0)
    for (const { stream } of [a, b, c]) registry.register(stream, 'x')
    expect(vi.getTimerCount()).toBe(1)
    registry.unregister(a.stream)
    b.client.cut()
    await closed(b)
    expect(vi.getTimerCount()).toBe(1)
    c.client.cut()
    await closed(c)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('starts again with the next to come', async () => {
    fakeTimers()
    const registry = new SseRegistry('tabs')
    const tab = await open()
    registry.register(tab.stream)
    registry.unregister(tab.stream)
    registry.register(tab.stream)
    vi.advanceTimersByTime(30_000)
    await until(() => tab.client.text === ': heartbeat\n\n')
  })

  it('can be left to another registry', async () => {
    fakeTimers()
    const registry = new SseRegistry('tabs', { heartbeatMs: 0 })
    const { stream } = await open()
    registry.register(stream)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('does not wait for a socket that is full, nor replace a view that does, whatever its kind', async () => {
    fakeTimers()
    const registry = new SseRegistry('tabs', { heartbeatMs: 1_000 })
    const tab = await open({ reads: false })
    registry.register(tab.stream)
    tab.stream.send(HUGE)
    tab.stream.sendNewest('heartbeat', view('hello'))
    vi.advanceTimersByTime(5_000)
    tab.client.resume()
    await until(() => tab.client.views.includes('hello'))
    expect(tab.client.text).not.toContain(': heartbeat')
  })

  it('does not stop when a stream fails', async () => {
    fakeTimers()
    const registry = new SseRegistry('tabs')
    const [a, b] = await openThree()
    registry.register(a.stream)
    registry.register(b.stream)
    a.stream.close()
    vi.advanceTimersByTime(30_000)
    expect(registry.snapshot()).toEqual([b.stream])
    vi.advanceTimersByTime(30_000)
    await until(() => b.client.text === ': heartbeat\n\n'.repeat(2))
  })
})
