import type { ErrorForm, Failure } from '../protocols/failure.ts'

/** The body of an error: what the protocol says of it, or the one envelope that every published client can read. */
export function errorBody(failure: Failure, requestId: string, publicUrl: string, form: ErrorForm | undefined): string {
  if (form?.body !== undefined) return JSON.stringify(form.body.of(failure))
  const { status, code, message, details } = failure
  return JSON.stringify({
    error: code,
    error_description: message,
    error_uri: `${publicUrl}/errors/${code}`,
    code,
    message,
    status,
    details,
    request_id: requestId,
  })
}
