import { budgetHeaders } from '../pdp/budgets/exceeded.ts'
import type { PdpErrorCode } from '../pdp/errors.ts'
import { PdpError } from '../pdp/errors.ts'
import type { ErrorForm, Failure } from '../protocols/failure.ts'
import { insufficientHeader } from '../protocols/jit/challenge.ts'
import { challengeFor } from './challenge.ts'

/** Faults of the transport itself, beside those of the use cases. */
export type HttpErrorCode =
  | 'no_credentials'
  | 'not_found'
  | 'method_not_allowed'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'too_many_streams'
  | 'server_error'

export class HttpError extends Error {
  readonly code: HttpErrorCode
  constructor(code: HttpErrorCode, message: string) {
    super(message)
    this.name = 'HttpError'
    this.code = code
  }
}

interface Row {
  readonly status: number
  /** The published name, where it differs from ours. */
  readonly code?: string
  readonly about: string
}

/** Every error a caller can meet: its status, published code, and what to do about it. */
export const ERRORS: Readonly<Record<PdpErrorCode | HttpErrorCode, Row>> = {
  unauthenticated: {
    status: 401,
    code: 'invalid_token',
    about: 'The API key or access token that was sent is not good (any more).',
  },
  no_credentials: {
    status: 401,
    code: 'invalid_token',
    about: 'Send an API key (`X-API-Key: lmk_…`) or an access token (`Authorization: Bearer …`).',
  },
  invalid_dpop_proof: { status: 401, about: 'A token that is bound to a key goes with a new proof of it each time.' },
  permission_denied: { status: 403, about: 'The rules do not let this key do this here.' },
  org_not_found: { status: 404, code: 'tenant_not_found', about: 'No org has this name.' },
  store_not_found: { status: 404, code: 'resource_not_found', about: 'The org has no such store of relations.' },
  org_exists: { status: 409, code: 'duplicate_resource', about: 'An org has, or had, this name; choose another.' },
  key_not_found: { status: 404, code: 'resource_not_found', about: 'The org has no such key.' },
  model_missing: { status: 409, about: 'Write a relation model before tuples.' },
  invalid_model: { status: 400, about: '`details.problems` lists every fault with its line and column.' },
  model_conflict: { status: 409, about: 'Publish a policy that fits the new model first, or keep what it names.' },
  invalid_tuple: { status: 400, about: 'The model does not accept this tuple; `details.problems` says why.' },
  tuple_exists: { status: 409, about: 'The tuple is there already; send `on_conflict: "ignore"` to accept that.' },
  tuple_missing: { status: 409, about: 'There is no such tuple; send `on_conflict: "ignore"` to accept that.' },
  relations_moving: { status: 503, about: 'The relations of the org are on the move; write again when that is done.' },
  relations_unavailable: {
    status: 503,
    about: 'The relations server of the org does not answer; whether a write was made is told by reading it back.',
  },
  relations_differ: { status: 409, about: '`details.comparison` says what the two have or answer otherwise.' },
  invalid_attribute: { status: 400, about: 'An attribute has a name and a JSON value; null removes it.' },
  invalid_zone: { status: 400, about: 'Name a time zone of the IANA database, such as Europe/Berlin.' },
  invalid_policy: {
    status: 422,
    about: '`details.diagnostics` says where, what was expected and what was probably meant.',
  },
  question_refused: {
    status: 422,
    about: '`details.diagnostics` says where the question is not understood, and what would be.',
  },
  policy_conflict: { status: 409, about: 'Someone published meanwhile; read the current version and try again.' },
  version_not_found: { status: 404, code: 'resource_not_found', about: 'The policy has no such version.' },
  draft_not_found: { status: 404, about: 'There is no such draft.' },
  audit_log_not_found: {
    status: 404,
    code: 'resource_not_found',
    about: 'The record of the org has no such entry (any more).',
  },
  siem_sink_not_found: { status: 404, code: 'resource_not_found', about: 'The org sends its record to no such place.' },
  decision_not_found: { status: 404, code: 'resource_not_found', about: 'No such decision, or it is not written yet.' },
  invalid_request: { status: 400, about: 'The message says which member is wrong and what was expected.' },
  invalid_page_token: { status: 400, about: 'Page tokens go with the very query they came from.' },
  stale_version: { status: 412, about: 'Somebody changed it meanwhile: read it again and repeat what you wanted.' },
  slug_taken: { status: 409, code: 'duplicate_resource', about: 'A name is given once, also when its bearer is gone.' },
  identity_not_found: { status: 404, code: 'resource_not_found', about: 'The org has registered nobody by that id.' },
  capability_denied: {
    status: 403,
    about: 'The rules do not let this agent do this; `details` says which, and what lacks.',
  },
  approval_required: {
    status: 403,
    about: 'The rules want somebody to say yes first; `details.obligations` says who.',
  },
  approval_not_found: { status: 404, code: 'resource_not_found', about: 'There is no such request, or not for you.' },
  approval_over: { status: 400, about: 'It was answered, taken back, used, or its time is over; ask again.' },
  approval_refused: {
    status: 403,
    code: 'access_denied',
    about: 'A rule forbids it, whoever says yes; the message names it.',
  },
  own_request: { status: 403, about: 'Somebody must answer who is no part of what is asked.' },
  answered_already: { status: 409, about: 'Everybody answers once.' },
  wider_than_asked: { status: 400, about: 'An approver may take something away from what was asked, and add nothing.' },
  task_not_found: { status: 400, code: 'invalid_request', about: 'Name a task of yours; `POST /jit/task` begins one.' },
  task_inactive: { status: 400, about: 'The task, or one it is part of, is over; begin another one.' },
  delegation_not_allowed: { status: 403, about: 'The agent may not act for this user.' },
  invalid_authorization_details: {
    status: 400,
    about: 'The message says which detail is wrong; `authorization_details_types_supported` lists the types.',
  },
  status_conflict: { status: 409, about: 'Its status does not lead there: what is revoked or deleted stays so.' },
  missing_attestation_token: { status: 400, about: "Send `attestation_token`, the platform's own token, as JSON." },
  attestation_rejected: {
    status: 401,
    about: "The token is not one the agent's trust configurations accept; the audit says why.",
  },
  access_policy_denied: { status: 403, about: 'The token is good, and the rules or the status of the agent refuse.' },
  not_that_fresh: { status: 409, about: 'The demanded revision does not exist yet.' },
  translation_not_found: { status: 404, code: 'resource_not_found', about: 'The org has no such translation.' },
  signing_off: {
    status: 503,
    code: 'temporarily_unavailable',
    about: 'Tokens are signed with keys sealed under LUMOAUTH_MASTER_KEY, which is not set or is another one.',
  },
  insufficient_scope: {
    status: 403,
    about: 'The token was not given the scope this takes; ask for it when you get one.',
  },
  llm_off: { status: 503, about: 'Free English needs a language model; everything else works without one.' },
  llm_unavailable: { status: 503, about: 'The language model does not serve now; the message says what it answered.' },
  llm_timeout: { status: 503, about: 'The language model took longer than LLM_TIMEOUT_MS; try less text at once.' },
  llm_bad_answer: { status: 422, about: 'The language model gave nothing that can be read; word it otherwise.' },
  budget_exceeded: {
    status: 429,
    about:
      'A budget or a limit is used up: `details` say which, how far, and when it begins anew; so does Retry-After.',
  },
  idempotency_conflict: { status: 409, about: 'Something else was sent under this id before: choose another.' },
  reservation_not_found: { status: 404, about: 'The org has no such reservation.' },
  reservation_expired: { status: 409, about: 'The reservation ended before it was settled: nothing of it is held.' },
  reservation_settled: { status: 409, about: 'The reservation was settled otherwise before.' },
  rate_limit_exceeded: { status: 429, about: 'Wait until what is under way has ended.' },
  org_loading: {
    status: 503,
    about: 'The org is being read into memory; `details` say how far. Try again after the time in Retry-After.',
  },
  org_too_large: {
    status: 507,
    about:
      'Raise GRAPH_MEMORY_MB, or move the relations of this org to an OpenFGA server. Other orgs are not affected.',
  },
  overloaded: { status: 503, code: 'temporarily_unavailable', about: 'Try again after the time in Retry-After.' },
  unavailable: {
    status: 503,
    code: 'temporarily_unavailable',
    about: 'A store does not answer; nothing is decided until it does.',
  },
  not_found: { status: 404, code: 'resource_not_found', about: 'No such path; `/openapi.json` lists them all.' },
  method_not_allowed: { status: 405, about: 'The Allow header lists the methods of this path.' },
  payload_too_large: { status: 413, about: 'Send less at once.' },
  unsupported_media_type: { status: 415, code: 'invalid_request', about: 'Send JSON as application/json.' },
  too_many_streams: { status: 429, code: 'rate_limit_exceeded', about: 'Watch through another node, or end a stream.' },
  server_error: { status: 500, about: 'Our fault; the request id finds it in the log.' },
}

export interface Rendered extends Failure {
  /** What the log may say and the caller may not; null when there is nothing more. */
  readonly hidden: unknown
}

/** A failure in the terms of the protocol it goes to. */
export function renderFor(form: ErrorForm | undefined, error: unknown): Rendered {
  const own = form?.own?.(error) ?? null
  if (own !== null) return { ...own, hidden: null }
  const rendered = renderError(error)
  return form?.rename === undefined ? rendered : { ...rendered, ...form.rename(rendered) }
}

/** Public and private half of any failure. What is not an error of ours shows nothing of itself. */
export function renderError(error: unknown): Rendered {
  if (error instanceof PdpError || error instanceof HttpError) {
    const { status, code = error.code } = ERRORS[error.code]
    const details = error instanceof PdpError ? error.detail : {}
    const hidden = status >= 500 ? (error.cause ?? error) : null
    return { status, code, message: error.message, details, headers: headersFor(error, status), hidden }
  }
  return { status: 500, code: 'server_error', message: 'something went wrong on our side', details: {}, hidden: error }
}

function headersFor(error: unknown, status: number): Readonly<Record<string, string>> {
  const challenge = challengeFor(error, status)
  const isOver = error instanceof PdpError && error.code === 'budget_exceeded'
  return {
    ...(challenge !== null && { 'www-authenticate': challenge }),
    ...askHeader(error),
    ...(isOver ? budgetHeaders(error.detail) : (status === 503 || status === 429) && { 'retry-after': '1' }),
  }
}

/** What to ask approvers for, where that is all that lacks (`Insufficient-Authorization-Details`). */
function askHeader(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof PdpError) || error.code !== 'approval_required') return {}
  const { authorization_details: details } = error.detail
  return details === undefined ? {} : insufficientHeader(details)
}
