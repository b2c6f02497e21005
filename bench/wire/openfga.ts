import { join } from 'node:path'
import { BATCH, loadStore } from '../relations/load.ts'
import { KEY, migrate, startOpenfga } from '../relations/openfga.ts'
import type { Asked } from './asked.ts'
import { FGA_MODEL } from './model.ts'
import type { Keep, Server, Writing } from './server.ts'
import { batchesOf, documentId, userId, type World } from './world.ts'

const keyOf = ({ user, action, document }: Asked) => ({
  user: `user:${userId(user)}`,
  relation: action,
  object: `document:${documentId(document)}`,
})

export const fgaWriting = (path: string, key: string): Writing => ({
  path,
  headers: { authorization: `Bearer ${key}` },
  pair: ({ object, relation, user }) => {
    const tuple_keys = [{ object, relation, user }]
    return [JSON.stringify({ writes: { tuple_keys } }), JSON.stringify({ deletes: { tuple_keys } })]
  },
})

const SIGN = '"allowed":true'

/** It would give up after three seconds, which 32 batches at once can take. */
const PATIENT = ['--request-timeout=60s']

/** With a small world its engine in memory, else SQLite, loaded once; with and without its caches. */
export async function serveOpenfga(
  binary: string,
  world: World,
  isSmall: boolean,
  directory: string,
  keep: Keep,
): Promise<readonly Server[]> {
  const file = join(directory, 'openfga.db')
  if (!isSmall) migrate(binary, file)
  const servers: Server[] = []
  let loaded: { readonly store: string; readonly load: number } | null = null
  for (const caches of [false, true]) {
    const engine = isSmall ? ({ kind: 'memory' } as const) : ({ kind: 'sqlite', file } as const)
    const { child, port } = await startOpenfga(binary, engine, caches, PATIENT)
    keep(child)
    const door = { port, path: '', key: KEY }
    if (isSmall || loaded === null) loaded = await loadStore(door, FGA_MODEL, batchesOf(world, BATCH))
    const path = `/stores/${loaded.store}`
    servers.push({
      name: `OpenFGA, ${isSmall ? 'memory' : 'SQLite'}${caches ? ', caches' : ''}`,
      child,
      port,
      headers: { authorization: `Bearer ${KEY}` },
      single: { path: `${path}/check`, sign: SIGN, body: asked => JSON.stringify({ tuple_key: keyOf(asked) }) },
      batch: {
        path: `${path}/batch-check`,
        sign: SIGN,
        body: asked =>
          JSON.stringify({ checks: asked.map((one, n) => ({ tuple_key: keyOf(one), correlation_id: `c${n}` })) }),
      },
      write: fgaWriting(`${path}/write`, KEY),
      isAskedCold: true,
      owed: null,
      load: caches && !isSmall ? null : loaded.load,
    })
  }
  return servers
}
