import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { availableParallelism } from 'node:os'

/** Servers are held to one core and the client to another where the machine can do that. */
export const canPin = availableParallelism() > 1 && spawnSync('taskset', ['-V']).status === 0

export const SERVER_CORE = 0
export const CLIENT_CORE = 1

/** Where the thread of an embedded database runs: beside the service, or on the core of the client. */
export type DatabaseCore = 'same' | 'other'

/** Starts a program on one core. */
export function start(core: number, command: string, args: readonly string[], ipc: boolean): ChildProcess {
  const [program, rest] = canPin ? ['taskset', ['-c', String(core), command, ...args]] : [command, [...args]]
  const child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'inherit', ...(ipc ? (['ipc'] as const) : [])] })
  endWithUs()
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

const running = new Set<ChildProcess>()
let isEnding = false

/** However the bench ends, by a signal too, nothing that it started goes on. */
function endWithUs(): void {
  if (isEnding) return
  isEnding = true
  process.on('exit', () => {
    for (const child of running) child.kill('SIGKILL')
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))
}

/** Starts a module of this bench, which talks over `process.send`. */
export const startModule = (core: number, file: string, args: readonly string[]): ChildProcess =>
  start(core, process.execPath, [new URL(file, import.meta.url).pathname, ...args], true)

/** Moves threads of a process to another core: those whose name starts so. */
export function moveThreads(pid: number | undefined, name: string, core: number): void {
  if (!canPin) return
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    if (!readFileSync(`/proc/${pid}/task/${thread}/comm`, 'utf8').startsWith(name)) continue
    spawnSync('taskset', ['-p', '-c', String(core), thread])
  }
}

/** The next message of a child. Fails if the child ends first. */
export async function heard<T>(child: ChildProcess): Promise<T> {
  const over = new AbortController()
  const { signal } = over
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([message]) => message as T),
      once(child, 'exit', { signal }).then(([code]) => {
        throw new Error(`a process of the bench ended with ${code}`)
      }),
    ])
  } finally {
    over.abort()
  }
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** A port of the loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port to be had')
  return address.port
}
