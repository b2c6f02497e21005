import { type Change, type Notifier, type Store, StoreError, type WriteOptions } from '../facts/store.ts'
import type { OrgState } from './org.ts'
import type { Orgs } from './orgs.ts'
import { fromStore } from './store-errors.ts'

/** Makes changes last and visible to every later check here, then tells other nodes. Answers with the revision. */
export type Writer = (
  state: OrgState,
  changes: readonly Change[],
  onConflict?: WriteOptions['onConflict'],
  onMissing?: WriteOptions['onMissing'],
) => Promise<number>

export function createWriter(store: Store, orgs: Orgs, notifier: Notifier): Writer {
  return async (state, changes, onConflict = 'error', onMissing = onConflict) => {
    const org = state.org.slug
    const revision = await store.write(org, changes, { onConflict, onMissing }).catch((error: unknown) => {
      throw error instanceof StoreError ? fromStore(error) : error
    })
    await orgs.heard(org, revision)
    notifier.announce(org, revision)
    return revision
  }
}
