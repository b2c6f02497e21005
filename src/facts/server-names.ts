import { parseUser } from '../relations/tuple.ts'
import { type RelationServer, ServerError } from './server.ts'

/** Tuples that are read to find who and what there is; beyond them nothing can be searched whole. */
export const MOST_READ = 10_000

interface Named {
  readonly tide: number
  readonly byType: ReadonlyMap<string, readonly string[]>
}

const kept = new WeakMap<() => number, Promise<Named>>()

/** Every id of a type that tuples of a store name, read once a tide. Fails with `refused` where they are too many. */
export async function namedOn(server: RelationServer, storeId: string, tide: () => number, type: string) {
  const known = kept.get(tide)
  const named = known === undefined ? null : await known.catch(() => null)
  if (named !== null && named.tide === tide()) return named.byType.get(type) ?? []
  const made = readNames(server, storeId, tide())
  kept.set(tide, made)
  return (await made).byType.get(type) ?? []
}

async function readNames(server: RelationServer, storeId: string, tide: number): Promise<Named> {
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
  return { tide, byType: new Map([...byType].map(([type, ids]) => [type, [...ids]])) }
}
