import type { Servers } from '../facts/server.ts'
import { type Change, type Notifier, type Store, StoreError, type WriteOptions } from '../facts/store.ts'
import { origin } from '../lib/origin.ts'
import { PdpError } from './errors.ts'
import type { Pull } from './follow.ts'
import type { OrgState } from './org.ts'
import type { Orgs } from './orgs.ts'
import { fromStore } from './store-errors.ts'
import { createWriteAway, modelAway } from './write-away.ts'

/** Makes changes last and visible to every later check here, then tells other nodes. Answers with the revision. */
export type Writer = (
  state: OrgState,
  changes: readonly Change[],
  onConflict?: WriteOptions['onConflict'],
  onMissing?: WriteOptions['onMissing'],
) => Promise<number>

export function createWriter(servers: Servers, store: Store, orgs: Orgs, notifier: Notifier, pull: Pull): Writer {
  const make: Writer = async (state, changes, onConflict = 'error', onMissing = onConflict) => {
    const org = state.org.slug
    const revision = await store
      .write(org, changes, { onConflict, onMissing, from: origin() })
      .catch((error: unknown) => {
        throw error instanceof StoreError ? fromStore(error) : error
      })
    await orgs.heard(org, revision)
    notifier.announce(org, revision)
    return revision
  }
  const away = createWriteAway(servers, store, pull, orgs.catchUp, (state, tuples) =>
    make(state, [{ kind: 'stale', tuples }]),
  )
  const once: Writer = async (state, changes, onConflict = 'error', onMissing = onConflict) => {
    const [change] = changes
    const { engine } = state
    if (engine === null) return make(state, changes, onConflict, onMissing)
    if (change?.kind === 'tuples') return away(state, engine, change, { onConflict, onMissing })
    const all = change?.kind === 'model' && engine.state === 'live' ? await modelAway(servers, engine, change) : changes
    return make(state, all, onConflict, onMissing)
  }
  return async (state, changes, onConflict, onMissing) => {
    try {
      return await once(state, changes, onConflict, onMissing)
    } catch (error) {
      // Nothing was written. Where this node did not know yet of a move that has ended, it does now.
      if (!(error instanceof PdpError) || error.code !== 'relations_moving') throw error
      const { slug } = state.org
      const now = await orgs.catchUp(slug, await store.revision(slug)).catch(() => {
        throw error
      })
      if (isMoving(now) || now.engine?.storeId === state.engine?.storeId) throw error
      return once(now, changes, onConflict, onMissing)
    }
  }
}

const isMoving = ({ engine }: OrgState): boolean => engine !== null && engine.state !== 'live'
