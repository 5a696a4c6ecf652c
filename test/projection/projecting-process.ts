// Brings the summaries in a SQLite file up to date, three events at a time, and says after each step how far it is.
// Started, and killed, by `killed.test.ts`.

import { catchUp } from '../../src/projection/projector.ts'
import { openStorage } from '../../src/storage.ts'

const [path = ''] = process.argv.slice(2)
const { events, ...storage } = await openStorage({ type: 'sqlite', path }, { create: false })
const few = {
  read: events.read.bind(events),
  readAll: ({ after = 0 } = {}) => events.readAll({ after, limit: 3 }),
  subscribe: events.subscribe.bind(events),
}
await catchUp({ ...storage, events: few }, { onProgress: (position) => process.send?.(position) })
await storage.close()
process.disconnect()
