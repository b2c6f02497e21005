import type { Tuple } from '../../src/relations/graph.ts'
import { jsonOfModel } from '../../src/relations/model.ts'

/** Where an OpenFGA API is, and a key for it. */
export interface Door {
  readonly port: number
  readonly path: string
  readonly key: string
}

/** Connections that write at once. */
const WRITERS = 4
/** Most tuples of one write that the API takes. */
export const BATCH = 100

export async function post({ port, path, key }: Door, to: string, body: object): Promise<Record<string, unknown>> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}${to}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
  })
  if (!answer.ok) throw new Error(`${to}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as Record<string, unknown>
}

/** A new store with a model and tuples. Answers its id, and the nanoseconds the tuples took. */
export async function loadStore(
  door: Door,
  model: string,
  batches: Iterator<readonly Tuple[]>,
): Promise<{ readonly store: string; readonly load: number }> {
  const store = String((await post(door, '/stores', { name: 'bench' })).id)
  await post(door, `/stores/${store}/authorization-models`, jsonOfModel(model))
  const start = process.hrtime.bigint()
  const write = async (): Promise<void> => {
    for (let next = batches.next(); next.done !== true; next = batches.next()) {
      const keys = next.value.map(({ object, relation, user }) => ({ object, relation, user }))
      await post(door, `/stores/${store}/write`, { writes: { tuple_keys: keys } })
    }
  }
  await Promise.all(Array.from({ length: WRITERS }, write))
  return { store, load: Number(process.hrtime.bigint() - start) }
}
