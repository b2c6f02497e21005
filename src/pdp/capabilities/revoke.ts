import { holderOf } from '../../agents/token.ts'
import { sameEntity } from '../../policy/entity.ts'
import { PdpError } from '../errors.ts'
import { chainOf, nameOf, type Principal } from '../keys.ts'
import type { OrgState } from '../org.ts'
import type { Act, Service } from '../service.ts'
import type { Revoking } from '../tokens/revoke.ts'
import type { Chain } from './chain.ts'
import type { Shown } from './reader.ts'

/** Which one: as it is shown, or by its id. */
export interface CapabilityRevoking {
  readonly shown: Shown | null
  readonly jti: string | null
  readonly reason: string
}

const WRITE: Act = { action: 'write', type: 'org_token' }

/**
 * Ends a capability and all that came from it, by whoever holds it, and by its id by those who may end tokens. Nothing is told
 * of one that has ended already. Fails with `invalid_request`, `permission_denied`.
 */
export async function revokeCapability(
  service: Service,
  state: OrgState,
  principal: Principal,
  ip: string,
  { shown, jti, reason }: CapabilityRevoking,
): Promise<void> {
  const by = nameOf(principal)
  if ((shown === null) === (jti === null)) throw new PdpError('invalid_request', 'expected a `capability` or a `jti`')
  if (jti !== null) {
    await service.enter(principal, state.org.slug, WRITE, ip)
    await service.tokens.revoke(state, { of: { kind: 'token', jti }, before: null, until: null, reason, by })
    return
  }
  if (shown === null) return
  const found = service.tokens.capabilities.read(state, shown.text)
  if (found.kind === 'bad') throw new PdpError('invalid_request', `the capability is not one of this org: ${found.why}`)
  if (found.kind === 'dead') return
  const { chain } = found
  if (chain.leaf.jkt !== null && chain.leaf.jkt !== shown.jkt && !isHolder(principal, chain)) {
    const evidence = await service.tokens.capabilities.evidence(state, shown)
    if (evidence.kind === 'refused') {
      throw new PdpError(
        'permission_denied',
        `a capability that is bound to a key is ended by its holder: ${evidence.why}`,
      )
    }
  }
  await service.tokens.revoke(state, revokingOfCapability(chain, by, reason))
}

/** Whom the org gave the first link to may end whatever came of it. */
const isHolder = (principal: Principal, { root }: Chain): boolean =>
  sameEntity(holderOf(chainOf(principal)), holderOf(root))

export const revokingOfCapability = ({ id, leaf }: Chain, by: string, reason: string): Revoking => ({
  of: { kind: 'token', jti: id },
  before: null,
  until: leaf.until,
  reason,
  by,
})
