import type { z } from 'zod'
import { PdpError } from '../../pdp/errors.ts'
import type { ErrorForm } from '../failure.ts'
import { problemOf } from '../problem.ts'

export type AuthzCode =
  | 'MISSING_PERMISSION'
  | 'INVALID_PERMISSIONS'
  | 'MISSING_FIELDS'
  | 'ZANZIBAR_CHECK_FAILED'
  | 'insufficient_permissions'

const CODES = {
  MISSING_PERMISSION: { status: 400, about: 'Send `permission`, the name of what is asked, as in `document.read`.' },
  INVALID_PERMISSIONS: { status: 400, about: 'Send `permissions`, a list of 1 to 100 names.' },
  MISSING_FIELDS: { status: 400, about: 'The message names the members that are needed.' },
  ZANZIBAR_CHECK_FAILED: {
    status: 400,
    about: 'The model has no such type or relation, or the relation cannot be decided from what was sent.',
  },
  insufficient_permissions: {
    status: 403,
    about: 'To ask about others than oneself, or what everybody may, needs the permission `authz.check`.',
  },
  CHECK_FAILED: { status: 500, about: 'Our fault; nothing was allowed. The request id finds it in the log.' },
  LIST_FAILED: { status: 500, about: 'Our fault; the request id finds it in the log.' },
} as const satisfies Readonly<Record<AuthzCode | 'CHECK_FAILED' | 'LIST_FAILED', unknown>>

/** A refusal under one of the codes these routes have beside those of the API. */
export class AuthzError extends Error {
  readonly code: AuthzCode
  constructor(code: AuthzCode, message: string) {
    super(message)
    this.name = 'AuthzError'
    this.code = code
  }
}

/** The envelope of the API with the published codes. `fault`: what a fault of ours is called. */
const formOf = (fault: 'CHECK_FAILED' | 'LIST_FAILED'): ErrorForm => ({
  own(error) {
    if (!(error instanceof AuthzError)) return null
    return { status: CODES[error.code].status, code: error.code, message: error.message, details: {} }
  },
  rename(failure) {
    if (failure.code === 'permission_denied') return { ...failure, code: 'insufficient_permissions' }
    return failure.code === 'server_error' ? { ...failure, code: fault } : failure
  },
  codes: CODES,
})

export const CHECK_ERRORS: ErrorForm = formOf('CHECK_FAILED')
export const LIST_ERRORS: ErrorForm = { ...formOf('LIST_FAILED'), codes: {} }

/** What a body is refused with, by the member that is wrong; a member that is not there is missing. */
export function refusal(error: z.ZodError): Error {
  const [issue] = error.issues
  const message = problemOf(error)
  if (issue?.path[0] === 'permission') return new AuthzError('MISSING_PERMISSION', message)
  if (issue?.path[0] === 'permissions') return new AuthzError('INVALID_PERMISSIONS', message)
  const absent = error.issues.some(
    one => one.path.length > 0 && one.code === 'invalid_type' && one.message.endsWith('received undefined'),
  )
  return absent ? new AuthzError('MISSING_FIELDS', message) : new PdpError('invalid_request', message)
}
