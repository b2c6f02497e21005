import type { JsonObject } from '../../policy/json.ts'
import type { ErrorForm } from '../failure.ts'

/** Why an OAuth endpoint refuses: the codes of RFC 6749, 8693, 8707 and 9449, and those published beside them. */
const STATUSES = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  invalid_scope: 400,
  invalid_target: 400,
  invalid_dpop_proof: 400,
  unsupported_token_type: 400,
  unsupported_response_type: 400,
  access_denied: 403,
  approval_required: 403,
  invalid_authorization_details: 400,
  authorization_pending: 400,
  slow_down: 400,
  expired_token: 400,
  unknown_user_id: 400,
  invalid_binding_message: 400,
  delegation_not_allowed: 403,
  delegation_depth_exceeded: 403,
  workload_identity_failed: 401,
  rate_limit_exceeded: 429,
  budget_exceeded: 429,
} as const

export type OauthErrorCode = keyof typeof STATUSES

/** An answer of an OAuth endpoint that is an error. The message is shown to the caller. */
export class OauthError extends Error {
  readonly code: OauthErrorCode
  readonly status: number
  readonly details: JsonObject
  readonly headers: Readonly<Record<string, string>>
  constructor(
    code: OauthErrorCode,
    message: string,
    details: JsonObject = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message)
    this.name = 'OauthError'
    this.code = code
    this.status = STATUSES[code]
    this.details = details
    this.headers = headers
  }
}

const ABOUT: Readonly<Record<OauthErrorCode, string>> = {
  invalid_request: 'The message says which parameter is wrong and what was expected.',
  invalid_client: 'The client did not prove who it is; see how it was registered.',
  invalid_grant: 'What the token was to come from is not good (any more).',
  unauthorized_client: 'The client is not one that uses this grant.',
  unsupported_grant_type: '`grant_types_supported` of the metadata lists the grants there are.',
  invalid_scope: 'The scope is not written as one, or beyond what the client, the resource or the first token has.',
  invalid_target: 'The resource is not known, or not one the client may have tokens for.',
  invalid_dpop_proof: 'A proof is for one request: its method, its address, this minute, a `jti` of its own.',
  unsupported_token_type: 'The type of the token is not one that is taken here.',
  unsupported_response_type: '`response_types_supported` of the metadata lists those there are.',
  access_denied: 'A rule does not let this client have it; the message names the rule.',
  approval_required: 'Somebody has to say yes first; `details` says who.',
  invalid_authorization_details: 'The message says which detail is wrong.',
  authorization_pending: 'Nobody has answered yet; poll again after the interval.',
  slow_down: 'Wait five seconds longer between polls.',
  expired_token: 'The request has ended without an answer, or what was approved is over.',
  unknown_user_id: 'The hint names no active user of the org.',
  invalid_binding_message: 'A binding message has 1 to 480 printable characters.',
  delegation_not_allowed: 'The agent may not act for this subject.',
  delegation_depth_exceeded: 'The chain is as long as it may be.',
  workload_identity_failed: 'The token of the workload stands for no agent of this org.',
  rate_limit_exceeded: 'Wait as long as Retry-After says.',
  budget_exceeded: 'A budget or a limit is used up; `details` say which, and when it begins anew.',
}

/** The codes above, in the envelope of the API, which is that of OAuth too. */
export const OAUTH_ERRORS: ErrorForm = {
  own(error) {
    if (!(error instanceof OauthError)) return null
    const { status, code, message, details, headers } = error
    return { status, code, message, details, headers }
  },
  codes: Object.fromEntries(
    Object.entries(STATUSES).map(([code, status]) => [code, { status, about: ABOUT[code as OauthErrorCode] }]),
  ),
}
