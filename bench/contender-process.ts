/** The process of one contender: opens its module, and does a round whenever it is told to. */
import type { Open, Opened } from './contest.ts'

interface Order {
  readonly type: 'open' | 'round' | 'close'
  readonly module: string
  readonly options: unknown
}

let opened: Opened | undefined

const obey = async ({ type, module, options }: Order): Promise<unknown> => {
  if (type === 'open') {
    const { open }: { open: Open<unknown> } = await import(module)
    opened = await open(options)
    return undefined
  }
  if (type === 'round') return opened?.round()
  return opened?.close()
}

// Whoever runs the contest is gone.
process.on('disconnect', () => process.exit())

process.on('message', async (order: Order) => {
  try {
    process.send?.({ figures: await obey(order) })
  } catch (error) {
    process.send?.({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
  if (order.type === 'close') process.disconnect?.()
})
