// Runs one of the project's servers as people do, in a process of its own.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface RunningServer {
  readonly url: string
  /** What it printed so far, on both outputs. */
  readonly output: () => string
  /** Sends a signal to the server itself; resolves with its exit code, null if the signal killed it. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>
  /** Kills it at once, together with whatever it has started, as a loss of power would. */
  readonly killAll: () => Promise<void>
}

export interface Exit {
  readonly code: number | null
  readonly output: string
}

/** `npm start` is the command itself. Killing npm would leave its server running; kill `src/main.ts` instead. */
type Startable = 'npm start' | 'src/main.ts' | `demo/${string}`

/** Resolves when the server says where it listens. */
export const startServer = async (
  what: Startable,
  env: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
): Promise<RunningServer> => {
  const { process: child, output } = run(what, args, { PORT: '0', ...env })
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${what} exited with ${code}: ${output()}`)))
    child.stdout?.on('data', () => {
      const [address] = /http:\/\/\S+:\d+/.exec(output()) ?? []
      if (address) resolve(address)
    })
  })
  return {
    url,
    output,
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
      const exit = once(child, 'exit')
      child.kill(signal)
      const [code] = await exit
      return code
    },
    killAll: async () => {
      const exit = once(child, 'exit')
      process.kill(-Number(child.pid), 'SIGKILL')
      await exit
    },
  }
}

/** Runs it to its end, for what does not start. */
export const runToExit = async (
  what: Startable,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Exit> => {
  const { process: child, output } = run(what, args, env)
  const [code] = await once(child, 'close')
  return { code, output: output() }
}

const running = new Set<ChildProcess>()

// They lead process groups of their own, and so are not reached by what ends the tests from the keyboard.
process.on('exit', () => {
  for (const child of running) child.kill()
})

/** Stops what a test has started and, perhaps because it failed half-way, has not stopped. */
export const stopServers = async (): Promise<void> => {
  const exits = [...running].map((child) => once(child, 'exit'))
  for (const child of running) child.kill()
  await Promise.all(exits)
}

const run = (what: Startable, args: readonly string[], env: Readonly<Record<string, string>>) => {
  const [program, ...before] =
    what === 'npm start'
      ? (['npm', 'start', '--'] as const)
      : ([process.execPath, '--import', 'tsx', what] as const)
  const { PORT: _port, HOST: _host, PASSBOOK_STORE: _store, ...inherited } = process.env
  const child: ChildProcess = spawn(program, [...before, ...args], {
    cwd: root,
    env: { PASSBOOK_STORE: 'memory', ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
  }
  return { process: child, output: () => printed }
}

/** A port that nothing listens on, for a server that has to come back to the same one. */
export const freePort = async (): Promise<string> => {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return String(address.port)
}
