import { fault } from '../fault.ts'
import { type JwtProvider, PLAIN_HEADERS, textOf } from './provider.ts'

/** Tokens of managed identities and of applications, of either version. A token that somebody delegated is refused. */
export const azure: JwtProvider = {
  headers: [...PLAIN_HEADERS, 'x5t'],
  types: ['JWT'],
  keyUse: 'sig',
  needsIat: true,
  check(claims) {
    const { iss, tid, oid, sub, idtyp, ver } = claims
    const issuer = textOf(iss)
    if (textOf(tid) === '' || !issuer.split('/').includes(textOf(tid))) {
      return fault('provider', '`tid` is not the tenant of `iss`')
    }
    if (ver !== undefined && ver !== '1.0' && ver !== '2.0') return fault('provider', 'expected `ver` 1.0 or 2.0')
    if (claims.scp !== undefined) return fault('user_token', '`scp` is a claim of people')
    const isApp = idtyp === undefined ? sub === oid : idtyp === 'app'
    return isApp ? null : fault('user_token', 'nothing says that this is an application')
  },
  name: claims => `azure:${textOf(claims.tid)}:${textOf(claims.oid)}`,
}
