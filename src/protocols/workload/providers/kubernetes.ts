import { claimAt } from '../../../agents/claims.ts'
import { fault } from '../fault.ts'
import { type JwtProvider, PLAIN_HEADERS, textOf } from './provider.ts'

/** `iss` of tokens from secrets: without audience and end, so nothing can make them safe. */
export const LEGACY_ISSUER = 'kubernetes/serviceaccount'

/** Projected tokens of service accounts. `sub` and the object `kubernetes.io` must say the same. */
export const kubernetes: JwtProvider = {
  headers: PLAIN_HEADERS,
  types: ['JWT'],
  keyUse: 'sig',
  needsIat: true,
  check(claims) {
    const namespace = textOf(claimAt(claims, ['kubernetes.io', 'namespace']))
    const account = textOf(claimAt(claims, ['kubernetes.io', 'serviceaccount', 'name']))
    const uid = textOf(claimAt(claims, ['kubernetes.io', 'serviceaccount', 'uid']))
    if (namespace === '' || account === '' || uid === '') {
      return fault('provider', 'expected `kubernetes.io` with `namespace` and `serviceaccount`, name and uid')
    }
    return claims.sub === `system:serviceaccount:${namespace}:${account}`
      ? null
      : fault('provider', '`sub` is not the service account that `kubernetes.io` names')
  },
  name: claims => `kubernetes:${textOf(claims.sub).split(':').slice(2).join(':')}`,
}
