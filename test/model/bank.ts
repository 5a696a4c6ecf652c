/** Passbook without the web, to be asked, read, and started again; its transfers can be held back on their way. */
import { CommandHandler } from '../../src/commands/handler.ts'
import { TransferProcess } from '../../src/commands/transfer-process.ts'
import type { RecordedEvent } from '../../src/events/event.ts'
import { CurrentAccounts } from '../../src/projection/current-accounts.ts'
import type { Snapshot } from '../../src/projection/snapshot.ts'
import { memoryStorage, openStorage, type Storage } from '../../src/storage.ts'
import { temporaryPath } from '../support/sqlite.ts'
import type { Asked, Told } from './model.ts'

/** Opens where everything is kept: the same every time. */
export type Open = () => Promise<Storage>

/** The store in memory is never closed: it would be gone. */
export const inMemory = (): Open => {
  const storage = { ...memoryStorage(), close: async () => {} }
  return async () => storage
}

export const inFile = (): Open => {
  const path = temporaryPath()
  return () => openStorage({ type: 'sqlite', path }, { create: true })
}

interface Running {
  readonly storage: Storage
  readonly accounts: CurrentAccounts
  readonly commands: CommandHandler
  readonly transfers: TransferProcess
  readonly gate: Gate
  readonly errors: readonly unknown[]
}

export class Bank {
  readonly #open: Open
  #running: Running

  static async start(open: Open): Promise<Bank> {
    return new Bank(open, await start(open, { isHeld: false }))
  }

  private constructor(open: Open, running: Running) {
    this.#open = open
    this.#running = running
  }

  async ask({ account, ...request }: Asked): Promise<Told | { readonly type: 'busy' }> {
    const outcome = await this.#running.commands.handle(account, request)
    return outcome.type === 'rejected' ? { type: 'rejected', code: outcome.rejection.code } : outcome
  }

  read(account: string): Promise<readonly RecordedEvent[]> {
    return this.#running.storage.events.read(account)
  }

  readAll(): Promise<readonly RecordedEvent[]> {
    return this.#running.storage.events.readAll()
  }

  past(account: string, version: number): Promise<Snapshot> {
    return this.#running.accounts.past(account, { version })
  }

  /** Transfers that begin from now on do not end, also after a restart. */
  hold(): void {
    this.#running.gate.close()
  }

  /** Resolves when every transfer has ended. */
  async settle(): Promise<void> {
    const { gate, transfers } = this.#running
    gate.open()
    // Nobody's account sends nothing, as soon as that is known.
    while (await transfers.inFlight.isSending(''));
    while ([...transfers.inFlight.all()].length > 0) {
      await new Promise<void>((resolve) => transfers.inFlight.onChanged(() => resolve()))
    }
  }

  async restart(): Promise<void> {
    const { isHeld } = this.#running.gate
    await this.stop()
    this.#running = await start(this.#open, { isHeld })
  }

  /** Throws what went wrong in the background. */
  async stop(): Promise<void> {
    const { storage, transfers, gate, errors } = this.#running
    gate.turnAway()
    await transfers.stop()
    await storage.close()
    if (errors.length > 0) throw errors[0]
  }
}

const start = async (open: Open, { isHeld }: { readonly isHeld: boolean }): Promise<Running> => {
  const storage = await open()
  const { events, snapshots, checkpoints } = storage
  const accounts = new CurrentAccounts(events, { snapshots })
  const isSending = (account: string): Promise<boolean> => transfers.inFlight.isSending(account)
  const commands = new CommandHandler(events, accounts, { isSending })
  const gate = new Gate(isHeld)
  const held: Pick<CommandHandler, 'handle'> = {
    handle: async (stream, request) => {
      await gate.passed()
      return commands.handle(stream, request)
    },
  }
  const errors: unknown[] = []
  const onError = (error: unknown) => {
    if (!(error instanceof TurnedAway)) errors.push(error)
  }
  const transfers = await TransferProcess.start(
    { events, checkpoints, accounts, commands: held },
    { onError, retryMs: 1, checkpointMs: 0 },
  )
  return { storage, accounts, commands, transfers, gate, errors }
}

class TurnedAway extends Error {}

/** Who comes while it is closed waits, and goes on or is turned away. */
class Gate {
  isHeld: boolean
  #isOver = false
  readonly #waiting: { readonly resolve: () => void; readonly reject: (error: TurnedAway) => void }[] = []

  constructor(isHeld: boolean) {
    this.isHeld = isHeld
  }

  async passed(): Promise<void> {
    if (this.#isOver) throw new TurnedAway()
    if (this.isHeld) await new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  open(): void {
    this.isHeld = false
    for (const { resolve } of this.#waiting.splice(0)) resolve()
  }

  close(): void {
    this.isHeld = true
  }

  /** From now on, whoever waits or comes. */
  turnAway(): void {
    this.#isOver = true
    for (const { reject } of this.#waiting.splice(0)) reject(new TurnedAway())
  }
}
