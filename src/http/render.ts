import type { Rendered } from './errors.ts'

/** The body of an error: AuthZEN's message string, or the one envelope that every published client can read. */
export function errorBody(rendered: Rendered, requestId: string, publicUrl: string, form: unknown): string {
  const { status, code, message, details } = rendered
  if (form === 'authzen') return JSON.stringify(message)
  if (form === 'openfga') return JSON.stringify({ code, message })
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
