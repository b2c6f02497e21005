import type { TrustConfig } from '../../../agents/trust.ts'
import { fault } from '../fault.ts'
import { type JwtProvider, PLAIN_HEADERS, textOf } from './provider.ts'

const TRUST_DOMAIN = /^spiffe:\/\/[a-z0-9._-]{1,255}$/
const SEGMENT = /^[A-Za-z0-9._-]+$/

/** The trust domain of a SPIFFE id, as `spiffe://…`; null for what is none. */
export function trustDomainOf(id: string): string | null {
  if (id.length > 2_048) return null
  const [scheme, empty, domain, ...segments] = id.split('/')
  const root = `${scheme}/${empty}/${domain}`
  const isPath = segments.length > 0 && segments.every(s => SEGMENT.test(s) && s !== '.' && s !== '..')
  return TRUST_DOMAIN.test(root) && isPath ? root : null
}

/** JWT-SVIDs. The bundle is that of the trust domain of `sub`; keys of other uses do not count. */
export const spiffe: JwtProvider = {
  headers: PLAIN_HEADERS,
  types: ['JWT', 'JOSE'],
  keyUse: 'jwt-svid',
  needsIat: false,
  check: (claims, { issuer }: TrustConfig) =>
    trustDomainOf(textOf(claims.sub)) === issuer ? null : fault('provider', '`sub` is not of this trust domain'),
  name: claims => textOf(claims.sub),
}
