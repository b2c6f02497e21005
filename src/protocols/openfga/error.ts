import type { z } from 'zod'
import { ServerRefusal } from '../../pdp/server-ask.ts'
import type { ErrorForm, Failure } from '../failure.ts'
import { problemOf } from '../problem.ts'

export type FgaCode =
  | 'validation_error'
  | 'authorization_model_not_found'
  | 'authorization_model_resolution_too_complex'
  | 'invalid_write_input'
  | 'cannot_allow_duplicate_tuples_in_one_request'
  | 'invalid_continuation_token'
  | 'query_string_type_continuation_token_mismatch'
  | 'write_failed_due_to_invalid_input'
  | 'latest_authorization_model_not_found'
  | 'type_not_found'
  | 'relation_not_found'
  | 'invalid_tuple'
  | 'page_size_invalid'
  | 'type_invalid_pattern'
  | 'tuple_key_value_not_specified'
  | 'assertions_too_many_items'
  | 'type_definitions_too_few_items'
  | 'exceeded_entity_limit'
  | 'invalid_authorization_model'
  | 'store_id_not_found'
  | 'unimplemented'
  | 'Aborted'

const STATUS: Readonly<Partial<Record<FgaCode, number>>> = { store_id_not_found: 404, unimplemented: 404, Aborted: 409 }

/** A refusal in OpenFGA's own terms. */
export class FgaError extends Error {
  readonly code: FgaCode
  readonly status: number
  constructor(code: FgaCode, message: string) {
    super(message)
    this.name = 'FgaError'
    this.code = code
    this.status = STATUS[code] ?? 400
  }
}

export const invalid = (message: string): FgaError => new FgaError('validation_error', message)

/** What OpenFGA says of a body or query that has not the form; some members have a code of their own. */
export function refusal(error: z.ZodError): FgaError {
  const [issue] = error.issues
  const member = issue?.path.filter(part => typeof part === 'string').at(-1)
  return new FgaError(codeOf(member, issue?.code, issue?.message ?? ''), problemOf(error))
}

function codeOf(member: unknown, kind: string | undefined, message: string): FgaCode {
  if (member === 'page_size' && message.includes('expected 1 to 100')) return 'page_size_invalid'
  if (member === 'tuple_key' && kind === 'invalid_type') return 'tuple_key_value_not_specified'
  if (member === 'type' && (kind === 'invalid_format' || kind === 'invalid_type')) return 'type_invalid_pattern'
  if (member === 'assertions' && kind === 'too_big') return 'assertions_too_many_items'
  if (member === 'type_definitions' && kind === 'too_small') return 'type_definitions_too_few_items'
  return 'validation_error'
}

/** The names our own codes have in OpenFGA, where they differ. */
const NAMES: Readonly<Record<string, string>> = {
  invalid_token: 'unauthenticated',
  permission_denied: 'forbidden',
  tenant_not_found: 'store_id_not_found',
  model_missing: 'latest_authorization_model_not_found',
  invalid_model: 'invalid_authorization_model',
  model_conflict: 'invalid_authorization_model',
  invalid_tuple: 'validation_error',
  invalid_attribute: 'validation_error',
  tuple_exists: 'write_failed_due_to_invalid_input',
  tuple_missing: 'write_failed_due_to_invalid_input',
  invalid_request: 'validation_error',
  invalid_page_token: 'invalid_continuation_token',
  payload_too_large: 'validation_error',
  resource_not_found: 'undefined_endpoint',
  server_error: 'internal_error',
  temporarily_unavailable: 'internal_error',
  relations_unavailable: 'internal_error',
  relations_moving: 'internal_error',
}

const STATUSES: Readonly<Record<string, number>> = {
  latest_authorization_model_not_found: 400,
  invalid_authorization_model: 400,
  write_failed_due_to_invalid_input: 400,
  validation_error: 400,
}

const textual = { type: 'string' } as const

/** OpenFGA's code and message, and nothing else. */
export const FGA_ERRORS: ErrorForm = {
  own(error) {
    if (!(error instanceof FgaError || error instanceof ServerRefusal)) return null
    return { status: error.status, code: error.code, message: error.message, details: {} }
  },
  rename(failure: Failure) {
    const code = NAMES[failure.code] ?? failure.code
    return { ...failure, code, status: STATUSES[code] ?? failure.status }
  },
  body: {
    schema: { type: 'object', properties: { code: textual, message: textual }, required: ['code', 'message'] },
    of: ({ code, message }) => ({ code, message }),
  },
}
