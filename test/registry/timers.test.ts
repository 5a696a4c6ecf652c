import { describe, expect, it, vi } from 'vitest'
import { Broadcaster } from '../../src/registry/broadcaster.ts'
import { SseRegistry } from '../../src/registry/sse-registry.ts'
import { HUGE, streamServer, until, view } from './support.ts'

const { open } = streamServer()

const timersThatKeepTheProcess = () =>
  process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length

describe('the process can end', () => {
  it('before the next heartbeat', async () => {
    const { stream } = await open()
    const before = timersThatKeepTheProcess()
    new SseRegistry('tabs').register(stream)
    expect(timersThatKeepTheProcess()).toBe(before)
  })

  it('before the deadline of a full socket', async () => {
    const { stream } = await open({ reads: false })
    const before = timersThatKeepTheProcess()
    stream.send(HUGE)
    expect(timersThatKeepTheProcess()).toBe(before)
  })

  it('in the pause after a view', async () => {
    const { stream, client } = await open()
    const before = timersThatKeepTheProcess()
    new Broadcaster(() => view('hello'), { onError: vi.fn(), intervalMs: 60_000 }).watch('a', stream)
    await until(() => client.views.includes('hello'))
    expect(timersThatKeepTheProcess()).toBe(before)
  })

  it('in the pause after a view that could not be rendered', async () => {
    const { stream } = await open()
    const before = timersThatKeepTheProcess()
    const onError = vi.fn()
    const render = () => Promise.reject(new Error('No view today'))
    new Broadcaster(render, { onError, retryMs: 60_000 }).watch('a', stream)
    await until(() => onError.mock.calls.length > 0)
    expect(timersThatKeepTheProcess()).toBe(before)
  })
})
