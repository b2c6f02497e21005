import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { after } from 'node:test'

export const ROOT = resolve(import.meta.dirname, '../..')
const MAIN = join(ROOT, 'src/cli/main.ts')

/** Stripped and compiled sources, so that the many processes of these tests start fast. */
const CACHE = join(tmpdir(), 'lumoauth-test-compile-cache')

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

const children = new Set<ChildProcess>()
const directories = new Set<string>()

after(() => {
  for (const child of children) child.kill('SIGKILL')
  for (const dir of directories) rmSync(dir, { recursive: true, force: true })
})

type Env = Readonly<Record<string, string>>

/** The environment without settings of ours. */
export function cleanEnv(env: Env = {}): Env {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'LANG'].flatMap(name => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return { ...Object.fromEntries(kept), NODE_COMPILE_CACHE: CACHE, LOG_LEVEL: 'warn', ...env }
}

/** Runs a program to its end. */
export async function run(
  command: string,
  args: readonly string[],
  options: { env?: Env; cwd?: string } = {},
): Promise<Ran> {
  const child = spawn(command, [...args], {
    cwd: options.cwd ?? ROOT,
    env: cleanEnv(options.env),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  })
  const [[code], out, err] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)])
  return { code, out, err }
}

/** Runs the CLI from source. */
export const cli = (args: readonly string[], options: { env?: Env; cwd?: string } = {}): Promise<Ran> =>
  run(process.execPath, [MAIN, ...args], options)

export interface Served {
  readonly url: string
  readonly banner: string
  readonly pid: number
  /** Everything printed to stdout so far. */
  output(): string
  /** Sends a signal and resolves with the exit code, or the signal's name. */
  end(signal: NodeJS.Signals): Promise<number | string>
}

/** Starts the service on a free port and resolves once its banner is out. */
export async function serve(env: Env): Promise<Served> {
  const child = spawn(process.execPath, [MAIN, 'serve'], {
    cwd: ROOT,
    env: cleanEnv({ PORT: '0', ...env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
  let printed = ''
  let complained = ''
  child.stdout.setEncoding('utf8')
  child.stderr.setEncoding('utf8').on('data', part => {
    complained += part
  })
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string)
  const started = new Promise<string>((resolveStart, reject) => {
    child.stdout.on('data', part => {
      printed += part
      const url = /LumoAuth listens on (\S+)\n[\s\S]*Admin key:.*\n/.exec(printed)?.[1]
      if (url !== undefined) resolveStart(url)
    })
    void ended.then(code => reject(new Error(`serve ended with ${code}: ${complained}`)))
  })
  const url = await started
  return {
    url,
    banner: printed,
    pid: child.pid ?? 0,
    output: () => printed,
    end(signal) {
      child.kill(signal)
      return ended
    },
  }
}

/** A directory that is gone after the tests. */
export function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), 'lumoauth-cli-'))
  directories.add(dir)
  return dir
}
