import { parseUser } from '../relations/tuple.ts'
import { type RelationServer, ServerError } from './server.ts'

/** Tuples that are read to find who and what there is; beyond them nothing can be searched whole. */
export const MOST_READ = 10_000

interface Named {
  readonly tide: number
  readonly byType: Promise<ReadonlyMap<string, readonly string[]>>
}

const kept = new WeakMap<() => number, Named>()

/** Every id of a type that tuples of a store name, read once a tide. Fails with `refused` where they are too many. */
export async function namedOn(server: RelationServer, storeId: string, tide: () => number, type: string) {
  const known = kept.get(tide)
  const named = known?.tide === tide() ? known : { tide: tide(), byType: readNames(server, storeId) }
  if (named !== known) {
    kept.set(tide, named)
    // What failed is not kept: whoever comes next asks anew.
    named.byType.catch(() => kept.get(tide) === named && kept.delete(tide))
  }
  return (await named.byType).get(type) ?? []
}

async function readNames(server: RelationServer, storeId: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const byType = new Map<string, Set<string>>()
  const add = (text: string): void => {
    const user = parseUser(text)
    const entity = user?.kind === 'entity' ? user.entity : user?.kind === 'set' ? user.object : null
    if (entity !== null) byType.set(entity.type, (byType.get(entity.type) ?? new Set()).add(entity.id))
  }
  let read = 0
  let token = ''
  do {
    const page = await server.read(storeId, {}, 100, token)
    for (const { object, user } of page.tuples) {
      add(object)
      add(user)
    }
    read += page.tuples.length
    token = page.nextToken
    if (read > MOST_READ) {
      const why = `it holds more than ${MOST_READ} tuples, so not everyone and everything in them can be searched`
      throw new ServerError('refused', why)
    }
  } while (token !== '')
  return new Map([...byType].map(([type, ids]) => [type, [...ids]]))
}
