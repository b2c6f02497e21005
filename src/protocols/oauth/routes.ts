import type { JitTimes } from '../../pdp/jit/requests.ts'
import type { Service } from '../../pdp/service.ts'
import type { Route } from '../route.ts'
import { adminTokenRoutes } from './admin-tokens.ts'
import { authorizeRoute } from './authorize.ts'
import { backchannelRoute } from './ciba.ts'
import { createClientAuth } from './client-auth.ts'
import { createClientKeys, type FetchJson } from './client-keys.ts'
import { discoveryRoutes } from './discovery.ts'
import type { Grant } from './grant.ts'
import { backchannelGrant } from './grants/ciba.ts'
import { clientCredentials } from './grants/client-credentials.ts'
import { type AssertionGrant, jwtBearer, ownAssertion } from './grants/jwt-bearer.ts'
import { introspectRoute } from './introspect.ts'
import { jwksRoutes } from './jwks.ts'
import type { OauthParts } from './parts.ts'
import { createRateLimit } from './rate.ts'
import { revocationRoutes } from './revocations.ts'
import { revokeRoute } from './revoke.ts'
import { selfRoutes } from './self.ts'
import { tokenRoute } from './token.ts'

export interface OauthOptions {
  /** Requests a minute. */
  readonly ratePerClient: number
  readonly ratePerAddress: number
  readonly keyLeadSeconds: number
  readonly jit: JitTimes
}

/** Grants and kinds of assertions beside those of this file. */
export interface MoreGrants {
  readonly grants: readonly Grant[]
  readonly assertions: readonly AssertionGrant[]
}

/** Each org as an OAuth issuer. */
export function oauthRoutes(
  service: Service,
  options: OauthOptions,
  fetchJson: FetchJson | null,
  more: MoreGrants = { grants: [], assertions: [] },
): readonly Route[] {
  const { clock } = service
  const keys = createClientKeys(fetchJson, clock)
  const parts: OauthParts = {
    service,
    authenticate: createClientAuth(service, keys),
    perClient: createRateLimit(options.ratePerClient, 'of this client', clock),
    perAddress: createRateLimit(options.ratePerAddress, 'from this address', clock),
  }
  const grants = [
    clientCredentials,
    backchannelGrant(),
    jwtBearer([ownAssertion(keys), ...more.assertions]),
    ...more.grants,
  ]
  return [
    tokenRoute(parts, grants),
    authorizeRoute(parts),
    backchannelRoute(parts, options.jit),
    introspectRoute(parts),
    revokeRoute(parts),
    ...selfRoutes(service),
    ...discoveryRoutes(
      parts,
      grants.map(({ type }) => type),
    ),
    ...jwksRoutes(service, options.keyLeadSeconds),
    ...revocationRoutes(service),
    ...adminTokenRoutes(service),
  ]
}
