import { type RelationServer, type ServerChange, ServerError, type Servers } from '../facts/server.ts'
import { answersAway, type Notifier, type Store, type TuplesChange } from '../facts/store.ts'
import type { Clock } from '../lib/clock.ts'
import { fromServer, notConfigured } from './answered.ts'
import { PdpError } from './errors.ts'
import { createLate } from './late.ts'
import type { OrgState } from './org.ts'
import type { Orgs } from './orgs.ts'

/** Takes over what the org's server has written since it was last looked at. Fails with `relations_unavailable`. */
export type Pull = (state: OrgState) => Promise<OrgState>

/** Pages of the feed one pull reads before others have their turn. */
const MOST_PAGES = 1_000

/**
 * A server's changes become the org's changelog, each once and in the server's order, whichever nodes read them and
 * whoever wrote them; from there they reach every node the way all changes do.
 */
export function createPull(servers: Servers, store: Store, orgs: Orgs, notifier: Notifier, clock: Clock): Pull {
  const late = createLate(store, clock)

  /** What came late is made known as stale: its place among the other changes has been passed. */
  const catchLate = async (state: OrgState, server: RelationServer, storeId: string, place: string): Promise<void> => {
    const { org, feed } = state
    const tuples = await late({ org: org.slug, feed, server, storeId, place })
    if (tuples.length === 0) return
    const made = await store.write(org.slug, [{ kind: 'stale', tuples }], { onConflict: 'ignore' })
    await orgs.heard(org.slug, made)
    notifier.announce(org.slug, made)
  }

  const pull = async (state: OrgState): Promise<OrgState> => {
    const { org, engine } = state
    if (!answersAway(engine)) return state
    const server = servers.get(engine.server)
    if (server === undefined) throw notConfigured(engine.server)
    const asked = clock()
    for (let page = 0; page < MOST_PAGES; page++) {
      const from = await store.feed(org.slug)
      if (from === null) return orgs.catchUp(org.slug, await store.revision(org.slug))
      const { changes, next } = await server.changes(engine.storeId, from)
      const revision = changes.length === 0 ? null : await store.follow(org.slug, from, next, changesOf(changes))
      if (revision !== null) {
        await orgs.heard(org.slug, revision)
        notifier.announce(org.slug, revision)
      }
      // Where another node took them over, they are in the changelog.
      if (changes.length > 0) continue
      const newest = await store.revision(org.slug)
      await orgs.heard(org.slug, newest)
      // Looking is no use of an org: what nobody asks may leave memory.
      const kept = orgs.peek(org.slug)
      const now = kept !== undefined && kept.revision >= newest ? kept : await orgs.catchUp(org.slug, newest)
      await catchLate(now, server, engine.storeId, from)
      if (now.feed.confirmedAt < asked) now.feed.confirmedAt = asked
      return now
    }
    throw new PdpError('relations_unavailable', `the changes of the relations server \`${engine.server}\` do not end`)
  }

  return state =>
    pull(state).catch((error: unknown) => {
      throw error instanceof ServerError ? fromServer(state.engine?.server ?? '', error) : error
    })
}

/** Runs of deletes and then writes, so that applying each in turn leaves what the server has. */
export function changesOf(changes: readonly ServerChange[]): readonly TuplesChange[] {
  const made: { kind: 'tuples'; writes: ServerChange['tuple'][]; deletes: TuplesChange['deletes'][number][] }[] = []
  for (const { operation, tuple } of changes) {
    let last = made.at(-1)
    if (last === undefined || (operation === 'delete' && last.writes.length > 0)) {
      last = { kind: 'tuples', writes: [], deletes: [] }
      made.push(last)
    }
    const { object, relation, user } = tuple
    if (operation === 'write') last.writes.push(tuple)
    else last.deletes.push({ object, relation, user })
  }
  return made
}
