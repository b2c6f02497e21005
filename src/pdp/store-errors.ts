import type { StoreError } from '../facts/store.ts'
import { PdpError, type PdpErrorCode } from './errors.ts'

const CODES: Readonly<Record<StoreError['code'], PdpErrorCode>> = {
  org_exists: 'org_exists',
  org_not_found: 'org_not_found',
  tuple_exists: 'tuple_exists',
  tuple_missing: 'tuple_missing',
  version_conflict: 'policy_conflict',
  key_exists: 'invalid_request',
  stale_version: 'stale_version',
  slug_taken: 'slug_taken',
  relations_moving: 'relations_moving',
  unavailable: 'unavailable',
}

/** What a store refused, in the terms of the use cases. */
export const fromStore = (error: StoreError): PdpError =>
  new PdpError(CODES[error.code], error.message, error.detail, error)
