/** Passbook, as `passbook serve` runs it, that answers the soak's questions besides. */
import { readConfig } from '../../src/config.ts'
import { serve } from '../../src/serve.ts'
import { openStorage } from '../../src/storage.ts'
import { answerQuestions } from './answers.ts'

const { PASSBOOK_STORE: store } = process.env
const config = readConfig({ store, port: '0', host: '127.0.0.1' })
answerQuestions()
await serve(await openStorage(config.store, { create: true }), config)
