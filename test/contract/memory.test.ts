import { MemoryEventStore } from '../../src/events/memory-store.ts'
import { eventStoreContract } from './event-store.ts'

eventStoreContract('MemoryEventStore', async () => new MemoryEventStore())
