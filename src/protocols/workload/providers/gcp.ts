import { fault } from '../fault.ts'
import { type JwtProvider, PLAIN_HEADERS, textOf } from './provider.ts'

const SERVICE_ACCOUNT = /^[^@\s]+@(?:[a-z0-9-]+\.)*gserviceaccount\.com$/

/**
 * Identity tokens of Google's metadata server. Tokens of people have the same issuer and can have our audience: only what
 * is a service account by its e-mail, or says on which machine it runs, is a workload.
 */
export const gcp: JwtProvider = {
  headers: PLAIN_HEADERS,
  types: ['JWT'],
  keyUse: 'sig',
  needsIat: true,
  check(claims) {
    const { email, google, azp, sub } = claims
    if (email !== undefined && (claims.email_verified !== true || !SERVICE_ACCOUNT.test(textOf(email)))) {
      return fault('user_token', '`email` is not one of a service account')
    }
    const onMachine = typeof google === 'object' && google !== null && 'compute_engine' in google
    if (email === undefined && !onMachine) return fault('user_token', 'nothing says that this is a service account')
    if (claims.hd !== undefined) return fault('user_token', '`hd` is a claim of people')
    return azp === undefined || azp === sub ? null : fault('provider', '`azp` is not the service account')
  },
  name: claims => `gcp:${textOf(claims.email ?? claims.sub)}`,
}
