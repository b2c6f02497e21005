import type { JsonObject } from '../policy/json.ts'

export type StoreErrorCode =
  | 'org_exists'
  | 'org_not_found'
  | 'tuple_exists'
  | 'tuple_missing'
  | 'version_conflict'
  | 'key_exists'
  | 'stale_version'
  | 'slug_taken'
  /** The relations are, or are on the way, elsewhere than whoever writes thinks. */
  | 'relations_moving'
  | 'unavailable'

export class StoreError extends Error {
  readonly code: StoreErrorCode
  readonly detail: JsonObject
  constructor(code: StoreErrorCode, message: string, detail: JsonObject = {}, cause?: unknown) {
    super(message, { cause })
    this.name = 'StoreError'
    this.code = code
    this.detail = detail
  }
}

/** Whether the store could not be reached or did not answer: what was asked of it may have been done. */
export const isAway = (error: unknown): boolean => error instanceof StoreError && error.code === 'unavailable'
