import { type ChildProcess, execFileSync } from 'node:child_process'
import { freePort, SERVER_CORE, start } from '../http/children.ts'
import { DEPTH } from './world.ts'

export interface Started {
  readonly child: ChildProcess
  readonly port: number
}

export const KEY = 'a-preshared-key-of-the-bench'

export type Engine = { readonly kind: 'memory' } | { readonly kind: 'sqlite'; readonly file: string }

const CACHES = [
  ...['--check-query-cache-enabled', '--check-iterator-cache-enabled', '--list-objects-iterator-cache-enabled'],
  ...['--check-cache-limit=1000000', '--check-query-cache-ttl=1h', '--check-iterator-cache-ttl=1h'],
  '--list-objects-iterator-cache-ttl=1h',
]

/** Starts it with a key, and with as many hops as the deepest shape needs. */
export async function startOpenfga(
  binary: string,
  engine: Engine,
  caches: boolean,
  more: readonly string[] = [],
): Promise<Started> {
  const [port, grpc] = [await freePort(), await freePort()]
  const store =
    engine.kind === 'memory'
      ? ['--datastore-engine=memory']
      : ['--datastore-engine=sqlite', `--datastore-uri=file:${engine.file}`]
  const args = [
    ...['run', ...store, `--http-addr=127.0.0.1:${port}`, `--grpc-addr=127.0.0.1:${grpc}`],
    ...['--playground-enabled=false', '--metrics-enabled=false', '--log-level=error'],
    ...['--authn-method=preshared', `--authn-preshared-keys=${KEY}`, `--resolve-node-limit=${DEPTH + 10}`],
    ...(caches ? CACHES : []),
    ...more,
  ]
  const child = start(SERVER_CORE, binary, args, false)
  for (let tries = 0; tries < 300 && child.exitCode === null; tries += 1) {
    const ready = await fetch(`http://127.0.0.1:${port}/healthz`).then(
      answer => answer.ok,
      () => false,
    )
    if (ready) return { child, port }
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  child.kill('SIGKILL')
  throw new Error('the openfga server did not start')
}

export function migrate(binary: string, file: string): void {
  execFileSync(binary, ['migrate', '--datastore-engine=sqlite', `--datastore-uri=file:${file}`, '--log-level=error'])
}
