import { MemoryKeys } from '../../src/events/keys.ts'
import { MemoryEventStore, MemoryLog } from '../../src/events/memory-store.ts'
import {
  MemoryCheckpoints,
  MemorySnapshotTable,
  MemorySummaryTable,
} from '../../src/projection/memory-tables.ts'
import { checkpointsContract } from './checkpoints.ts'
import { eventLogContract } from './event-log.ts'
import { eventStoreContract } from './event-store.ts'
import { keyStoreContract } from './key-store.ts'
import { snapshotTableContract } from './snapshot-table.ts'
import { summaryTableContract } from './summary-table.ts'

const close = async () => {}

eventStoreContract('MemoryEventStore', async () => new MemoryEventStore())
eventLogContract('MemoryLog', async () => ({ log: new MemoryLog(), close }))
keyStoreContract('MemoryKeys', async () => ({ keys: new MemoryKeys(), close }))
snapshotTableContract('MemorySnapshotTable', async () => ({ table: new MemorySnapshotTable(), close }))
summaryTableContract('MemorySummaryTable', async () => ({ table: new MemorySummaryTable(), close }))
checkpointsContract('MemoryCheckpoints', async () => ({ checkpoints: new MemoryCheckpoints(), close }))
