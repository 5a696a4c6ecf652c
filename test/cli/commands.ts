/** What commands do on any store that lasts. */
import { describe } from 'vitest'
import { backingUp } from './backing-up.ts'
import { besideServer } from './beside-server.ts'
import { forgetting } from './forgetting.ts'
import { importing } from './importing.ts'
import { moving } from './moving.ts'
import { reading } from './reading.ts'
import { snapshot } from './snapshot.ts'
import type { DurableStore } from './stores.ts'
import { verifying } from './verifying.ts'

export const commandsOn = (name: string, store: DurableStore) =>
  describe(`the command line, on ${name}:`, () => {
    reading(store)
    describe('export and import:', () => moving(store))
    describe('import', () => importing(store))
    describe('verify', () => verifying(store))
    describe('snapshot', () => snapshot(store))
    describe('backup', () => backingUp(store))
    describe('forget', () => forgetting(store))
    describe('beside a server,', () => besideServer(store))
  })
