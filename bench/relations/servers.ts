import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { CLIENT_CORE, heard, moveThreads, SERVER_CORE, startModule } from '../http/children.ts'
import { BATCH, type Door, loadStore, post } from './load.ts'
import { KEY, migrate, startOpenfga } from './openfga.ts'
import type { RelationsPlan } from './plan.ts'
import { batchesOf, MODEL } from './world.ts'

/** A server with a world in a store. */
export interface Peer {
  readonly name: string
  readonly child: ChildProcess
  readonly door: Door
  readonly store: string
}

/** What loading over HTTP took, in nanoseconds, 100 tuples a request. */
export interface Loaded {
  readonly name: string
  readonly size: number
  readonly load: number
}

export interface Ready {
  readonly peers: readonly Peer[]
  readonly loads: readonly Loaded[]
}

type Keep = (child: ChildProcess) => void

/** Ours and the real server with a world of one size; `keep` hears of each process, so that it is ended. */
export async function readyPeers(
  binary: string | null,
  size: number,
  { memoryEngineUpTo }: RelationsPlan,
  directory: string,
  keep: Keep,
): Promise<Ready> {
  const small = size <= memoryEngineUpTo
  const ours = await serveOurs(size, small, keep)
  if (binary === null) return ours
  const memory = small ? await serveMemory(binary, size, keep) : { peers: [], loads: [] }
  const sqlite = await serveSqlite(binary, size, join(directory, `${size}.db`), keep)
  const all = [ours, memory, sqlite]
  return { peers: all.flatMap(r => r.peers), loads: all.flatMap(r => r.loads) }
}

async function serveOurs(size: number, overHttp: boolean, keep: Keep): Promise<Ready> {
  const child = startModule(SERVER_CORE, '../relations/serve-ours.ts', [String(size)])
  keep(child)
  const told = await heard<{ port: number; key: string; admin: string; store: string }>(child)
  const name = 'ours'
  const door = { port: told.port, path: '/openfga', key: told.key }
  const loads: Loaded[] = []
  if (overHttp) {
    const writer = { ...door, key: told.admin }
    const { store, load } = await loadStore(writer, MODEL, batchesOf(size, BATCH))
    loads.push({ name, size, load })
    await fetch(`http://127.0.0.1:${told.port}/openfga/stores/${store}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${told.admin}` },
    })
  }
  moveThreads(child.pid, 'pglite', CLIENT_CORE)
  return { peers: [{ name, child, door, store: told.store }], loads }
}

async function serveMemory(binary: string, size: number, keep: Keep): Promise<Ready> {
  const peers: Peer[] = []
  const loads: Loaded[] = []
  for (const caches of [false, true]) {
    const { child, port } = await startOpenfga(binary, { kind: 'memory' }, caches)
    keep(child)
    const door = { port, path: '', key: KEY }
    const { store, load } = await loadStore(door, MODEL, batchesOf(size, BATCH))
    const name = `OpenFGA, memory${caches ? ', caches' : ''}`
    peers.push({ name, child, door, store })
    if (!caches) loads.push({ name, size, load })
  }
  return { peers, loads }
}

/** One file, loaded once, and two servers that read it. */
async function serveSqlite(binary: string, size: number, file: string, keep: Keep): Promise<Ready> {
  migrate(binary, file)
  const peers: Peer[] = []
  const loads: Loaded[] = []
  let store = ''
  for (const caches of [false, true]) {
    const { child, port } = await startOpenfga(binary, { kind: 'sqlite', file }, caches)
    keep(child)
    const door = { port, path: '', key: KEY }
    const name = `OpenFGA, SQLite${caches ? ', caches' : ''}`
    if (store === '') {
      const loaded = await loadStore(door, MODEL, batchesOf(size, BATCH))
      store = loaded.store
      loads.push({ name, size, load: loaded.load })
    }
    peers.push({ name, child, door, store })
  }
  return { peers, loads }
}

/** The answer of one check. */
export const check = async ({ door, store }: Peer, tuple_key: object): Promise<boolean> =>
  (await post(door, `/stores/${store}/check`, { tuple_key })).allowed === true
