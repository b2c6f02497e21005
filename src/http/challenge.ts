import { PdpError } from '../pdp/errors.ts'
import { JWS_ALGORITHMS } from '../pdp/tokens/jws.ts'

const REALM = 'realm="lumoauth"'

/** `WWW-Authenticate` of a refusal (RFC 6750 section 3, RFC 9449 section 7.1), or null where none belongs to it. */
export function challengeFor(error: unknown, status: number): string | null {
  if (error instanceof PdpError) {
    const what = `error_description="${plain(error.message)}"`
    switch (error.code) {
      case 'unauthenticated':
        return `Bearer ${REALM}, error="invalid_token", ${what}`
      case 'invalid_dpop_proof':
        return `DPoP ${REALM}, error="invalid_dpop_proof", ${what}, algs="${JWS_ALGORITHMS.join(' ')}"`
      case 'approval_required':
        return `Bearer ${REALM}, error="insufficient_authorization_details", ${what}`
      case 'insufficient_scope':
        return `Bearer ${REALM}, error="insufficient_scope", ${what}, scope="${plain(String(error.detail.scope))}"`
    }
  }
  return status === 401 ? `Bearer ${REALM}` : null
}

/** The characters a quoted string of these headers may hold. */
export const plain = (text: string): string =>
  text
    .replaceAll('"', "'")
    .replaceAll('\\', '/')
    .replaceAll(/[^\x20-\x7e]/g, '?')
