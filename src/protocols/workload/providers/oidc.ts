import { fault } from '../fault.ts'
import { type JwtProvider, PLAIN_HEADERS, textOf } from './provider.ts'

/** Any other issuer: what its tokens mean is said by the bindings and rules of the configuration. */
export const oidc: JwtProvider = {
  headers: [...PLAIN_HEADERS, 'x5t', 'x5t#S256'],
  types: ['JWT', 'at+jwt'],
  keyUse: 'sig',
  needsIat: true,
  check: claims => (textOf(claims.sub) === '' ? fault('provider', 'expected a `sub`') : null),
  name: claims => `oidc:${textOf(claims.sub)}`,
}
