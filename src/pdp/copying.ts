import { MOST_WRITTEN, type Place, type RelationServer, ServerError } from '../facts/server.ts'
import type { StoredTuple } from '../facts/store.ts'
import { type Pages, tallied, tuplePrint } from './tally.ts'

/** What is there already stays; a tuple under another condition is not that. */
const RULE = { onConflict: 'ignore', onMissing: 'ignore' } as const
/** Writes under way at once. */
const WIDTH = 4

export function* batches<T>(all: readonly T[], size = MOST_WRITTEN): Generator<readonly T[]> {
  for (let start = 0; start < all.length; start += size) yield all.slice(start, start + size)
}

/** Makes a store hold these tuples and no others, whatever it held, with never more than a page of them in memory. */
export async function copyTo(server: RelationServer, place: Place, here: Pages, there: Pages): Promise<void> {
  for await (const page of here()) await writeAll(server, place, page)
  const found = await tallied(here, there)
  for await (const { onlyHere, onlyThere } of found.differences()) {
    for (const deletes of batches(onlyThere)) await server.write(place, { writes: [], deletes, ...RULE })
    await writeAll(server, place, onlyHere)
  }
}

async function writeAll(server: RelationServer, place: Place, tuples: readonly StoredTuple[]): Promise<void> {
  const waiting = [...batches(tuples)]
  const worker = async (): Promise<void> => {
    for (let writes = waiting.pop(); writes !== undefined; writes = waiting.pop())
      await writeSome(server, place, writes)
  }
  await Promise.all(Array.from({ length: WIDTH }, worker))
}

async function writeSome(server: RelationServer, place: Place, writes: readonly StoredTuple[]): Promise<void> {
  try {
    await server.write(place, { writes, deletes: [], ...RULE })
  } catch (error) {
    if (!(error instanceof ServerError) || error.code === 'unavailable' || error.code === 'unknown') throw error
    for (const tuple of writes) await makeWay(server, place, tuple)
    await server.write(place, { writes, deletes: [], ...RULE })
  }
}

/** A server keeps one tuple of an object, relation and user, under whichever condition it came first. */
async function makeWay(server: RelationServer, place: Place, tuple: StoredTuple): Promise<void> {
  const { object, relation, user } = tuple
  const [found] = (await server.read(place.storeId, { object, relation, user }, 1, '')).tuples
  if (found === undefined || tuplePrint(found) === tuplePrint(tuple)) return
  await server.write(place, { writes: [], deletes: [{ object, relation, user }], ...RULE })
}
