import { afterEach, describe, expect, it } from 'vitest'
import { holdingNextAppend, storeWith } from './commands/store-with.ts'
import { servePassbook, type TestPassbook } from './support/passbook.ts'
import { openTab, send } from './support/tab.ts'

let passbook: TestPassbook

afterEach(() => passbook.close())

/** A passbook whose next append, after the first three, waits until it is let go. */
const holdingAppends = async () => {
  let hold = (): ReturnType<typeof holdingNextAppend> => {
    throw new Error('not served yet')
  }
  let append: TestPassbook['store']['append'] | undefined
  passbook = await servePassbook({}, (memory) => {
    hold = () => {
      const held = holdingNextAppend(memory, 'before')
      append = held.store.append
      return held
    }
    return storeWith(memory, {
      append: (stream, events, options) => (append ?? memory.append.bind(memory))(stream, events, options),
    })
  })
  return hold()
}

describe('stopping', () => {
  it('waits for the commands under way, and takes no others', async () => {
    const held = await holdingAppends()
    const tab = await openTab(passbook.account)
    const command = send(passbook.account, 'deposit', { tab: tab.id, amount: '5' }, { key: 'under-way' })
    await held.begun

    let hasStopped = false
    const stopped = passbook.stop().then(() => {
      hasStopped = true
    })
    const refused = await send(passbook.account, 'deposit', { amount: '7' })
    expect([refused.status, refused.headers.get('Connection')]).toEqual([503, 'close'])
    expect(await refused.text()).toContain('Try again in a moment.')
    expect((await send(passbook.url, 'accounts', { owner: 'Ada', currency: 'USD' })).status).toBe(503)
    for (const address of [passbook.account, passbook.url]) {
      expect((await openTab(address)).response.status).toBe(503)
    }
    expect(hasStopped).toBe(false)

    held.release()
    expect((await command).status).toBe(204)
    await stopped
    expect(await passbook.balance()).toBe(130_500)
  })

  it('ends the streams in good order, after what they were to be told', async () => {
    const held = await holdingAppends()
    const tab = await openTab(passbook.account, 'till', { headers: { 'Accept-Encoding': 'identity' } })
    const command = send(passbook.account, 'withdraw', { tab: 'till', amount: '5' })
    await held.begun
    const stopped = passbook.stop()
    held.release()
    await command
    await tab.ended
    await stopped
    expect(tab.received()).toContain('"_error":""')
    expect(tab.received()).toMatch(/\n\n$/)
  })
})

describe('a reset while a command is under way', () => {
  it('leaves no balance behind that the log does not have', async () => {
    passbook = await servePassbook({}, (memory) => {
      const reset = () => send(passbook.account, 'reset', {})
      let appends = 0
      return storeWith(memory, {
        append: async (stream, events, options) => {
          const appended = await memory.append(stream, events, options)
          if (++appends > 3) await reset()
          return appended
        },
      })
    })
    const tab = await openTab(passbook.account)
    await tab.sees('$1,300.00')
    await send(passbook.account, 'deposit', { tab: tab.id, amount: '5' })
    expect(await passbook.balance()).toBe(0)
    expect(await (await fetch(passbook.account)).text()).toContain('$0.00</output>')
    await send(passbook.account, 'withdraw', { tab: tab.id, amount: '1' })
    await tab.sees('Insufficient funds: the balance is $0.00.')
  })
})
