import type { Servers } from '../facts/server.ts'
import { type Change, type Notifier, type Store, StoreError, type WriteOptions } from '../facts/store.ts'
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
    const revision = await store.write(org, changes, { onConflict, onMissing }).catch(async (error: unknown) => {
      if (!(error instanceof StoreError)) throw error
      if (error.code === 'relations_moving') await orgs.catchUp(org, await store.revision(org))
      throw fromStore(error)
    })
    await orgs.heard(org, revision)
    notifier.announce(org, revision)
    return revision
  }
  const away = createWriteAway(servers, store, pull, orgs.catchUp, (state, tuples) =>
    make(state, [{ kind: 'stale', tuples }]),
  )
  return async (state, changes, onConflict = 'error', onMissing = onConflict) => {
    const [change] = changes
    const { engine } = state
    if (engine === null) return make(state, changes, onConflict, onMissing)
    if (change?.kind === 'tuples') return away(state, engine, change, { onConflict, onMissing })
    const all = change?.kind === 'model' && engine.state === 'live' ? await modelAway(servers, engine, change) : changes
    return make(state, all, onConflict, onMissing)
  }
}
