import type { RelationServer, ServerChange } from '../facts/server.ts'
import type { Store } from '../facts/store.ts'
import type { TupleText } from '../policy/question.ts'
import type { Feed } from './org.ts'

/** A place in a server's feed, and the revision of the changelog that has all before it and nothing after. */
interface Mark {
  readonly place: string
  readonly revision: number
  readonly at: number
}

interface Trail {
  /** The first is the newest that is old enough; the others are younger. */
  marks: Mark[]
  nextLook: number
}

/** How long a writer may take from the instant its changes are placed at until they can be read. */
const LATE_MS = 5_000
const LOOK_MS = 1_000
/** The part of the time that looking may take. */
const SHARE = 10

/**
 * A server places a change at the instant its writer began, which may be before changes that were read already: whoever reads on from
 * those never sees it. So what was read of the last seconds is read once more. Answers the tuples that the changelog lacks;
 * nobody may go on using what was worked out of them.
 */
export type Late = (at: Place) => Promise<readonly TupleText[]>

interface Place {
  readonly org: string
  readonly feed: Feed
  readonly server: RelationServer
  readonly storeId: string
  /** The feed was read up to here. */
  readonly place: string
}

export function createLate(store: Pick<Store, 'changes' | 'feed' | 'revision'>, clock: () => number): Late {
  const trails = new WeakMap<Feed, Trail>()
  return async ({ org, feed, server, storeId, place }) => {
    const trail: Trail = trails.get(feed) ?? { marks: [], nextLook: 0 }
    trails.set(feed, trail)
    if (trail.marks.at(-1)?.place !== place) {
      const revision = await store.revision(org)
      // INVARIANT: the two move together, so a feed that has not moved belongs to the revision read meanwhile.
      const still = (await store.feed(org)) === place
      if (still && trail.marks.at(-1)?.place !== place) trail.marks.push({ place, revision, at: clock() })
    }
    const now = clock()
    const old = trail.marks.findLastIndex(mark => mark.at <= now - LATE_MS)
    if (old > 0) trail.marks = trail.marks.slice(old)
    const [first] = trail.marks
    if (first === undefined || first.place === place || now < trail.nextLook) return []
    trail.nextLook = Number.POSITIVE_INFINITY
    try {
      const there = await everySince(server, storeId, first.place)
      return lacking(there, await logged(store, org, first.revision))
    } finally {
      trail.nextLook = Math.max(now + LOOK_MS, clock() + (clock() - now) * SHARE)
    }
  }
}

async function everySince(server: RelationServer, storeId: string, from: string): Promise<readonly ServerChange[]> {
  const all: ServerChange[] = []
  for (let after = from; ; ) {
    const { changes, next } = await server.changes(storeId, after)
    if (changes.length === 0) return all
    all.push(...changes)
    after = next
  }
}

const keyOf = (operation: string, { object, relation, user }: TupleText): string =>
  JSON.stringify([operation, object, relation, user])

/** How often the changelog has each change since a revision; what it calls stale counts as either. */
async function logged(store: Pick<Store, 'changes'>, org: string, since: number): Promise<Map<string, number>> {
  const times = new Map<string, number>()
  const count = (key: string): void => void times.set(key, (times.get(key) ?? 0) + 1)
  for (let after = since; ; ) {
    const page = await store.changes(org, after, PAGE)
    for (const { change } of page) {
      if (change.kind === 'tuples') {
        for (const tuple of change.deletes) count(keyOf('delete', tuple))
        for (const tuple of change.writes) count(keyOf('write', tuple))
      }
      if (change.kind === 'stale') for (const tuple of change.tuples) count(keyOf('stale', tuple))
    }
    if (page.length < PAGE) return times
    after = page.at(-1)?.revision ?? after
  }
}

const PAGE = 500

function lacking(there: readonly ServerChange[], here: Map<string, number>): readonly TupleText[] {
  const missed = new Map<string, TupleText>()
  for (const { operation, tuple } of there) {
    const key = [keyOf(operation, tuple), keyOf('stale', tuple)].find(one => (here.get(one) ?? 0) > 0)
    if (key !== undefined) here.set(key, (here.get(key) ?? 0) - 1)
    else missed.set(keyOf('', tuple), { object: tuple.object, relation: tuple.relation, user: tuple.user })
  }
  return [...missed.values()]
}
