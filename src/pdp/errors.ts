import type { JsonObject } from '../policy/json.ts'

export type PdpErrorCode =
  | 'unauthenticated'
  | 'invalid_dpop_proof'
  | 'permission_denied'
  | 'org_not_found'
  | 'store_not_found'
  | 'org_exists'
  | 'key_not_found'
  | 'model_missing'
  | 'invalid_model'
  | 'model_conflict'
  | 'invalid_tuple'
  | 'tuple_exists'
  | 'tuple_missing'
  | 'relations_moving'
  | 'relations_unavailable'
  | 'relations_differ'
  | 'invalid_attribute'
  | 'invalid_zone'
  | 'invalid_policy'
  | 'question_refused'
  | 'policy_conflict'
  | 'version_not_found'
  | 'draft_not_found'
  | 'decision_not_found'
  | 'audit_log_not_found'
  | 'siem_sink_not_found'
  | 'invalid_request'
  | 'invalid_page_token'
  | 'stale_version'
  | 'slug_taken'
  | 'identity_not_found'
  | 'status_conflict'
  | 'missing_attestation_token'
  | 'attestation_rejected'
  | 'access_policy_denied'
  | 'capability_denied'
  | 'approval_required'
  | 'not_that_fresh'
  | 'translation_not_found'
  | 'signing_off'
  | 'insufficient_scope'
  | 'llm_off'
  | 'llm_unavailable'
  | 'llm_timeout'
  | 'llm_bad_answer'
  | 'rate_limit_exceeded'
  | 'budget_exceeded'
  | 'idempotency_conflict'
  | 'reservation_not_found'
  | 'reservation_expired'
  | 'reservation_settled'
  | 'org_loading'
  | 'org_too_large'
  | 'overloaded'
  | 'unavailable'

/** A use case that could not be carried out. `message` and `detail` are for the caller; `cause` is for the log. */
export class PdpError extends Error {
  readonly code: PdpErrorCode
  readonly detail: JsonObject
  constructor(code: PdpErrorCode, message: string, detail: JsonObject = {}, cause?: unknown) {
    super(message, { cause })
    this.name = 'PdpError'
    this.code = code
    this.detail = detail
  }
}

/** Whether an org cannot be had for its size alone. */
export const isTooLarge = (error: unknown): boolean => error instanceof PdpError && error.code === 'org_too_large'
