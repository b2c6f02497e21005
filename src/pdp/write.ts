import { type Change, type Notifier, type Store, StoreError, type WriteOptions } from '../facts/store.ts'
import { PdpError, type PdpErrorCode } from './errors.ts'
import type { OrgState } from './org.ts'
import type { Orgs } from './orgs.ts'

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
    await orgs.catchUp(org, revision)
    notifier.announce(org, revision)
    return revision
  }
}

const CODES: Readonly<Record<StoreError['code'], PdpErrorCode>> = {
  org_exists: 'org_exists',
  org_not_found: 'org_not_found',
  tuple_exists: 'tuple_exists',
  tuple_missing: 'tuple_missing',
  version_conflict: 'policy_conflict',
  key_exists: 'invalid_request',
  stale_version: 'stale_version',
  slug_taken: 'slug_taken',
  unavailable: 'unavailable',
}

export const fromStore = (error: StoreError): PdpError =>
  new PdpError(CODES[error.code], error.message, error.detail, error)
