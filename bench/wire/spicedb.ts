import type { ChildProcess } from 'node:child_process'
import type { StoredTuple } from '../../src/facts/store.ts'
import { freePort, SERVER_CORE, start } from '../http/children.ts'
import type { Asked } from './asked.ts'
import { SPICE_SCHEMA } from './model.ts'
import type { Keep, Server } from './server.ts'
import { type Freshness, grpcDoors } from './spicedb-grpc.ts'
import { batchesOf, documentId, userId, type World } from './world.ts'

const KEY = 'a-preshared-key-of-the-bench'
const HEADERS = { authorization: `Bearer ${KEY}` }

/** Updates of one write: the most it takes. */
const AT_ONCE = 1_000
/** Writes under way at once. */
const WRITERS = 2

const reference = (text: string) => {
  const [objectType = '', objectId = ''] = text.split(':')
  return { objectType, objectId }
}

const subject = (text: string) => {
  const [object = '', optionalRelation] = text.split('#')
  return { object: reference(object), ...(optionalRelation !== undefined && { optionalRelation }) }
}

const update = (operation: string, { object, relation, user }: StoredTuple) => ({
  operation: `OPERATION_${operation}`,
  relationship: { resource: reference(object), relation, subject: subject(user) },
})

const question = ({ user, action, document }: Asked) => ({
  resource: { objectType: 'document', objectId: documentId(document) },
  permission: action,
  subject: { object: { objectType: 'user', objectId: userId(user) } },
})

/** Through the gateway for HTTP that it has. */
const gatewayDoors = (freshness: Freshness): Pick<Server, 'headers' | 'single' | 'batch' | 'write'> => {
  const consistency = { [freshness]: true }
  const sign = 'PERMISSIONSHIP_HAS_PERMISSION'
  const write = (operation: string, tuple: StoredTuple) => JSON.stringify({ updates: [update(operation, tuple)] })
  return {
    headers: HEADERS,
    single: {
      path: '/v1/permissions/check',
      sign,
      body: asked => JSON.stringify({ consistency, ...question(asked) }),
    },
    batch: {
      path: '/v1/permissions/checkbulk',
      sign,
      body: asked => JSON.stringify({ consistency, items: asked.map(question) }),
    },
    write: {
      path: '/v1/relationships/write',
      headers: HEADERS,
      pair: tuple => [write('CREATE', tuple), write('DELETE', tuple)],
    },
  }
}

/** One server with its store in memory, asked in several ways. */
export async function serveSpicedb(binary: string, world: World, keep: Keep): Promise<readonly Server[]> {
  const [port, grpc] = [await freePort(), await freePort()]
  const args = [
    ...['serve', `--grpc-preshared-key=${KEY}`, `--grpc-addr=127.0.0.1:${grpc}`],
    ...['--http-enabled', `--http-addr=127.0.0.1:${port}`, '--datastore-engine=memory'],
    ...['--metrics-enabled=false', '--telemetry-endpoint=', '--skip-release-check', '--log-level=error'],
  ]
  const child = start(SERVER_CORE, binary, args, false)
  keep(child)
  await untilReady(port, child)
  await post(port, '/v1/schema/write', { schema: SPICE_SCHEMA })
  const load = await loadInto(port, world)
  const common = { child, isAskedCold: true, owed: null, load }
  return [
    { ...common, name: 'SpiceDB', port: grpc, ...grpcDoors('minimizeLatency', HEADERS) },
    { ...common, name: 'SpiceDB, fully consistent', port: grpc, ...grpcDoors('fullyConsistent', HEADERS) },
    { ...common, name: 'SpiceDB, HTTP, fully consistent', port, ...gatewayDoors('fullyConsistent') },
  ]
}

async function loadInto(port: number, world: World): Promise<number> {
  const batches = batchesOf(world, AT_ONCE)
  const started = process.hrtime.bigint()
  const write = async (): Promise<void> => {
    for (let next = batches.next(); next.done !== true; next = batches.next()) {
      await post(port, '/v1/relationships/write', { updates: next.value.map(tuple => update('TOUCH', tuple)) })
    }
  }
  await Promise.all(Array.from({ length: WRITERS }, write))
  return Number(process.hrtime.bigint() - started)
}

async function post(port: number, path: string, body: object): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...HEADERS },
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`)
}

async function untilReady(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 300 && child.exitCode === null; tries += 1) {
    const ready = await fetch(`http://127.0.0.1:${port}/healthz`).then(
      answer => answer.ok,
      () => false,
    )
    if (ready) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error('the spicedb server did not start')
}
