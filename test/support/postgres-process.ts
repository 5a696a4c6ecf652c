// Another process on a PostgreSQL log: appends so many events to a stream, one at a time, each at the version that it
// last saw there. Says when it is ready, begins when it is told to, and says which events it has appended.

import { once } from 'node:events'
import { LogEventStore } from '../../src/events/log-event-store.ts'
import { PostgresKeys } from '../../src/events/postgres-keys.ts'
import { PostgresLog } from '../../src/events/postgres-log.ts'
import { openPostgres } from '../../src/events/postgres-migrations.ts'
import { ConcurrencyError } from '../../src/events/store.ts'
import { deposits } from '../events/sample-events.ts'

const [url = '', stream = '', count = ''] = process.argv.slice(2)
const database = await openPostgres(url)
const store = new LogEventStore(new PostgresLog(database), new PostgresKeys(database))
process.send?.('ready')
await once(process, 'message')

const ids: string[] = []
let expected = 0
for (const event of deposits(Number(count))) {
  while (!ids.includes(event.id)) {
    try {
      const { version } = await store.append(stream, [event], { expected })
      expected = version
      ids.push(event.id)
    } catch (error) {
      if (!(error instanceof ConcurrencyError)) throw error
      expected = error.actual
    }
  }
}
await store.close()
await database.close()
process.send?.({ ids })
process.disconnect()
