import { afterEach, describe, expect, it, vi } from 'vitest'
import { SseStream, StreamClosedError } from '../../src/registry/sse-stream.ts'
import { fakeTimers, HUGE, realTimers, streamServer, type Tab, until, view } from './support.ts'

const { ask, open } = streamServer()
afterEach(realTimers)

const seen = (tab: Tab, name: string) => until(() => tab.client.views.includes(name))

const closed = (tab: Tab) => new Promise<void>((resolve) => tab.stream.onClose(resolve))

/** A tab that does not read, and whose socket takes no more. */
const openFull = async (options = {}) => {
  const tab = await open({ ...options, reads: false })
  tab.stream.send(HUGE)
  return tab
}

const endings: [string, (tab: Tab) => void][] = [
  ['its client leaves', ({ client }) => client.cut()],
  ['we close it', ({ stream }) => stream.close()],
  ['we drop it', ({ stream }) => stream.drop()],
]

describe('sending', () => {
  it.each(['identity', 'gzip'] as const)('keeps the order, in %s', async (encoding) => {
    const tab = await open({ encoding })
    const names = Array.from({ length: 1_000 }, (_, i) => `${i}`)
    for (const name of names) tab.stream.send(view(name))
    await seen(tab, '999')
    expect(tab.client.views).toEqual(names)
  })

  it.each(endings)('says that the stream is closed after %s, also if the socket was full', async (_, end) => {
    for (const tab of [await open(), await openFull()]) {
      end(tab)
      await until(() => tab.stream.isClosed)
      expect(() => tab.stream.send(view('late'))).toThrow(StreamClosedError)
      expect(() => tab.stream.sendNewest('view', view('late'))).toThrow(StreamClosedError)
    }
  })

  it('cannot follow a close or a drop, not even at once', async () => {
    const [first, second] = [await open(), await open()]
    first.stream.close()
    second.stream.drop()
    for (const { stream } of [first, second]) {
      expect(stream.isClosed).toBe(true)
      expect(() => stream.send(view('late'))).toThrow(StreamClosedError)
    }
  })
})

describe('the end', () => {
  it.each(endings)('is told once when %s', async (_, end) => {
    const tab = await open()
    const told = vi.fn()
    tab.stream.onClose(told)
    expect(told).not.toHaveBeenCalled()
    end(tab)
    await closed(tab)
    tab.stream.close()
    tab.stream.drop()
    tab.client.cut()
    await until(() => tab.client.ending !== 'open')
    expect(told).toHaveBeenCalledTimes(1)
  })

  it('is told at once, and once, to who asks after it', async () => {
    const tab = await open()
    tab.stream.drop()
    await closed(tab)
    const told = vi.fn()
    tab.stream.onClose(told)
    expect(told).toHaveBeenCalledTimes(1)
    await until(() => tab.client.ending !== 'open')
    expect(told).toHaveBeenCalledTimes(1)
  })

  it('is in good order when we close: all that was sent arrives', async () => {
    const tab = await open()
    tab.stream.send(view('large', 512 << 10))
    tab.stream.send(view('last'))
    tab.stream.close()
    await until(() => tab.client.ending !== 'open')
    expect(tab.client.ending).toBe('ended')
    expect(tab.client.views).toEqual(['large', 'last'])
  })

  it('comes when the response fails', async () => {
    const tab = await open()
    tab.response.emit('error', new Error('EPIPE'))
    await closed(tab)
    await until(() => tab.client.ending !== 'open')
  })

  it('is at once when we drop', async () => {
    const tab = await openFull()
    tab.stream.drop()
    tab.client.resume()
    await until(() => tab.client.ending !== 'open')
    expect(tab.client.ending).toBe('cut')
  })
})

describe('a tab that does not read', () => {
  it('has a full socket until it has read everything', async () => {
    const tab = await open({ reads: false })
    expect(tab.stream.isFull).toBe(false)
    tab.stream.send(HUGE)
    expect(tab.stream.isFull).toBe(true)
    tab.client.resume()
    await until(() => !tab.stream.isFull)
    expect(tab.response.writableLength).toBe(0)
  })

  it('gets the newest of each kind when it reads again, and nothing that these replace', async () => {
    const tab = await openFull()
    for (const i of [1, 2, 3]) {
      tab.stream.sendNewest('rows', view(`rows-${i}`))
      tab.stream.sendNewest('chart', view(`chart-${i}`))
    }
    tab.client.resume()
    await seen(tab, 'chart-3')
    tab.stream.send(view('next'))
    await seen(tab, 'next')
    expect(tab.client.views).toEqual(['rows-3', 'chart-3', 'next'])
  })

  it('gets last what was sent last: a kind that waited already goes to the end', async () => {
    const tab = await openFull()
    tab.stream.sendNewest('live', view('live-1'))
    tab.stream.sendNewest('past', view('past-1'))
    tab.stream.sendNewest('live', view('live-2'))
    tab.client.resume()
    await seen(tab, 'live-2')
    expect(tab.client.views).toEqual(['past-1', 'live-2'])
  })

  it('gets what must arrive as well, in order', async () => {
    const tab = await openFull({ maxBufferedBytes: 32 << 20 })
    const names = Array.from({ length: 50 }, (_, i) => `${i}`)
    for (const name of names) tab.stream.send(view(name, 1_000))
    tab.client.resume()
    await seen(tab, '49')
    expect(tab.client.views).toEqual(names)
  })

  it('costs no more memory however much is shown to it, and gets the newest whole and last', async () => {
    const tab = await open({ reads: false })
    const length = 64 << 10
    let most = 0
    for (let i = 1; i <= 5_000; i++) {
      tab.stream.sendNewest('view', view(i, length))
      most = Math.max(most, tab.response.writableLength)
      if (i % 10 === 0) await new Promise(setImmediate)
    }
    expect(tab.stream.isFull).toBe(true)
    expect(most).toBeLessThan(2 * length)

    tab.client.resume()
    await seen(tab, '5000')
    expect(tab.client.text.endsWith(view(5_000, length).bytes('identity').toString())).toBe(true)
    expect(tab.client.views.length).toBeLessThan(1_000)
  })

  it.each([
    { maxBufferedBytes: 1 << 20, length: 8 << 20 },
    { maxBufferedBytes: 1_000, length: 5_000 },
  ])('gets them all, even where one is more than may wait: %o', async ({ maxBufferedBytes, length }) => {
    const tab = await openFull({ maxBufferedBytes })
    tab.stream.sendNewest('rows', view('rows', length))
    tab.stream.sendNewest('chart', view('chart', length))
    tab.stream.sendNewest('signals', view('signals'))
    tab.client.resume()
    await seen(tab, 'signals')
    expect(tab.client.views).toEqual(['rows', 'chart', 'signals'])
  })

  it('gets the newest even of those frames that wait while it reads another', async () => {
    const tab = await openFull()
    tab.stream.sendNewest('rows', view('rows', 8 << 20))
    tab.stream.sendNewest('chart', view('chart-1'))
    tab.response.once('drain', () => tab.stream.sendNewest('chart', view('chart-2')))
    tab.client.resume()
    await seen(tab, 'chart-2')
    expect(tab.client.views).toEqual(['rows', 'chart-2'])
  })

  it('does not get a newest frame after a close', async () => {
    const tab = await openFull()
    tab.stream.sendNewest('view', view('kept'))
    tab.stream.close()
    tab.client.resume()
    await until(() => tab.client.ending !== 'open')
    expect(tab.client.ending).toBe('ended')
    expect(tab.client.views).toEqual([])
  })

  it('is dropped when more waits than may, by the next that must arrive', async () => {
    const tab = await openFull()
    const left = closed(tab)
    expect(() => tab.stream.send(view('one too many'))).toThrow(StreamClosedError)
    expect(tab.stream.isClosed).toBe(true)
    await left
    expect(tab.response.writableLength).toBe(0)
  })

  it('is not dropped while no more waits than may', async () => {
    const tab = await open({ maxBufferedBytes: 1_000_000, reads: false })
    while (tab.response.writableLength <= 800_000) {
      tab.stream.send(view('large', 100_000))
      await new Promise(setImmediate)
    }
    tab.stream.send(view('small'))
    tab.client.resume()
    await seen(tab, 'small')
  })
})

describe('the write deadline', () => {
  it('drops a tab whose socket stays full for 15 s', async () => {
    fakeTimers()
    const tab = await openFull()
    const left = closed(tab)
    vi.advanceTimersByTime(14_999)
    expect(tab.stream.isClosed).toBe(false)
    vi.advanceTimersByTime(1)
    expect(tab.stream.isClosed).toBe(true)
    await left
  })

  it('is an option', async () => {
    const tab = await openFull({ writeDeadlineMs: 20 })
    await closed(tab)
    tab.client.resume()
    await until(() => tab.client.ending !== 'open')
    expect(tab.client.ending).toBe('cut')
  })

  it('is not put off by what is sent meanwhile', async () => {
    fakeTimers()
    const tab = await openFull({ maxBufferedBytes: 32 << 20 })
    for (let seconds = 1; seconds < 15; seconds++) {
      vi.advanceTimersByTime(1_000)
      tab.stream.send(view('more'))
      tab.stream.sendNewest('view', view('newer'))
    }
    vi.advanceTimersByTime(1_000)
    expect(tab.stream.isClosed).toBe(true)
  })

  it('does not concern a tab that read in time', async () => {
    fakeTimers()
    const tab = await openFull()
    vi.advanceTimersByTime(14_999)
    tab.client.resume()
    await until(() => !tab.stream.isFull)
    vi.advanceTimersByTime(60_000)
    expect(tab.stream.isClosed).toBe(false)
  })

  it('starts anew each time the socket is full', async () => {
    fakeTimers()
    const tab = await openFull()
    vi.advanceTimersByTime(10_000)
    tab.client.resume()
    await until(() => !tab.stream.isFull)
    tab.client.pause()
    tab.stream.send(HUGE)
    vi.advanceTimersByTime(14_999)
    expect(tab.stream.isClosed).toBe(false)
    vi.advanceTimersByTime(1)
    expect(tab.stream.isClosed).toBe(true)
  })

  it('also ends the wait for a tab that we have closed', async () => {
    fakeTimers()
    const tab = await openFull()
    const left = closed(tab)
    tab.stream.close()
    vi.advanceTimersByTime(15_000)
    await left
    expect(tab.response.destroyed).toBe(true)
  })

  it.each(endings)('leaves no timer behind when %s', async (_, end) => {
    fakeTimers()
    const tab = await openFull()
    expect(vi.getTimerCount()).toBe(1)
    const left = closed(tab)
    end(tab)
    tab.client.cut()
    await left
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a stream for a client that has left already', () => {
  it.each(['identity', 'gzip'] as const)('is closed, and nothing of it stays, in %s', async (encoding) => {
    fakeTimers()
    const { arrived, answered } = ask()
    const response = await arrived
    response.socket?.destroy()
    await expect(answered).rejects.toThrow()
    await until(() => response.closed)

    const stream = new SseStream(response, { encoding })
    const told = vi.fn()
    stream.onClose(told)
    expect(stream.isClosed).toBe(true)
    expect(stream.isFull).toBe(false)
    expect(told).toHaveBeenCalledTimes(1)
    expect(() => stream.send(view('late'))).toThrow(StreamClosedError)
    expect(vi.getTimerCount()).toBe(0)
  })
})
